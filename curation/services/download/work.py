"""The fetch engine's view of the database: which hosts have work, the next targets, what became of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from django.db import connection
from django.db.models import Max

from curation.fetching import HostPolicy, Result, Target
from curation.models import Host, MediaRecord
from curation.services.download.settle import settle
from curation.services.intake import DECODERS
from curation.services.progress import Progress, WorkStopped

P = ParamSpec("P")
R = TypeVar("R")
State = MediaRecord.State
LONGEST_NOTE = 2**31 - 1
THREADS = DECODERS + 1  # one writes files and rows while the others decode


class DatabaseWork:
    """Work for `fetch_all` (see curation.fetching). Use it as a context manager.

    Pictures are decoded and written in threads of their own, so that the event loop only moves bytes; queries
    for more work have another thread and never wait behind a picture.
    """

    def __init__(self, progress: Progress, stop: asyncio.Event) -> None:
        self.stopped: WorkStopped | None = None
        self.settled = 0
        self._progress = progress
        self._stop = stop
        self._last: dict[str, int] = {}  # host -> highest record that was taken in this run
        self._pictures = ThreadPoolExecutor(THREADS, "pictures")
        self._queries = ThreadPoolExecutor(1, "queries")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _close(self._pictures, THREADS)
        _close(self._queries, 1)

    async def hosts(self, exclude: Collection[str]) -> list[HostPolicy]:
        self._check()
        return await self._query(_hosts, list(exclude), self._last)

    async def take(self, host: str, n: int) -> list[Target]:
        targets = await self._query(_targets, host, self._last.get(host, 0), n)
        if targets:
            self._last[host] = targets[-1].key
        return targets

    async def settle(self, result: Result) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._pictures, settle, result)
        self.settled += 1
        try:
            self._progress.advance()
        except WorkStopped as stopped:
            self._end(stopped)

    async def host_note(
        self, name: str, *, failures: int, paused_until: datetime | None, last_request_at: datetime | None
    ) -> None:
        await self._query(_note, name, failures, paused_until, last_request_at)

    async def watch(self) -> None:
        """Look every half second whether a person asked for the end; runs until cancelled."""
        while self.stopped is None:
            self._check()
            await asyncio.sleep(0.5)

    def _check(self) -> None:
        try:
            self._progress.check()
        except WorkStopped as stopped:
            self._end(stopped)

    def _end(self, stopped: WorkStopped) -> None:
        self.stopped = self.stopped or stopped
        self._stop.set()

    async def _query(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.get_running_loop().run_in_executor(
            self._queries, lambda: function(*args, **kwargs)
        )


def _hosts(exclude: list[str], last: Mapping[str, int]) -> list[HostPolicy]:
    waiting = MediaRecord.objects.filter(state=State.WAITING).exclude(host__in=exclude)
    newest = waiting.order_by("host").values_list("host").annotate(newest=Max("id"))
    names = [host for host, pk in newest if pk > last.get(host, 0)]
    known = {host.name: host for host in Host.objects.filter(name__in=names)}
    return [_policy(known.get(name) or Host(name=name)) for name in names]


def _policy(host: Host) -> HostPolicy:
    return HostPolicy(
        name=host.name,
        wait_seconds=host.wait_seconds,
        connections=host.connections,
        paused_until=host.paused_until,
        last_request_at=host.last_request_at,
        failures=host.failures,
    )


def _targets(host: str, after: int, n: int) -> list[Target]:
    rows = MediaRecord.objects.filter(state=State.WAITING, host=host, pk__gt=after).order_by("id")
    return [
        Target(
            key=row.pk,
            url=row.access_uri,
            etag=row.etag,
            last_modified=row.last_modified,
            expect="picture" if row.medium == MediaRecord.Medium.IMAGE else "iiif",
        )
        for row in rows.only("access_uri", "etag", "last_modified", "medium")[:n]
    ]


def _note(name: str, failures: int, paused_until: datetime | None, last_request_at: datetime | None) -> None:
    Host.objects.update_or_create(
        name=name[:260],
        defaults={
            "failures": min(failures, LONGEST_NOTE),
            "paused_until": paused_until,
            "last_request_at": last_request_at,
        },
    )


def _close(pool: ThreadPoolExecutor, threads: int) -> None:
    """End the pool with the database connection of each of its threads."""
    together = threading.Barrier(threads)

    def close() -> None:
        with suppress(threading.BrokenBarrierError):
            together.wait(timeout=10)  # so that each thread gets one of these calls
        connection.close()

    for future in [pool.submit(close) for _ in range(threads)]:
        future.result()
    pool.shutdown()
