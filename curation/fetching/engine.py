"""All hosts at once, each at its own pace."""

from __future__ import annotations

import asyncio
from collections import Counter, deque

from curation.fetching.client import Client
from curation.fetching.disk import Store
from curation.fetching.download import Downloader
from curation.fetching.results import HostPolicy, Outcome, Result, Target, Work, now
from curation.fetching.robots import Robots
from curation.fetching.settings import FetchSettings

_EMPTY_HANDED = 3  # times that a host is offered without having targets, before it counts as a bug


async def fetch_all(work: Work, settings: FetchSettings, *, stop: asyncio.Event | None = None) -> None:
    """Fetch every target that `work` offers, until there are none.

    When `stop` is set, requests under way are broken off and what was taken is settled as cancelled; half
    files stay and are continued by the next run. An error of `work` or of the disk ends the run at once
    and is raised; nothing is settled then that was not, and the next run goes on where this one was.
    """
    store = Store(settings.folder, settings.disk_threads)
    try:
        client = Client(settings, work.host_note)
        try:
            downloader = Downloader(client, Robots(client, settings), store, settings)
            await _Run(work, settings, client, downloader, store, stop or asyncio.Event()).run()
        finally:
            client.close()
    finally:
        store.close()


class _Feed:
    """The targets of one host, a few at a time."""

    def __init__(self, work: Work, host: str, at_once: int, stop: asyncio.Event) -> None:
        self._work, self._host, self._at_once, self._stop = work, host, at_once, stop
        self._targets: deque[Target] = deque()
        self._taking = asyncio.Lock()
        self.taken = 0

    async def next(self) -> Target | None:
        async with self._taking:
            if not self._targets and not self._stop.is_set():
                self._targets.extend(await self._work.take(self._host, self._at_once))
                self.taken += len(self._targets)
            return self._targets.popleft() if self._targets else None


class _Run:
    def __init__(
        self,
        work: Work,
        settings: FetchSettings,
        client: Client,
        downloader: Downloader,
        store: Store,
        stop: asyncio.Event,
    ) -> None:
        self._work = work
        self._settings = settings
        self._client = client
        self._downloader = downloader
        self._store = store
        self._stop = stop
        self._lanes: dict[asyncio.Task[None], tuple[str, _Feed]] = {}
        self._requests: set[asyncio.Task[Result]] = set()
        self._empty_handed: Counter[str] = Counter()

    async def run(self) -> None:
        stopper = asyncio.create_task(self._break_off_when_told())
        try:
            while not self._stop.is_set() or self._lanes:
                if not self._stop.is_set():
                    await self._start_hosts()
                if not self._lanes:
                    break
                # Once stopped, the lanes end by themselves; until then, new hosts may turn up.
                done, _ = await asyncio.wait(
                    {*self._lanes, stopper} if not stopper.done() else self._lanes,
                    timeout=self._settings.ask_again_seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in done:
                    await task
                    self._ended(task)
                self._client.tidy()
        finally:
            rest = [stopper, *self._lanes]
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

    async def _start_hosts(self) -> None:
        active = {name for name, _ in self._lanes.values()}
        room = self._settings.hosts_at_once - len(active)
        if room <= 0:
            return
        for policy in (await self._work.hosts(active))[:room]:
            if policy.name in active:
                raise RuntimeError(f"hosts() offered {policy.name!r}, which it was asked to leave out")
            active.add(policy.name)
            self._start(policy)

    def _start(self, policy: HostPolicy) -> None:
        host = self._client.host(policy.name)
        host.adopt(policy)
        feed = _Feed(self._work, policy.name, self._settings.targets_at_once, self._stop)
        for _ in range(host.connections):
            self._lanes[asyncio.create_task(self._lane(feed))] = (policy.name, feed)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task not in self._lanes:
            return
        name, feed = self._lanes.pop(task)
        if any(other is feed for _, other in self._lanes.values()):
            return
        self._downloader.stand_ins.forget(name)
        if feed.taken:
            del self._empty_handed[name]
            return
        self._empty_handed[name] += 1
        if self._empty_handed[name] >= _EMPTY_HANDED and not self._stop.is_set():
            raise RuntimeError(f"hosts() offered {name!r} {_EMPTY_HANDED} times, but take() gave nothing")

    async def _lane(self, feed: _Feed) -> None:
        while (target := await feed.next()) is not None:
            result = await self._fetch(target)
            await self._work.settle(result)
            await self._store.clean(result)
            if result.path is not None:
                self._client.room.leave()

    async def _fetch(self, target: Target) -> Result:
        if self._stop.is_set():
            return _cancelled(target)
        task = asyncio.create_task(self._downloader.fetch(target))
        self._requests.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if self._stop.is_set() and not (current and current.cancelling()):
                return _cancelled(target)
            raise
        finally:
            self._requests.discard(task)

    async def _break_off_when_told(self) -> None:
        await self._stop.wait()
        for task in self._requests:
            task.cancel()


def _cancelled(target: Target) -> Result:
    return Result(
        key=target.key,
        outcome=Outcome.FAILED,
        fetched_at=now(),
        failure="cancelled",
        message="The run was stopped before this was fetched.",
        url=target.url,
    )
