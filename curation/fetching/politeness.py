"""One host: when the next request to it may start, and whether it is worth asking at all.

A host has a clock (so many seconds between the starts of requests, so many requests at once) and a
circuit breaker: after failures in a row it is left alone for a while, then asked once; after several such
pauses it is given up for the rest of the run.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from curation.fetching.failures import FetchFailure
from curation.fetching.results import HostPolicy, now
from curation.fetching.settings import FetchSettings

_TRUSTED_AGAIN = 50  # good answers in a row after which earlier pauses are forgotten
_NOTE_SECONDS = 1.0

Note = Callable[..., Awaitable[None]]


class Room:
    """Counts files under way and whole files that wait to be settled. No request starts beyond the limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._freed = asyncio.Event()

    async def enter(self) -> None:
        while self._count >= self._limit:
            self._freed.clear()
            await self._freed.wait()
        self._count += 1

    def keep(self) -> None:
        """A whole file stays after its request, until `leave` is called for it."""
        self._count += 1

    def leave(self) -> None:
        self._count -= 1
        self._freed.set()


class Host:
    """The clock and the circuit of one host. Times inside are those of time.monotonic()."""

    def __init__(self, name: str, settings: FetchSettings, note: Note, room: Room) -> None:
        self.name = name
        self.crawl_delay = 0.0
        self.given_up = False
        self._settings = settings
        self._note = note
        self._room = room
        self._wait = settings.wait_seconds
        self.connections = settings.connections
        self._failures = 0  # in a row
        self._pauses = 0
        self._good = 0  # in a row
        self._not_before = 0.0
        self._last_start = float("-inf")
        self._active = 0
        self._starting = asyncio.Lock()  # first come, first served
        self._freed = asyncio.Event()
        self._noted = float("-inf")

    def adopt(self, policy: HostPolicy) -> None:
        """Take over what is wished for this host, and what was known about it before this run."""
        if policy.wait_seconds is not None:
            self._wait = policy.wait_seconds
        if policy.connections is not None:
            self.connections = max(1, policy.connections)
        if self._last_start > float("-inf"):
            return  # this run knows better
        self._failures = policy.failures
        current = time.monotonic()
        if policy.last_request_at is not None:
            self._last_start = current - max(0.0, (now() - policy.last_request_at).total_seconds())
        if policy.paused_until is not None:
            self.hold((policy.paused_until - now()).total_seconds())

    @property
    def idle_seconds(self) -> float:
        """Since the last request started; 0 while one is under way."""
        return 0.0 if self._active or self._starting.locked() else time.monotonic() - self._last_start

    @property
    def forgettable(self) -> bool:
        """Nothing would be lost: long idle, unpaused, without failures."""
        return not self._failures and self._due < time.monotonic() and self.idle_seconds > 600

    @property
    def paused_until(self) -> datetime | None:
        rest = self._not_before - time.monotonic()
        return now() + timedelta(seconds=rest) if rest > 0 else None

    @property
    def _probing(self) -> bool:
        return self._failures >= self._settings.failures_in_a_row

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[int]:
        """Wait until a request may start, and count it as running inside. Yields the number of pauses
        before it. Raises FetchFailure host-down instead where the wait would be too long."""
        await self._await_turn()
        try:
            yield self._pauses
        finally:
            self._active -= 1
            self._freed.set()
            self._room.leave()

    async def _await_turn(self) -> None:
        async with self._starting:
            while True:
                self._check_up()
                if (rest := self._due - time.monotonic()) > 0:
                    await asyncio.sleep(rest)
                elif self._active >= (1 if self._probing else self.connections):
                    self._freed.clear()
                    await self._freed.wait()
                else:
                    await self._room.enter()
                    try:
                        await self._tell(time.monotonic() - self._noted >= _NOTE_SECONDS, starting=True)
                    except BaseException:
                        self._room.leave()
                        raise
                    if self._due <= time.monotonic() and not self.given_up:
                        break
                    self._room.leave()
            self._last_start = time.monotonic()
            self._active += 1

    @property
    def _due(self) -> float:
        return max(self._not_before, self._last_start + max(self._wait, self.crawl_delay))

    def _check_up(self) -> None:
        rest = self._not_before - time.monotonic()
        if not self.given_up and rest <= self._settings.longest_wait:
            return
        until = self.paused_until
        when = f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""
        why = "failed again and again" if self.given_up else "asked for a long pause"
        raise FetchFailure(
            "host-down", f"{self.name} {why} and is left alone{when}.", retry_at=until, passing=False
        )

    def hold(self, seconds: float) -> None:
        """Start no request for so long."""
        self._not_before = max(self._not_before, time.monotonic() + seconds)

    async def pause(self, seconds: float) -> None:
        """Hold, and remember it beyond this run."""
        self.hold(seconds)
        await self._tell(True)

    async def went_well(self, pauses_before: int) -> None:
        """pauses_before: as turn() gave it. A request from before the last pause says nothing new."""
        if pauses_before != self._pauses:
            return
        recovered = self._failures > 0
        self._failures = 0
        self._good += 1
        if self._good >= _TRUSTED_AGAIN:
            self._pauses = 0
        await self._tell(recovered)

    async def went_badly(self, pauses_before: int) -> None:
        """pauses_before: see went_well."""
        self._good = 0
        if pauses_before != self._pauses:
            return
        self._failures += 1
        if not self._probing:
            return
        self.hold(self._settings.pause_seconds * 2**self._pauses)
        self._pauses += 1
        self.given_up = self._pauses >= self._settings.pauses
        await self._tell(True)

    async def _tell(self, wanted: bool, starting: bool = False) -> None:
        if not wanted:
            return
        self._noted = current = time.monotonic()
        last = 0.0 if starting else current - self._last_start
        at = now() - timedelta(seconds=last) if last < float("inf") else None
        await self._note(
            self.name, failures=self._failures, paused_until=self.paused_until, last_request_at=at
        )
