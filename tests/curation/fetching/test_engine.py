"""Many hosts at once, bounded; stopping; and nothing lost or fetched twice when the process is killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from curation.fetching import HostPolicy, Outcome, Result, Target, fetch_all, forget, recover
from curation.fetching.disk import Store
from tests.curation.fetching.server import Asked, Server, picture
from tests.curation.fetching.work import ListWork, fetch, jpeg, quick

ROOT = Path(__file__).resolve().parents[3]


def test_many_hosts_are_served_side_by_side(server: Server, tmp_path: Path) -> None:
    for n in range(10):
        server.on(f"/{n}.jpg", picture(jpeg(n)))
    targets = [Target(h * 100 + n, f"http://h{h}.test/{n}.jpg") for h in range(30) for n in range(10)]
    work = fetch(ListWork(targets), quick(tmp_path, server.address, hosts_at_once=12, connections=2))
    assert Counter(one.outcome for one in work.results.values()) == {Outcome.OK: 300}
    assert all(work.files[target.key] == jpeg(target.key % 100) for target in targets)
    for h in range(30):
        connections = {one.connection for one in server.log if one.host == f"h{h}.test"}
        assert len(connections) <= 2, "connections are kept and used again"


class CountingWork(ListWork):
    """Notes how many hosts and targets were out at the same time."""

    out: Counter[str] = Counter()
    most_hosts = most_targets = 0

    async def take(self, host: str, n: int) -> list[Target]:
        taken = await super().take(host, n)
        self.out[host] += len(taken)
        self.most_targets = max(self.most_targets, self.out[host])
        self.most_hosts = max(self.most_hosts, len(+self.out))
        return taken

    async def settle(self, result: Result) -> None:
        await super().settle(result)
        self.out[result.url.split("/")[2]] -= 1


def test_few_hosts_and_targets_are_out_at_once(server: Server, tmp_path: Path) -> None:
    targets = [Target(h * 100 + n, f"http://h{h}.test/{n}.jpg") for h in range(9) for n in range(20)]
    work = CountingWork(targets)
    fetch(work, quick(tmp_path, server.address, hosts_at_once=3, targets_at_once=4))
    assert (work.most_hosts, work.most_targets) == (3, 4)


def test_a_slow_caller_slows_the_fetching_down(server: Server, tmp_path: Path) -> None:
    class SlowWork(ListWork):
        most_files = 0

        async def settle(self, result: Result) -> None:
            files = [path for path in settings.folder.iterdir() if path.suffix == ".jpg"]
            self.most_files = max(self.most_files, len(files))
            await super().settle(result)

    for n in range(40):
        server.on(f"/{n}.jpg", picture(jpeg(n)))
    work = SlowWork([Target(n, f"http://h{n % 20}.test/{n}.jpg") for n in range(40)], settle_seconds=0.02)
    settings = quick(tmp_path, server.address, files_at_once=3)
    fetch(work, settings)
    assert work.most_files == 3
    assert {one.outcome for one in work.results.values()} == {Outcome.OK}


def test_work_may_turn_up_meanwhile(server: Server, tmp_path: Path) -> None:
    server.on("/a.jpg", picture(jpeg(1)))

    class GrowingWork(ListWork):
        async def settle(self, result: Result) -> None:
            await super().settle(result)
            if result.key < 5:
                target = Target(result.key + 1, f"http://h{result.key + 1}.test/a.jpg")
                self.targets.append(target)
                self.add(target)

    work = fetch(GrowingWork([Target(1, "http://h1.test/a.jpg")]), quick(tmp_path, server.address))
    assert sorted(work.results) == [1, 2, 3, 4, 5]


def test_stopping_settles_what_was_taken_and_keeps_halves(server: Server, tmp_path: Path) -> None:
    large = jpeg(2, 800)
    server.on("/large.jpg", picture(large, etag='"1"', piece=20_000, pause=0.02))
    targets = [Target(n, f"http://h{n % 2}.test/large.jpg") for n in range(8)]
    work = ListWork(targets)
    settings = quick(tmp_path, server.address)

    async def run() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(fetch_all(work, settings, stop=stop))
        while not any(path.suffix == ".meta" for path in settings.folder.glob("*")):
            await asyncio.sleep(0.01)
        stop.set()
        await asyncio.wait_for(running, 20)

    asyncio.run(run())
    assert set(work.settled.values()) == {1}
    assert {one.failure for one in work.results.values()} == {"cancelled"}
    assert list(settings.folder.glob("*.part"))
    again = fetch(ListWork(targets), settings)
    assert {one.outcome for one in again.results.values()} == {Outcome.OK}
    assert all(content == large for content in again.files.values())
    assert any(one.first_byte for one in server.log)


def test_stopping_does_not_wait_for_a_hosts_turn(server: Server, tmp_path: Path) -> None:
    server.on("/a.jpg", picture(jpeg(1)))
    work = ListWork([Target(n, "http://a.test/a.jpg") for n in range(3)])
    settings = quick(tmp_path, server.address, wait_seconds=3_000.0)

    async def run() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(fetch_all(work, settings, stop=stop))
        while not server.log:
            await asyncio.sleep(0.01)
        stop.set()
        await asyncio.wait_for(running, 20)

    asyncio.run(run())
    assert [one.failure for one in work.results.values()] == ["cancelled"] * 3


def test_an_error_of_the_caller_ends_the_run(server: Server, tmp_path: Path) -> None:
    class BrokenWork(ListWork):
        async def settle(self, result: Result) -> None:
            raise ZeroDivisionError("the database is gone")

    server.on("/a.jpg", picture(jpeg(1)))
    work = BrokenWork([Target(n, f"http://h{n}.test/a.jpg") for n in range(5)])
    settings = quick(tmp_path, server.address)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(asyncio.wait_for(fetch_all(work, settings), 20))
    # What had come is not asked for again.
    whole = recover(settings.folder)
    assert whole
    fetch(ListWork(work.targets), settings)
    assert len(server.asked("/a.jpg")) <= 5 + (5 - len(whole))


def test_hosts_without_targets_are_a_bug_not_a_loop(tmp_path: Path) -> None:
    class EmptyWork(ListWork):
        async def hosts(self, exclude: Collection[str]) -> list[HostPolicy]:
            return [HostPolicy("a.test")]

        async def take(self, host: str, n: int) -> list[Target]:
            return []

    with pytest.raises(RuntimeError, match="a.test"):
        asyncio.run(asyncio.wait_for(fetch_all(EmptyWork([]), quick(tmp_path)), 20))


def test_recover_knows_whole_files_from_others(tmp_path: Path) -> None:
    folder = tmp_path / "fetching"
    store = Store(folder, 1)
    result = Result(
        key=1,
        outcome=Outcome.OK,
        fetched_at=datetime(2026, 11, 24, tzinfo=UTC),
        url="http://a/",
        sniffed="JPEG",
    )

    async def make(key: int) -> Result:
        part = store.new(key)
        await part.add(jpeg(key))
        return await part.finish(replace(result, key=key))

    whole = [asyncio.run(make(key)) for key in (1, 2, 3, 4)]
    store.close()
    # 2: killed between the result and the name. 3: the result is damaged. 4: the file is gone.
    (folder / "2.jpg").rename(folder / "2.part")
    (folder / "3.result.json").write_text('{"key": 3')
    (folder / "4.jpg").unlink()
    (folder / "5.part").write_bytes(b"half, and nobody knows of what")
    (folder / "6.part").write_bytes(b"half")
    (folder / "6.meta").write_text("{}")
    found = recover(folder)
    assert found == whole[:2]
    assert {path.name for path in folder.iterdir()} == {
        "1.jpg",
        "1.result.json",
        "2.jpg",
        "2.result.json",
        "6.part",
        "6.meta",
    }
    for one in found:
        forget(folder, one)
    assert {path.name for path in folder.iterdir()} == {"6.part", "6.meta"}
    assert recover(tmp_path / "none") == []


FILES = 60
HANGS = 7  # the file whose settling never ends in the first run: whole, not settled


class Slowing:
    """Once so many bodies were begun, every piece takes its time, so that none comes to its end."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.begun: set[str] = set()
        self.active = True

    async def gate(self, asked: Asked, sent: int) -> None:
        if sent == 0:
            self.begun.add(asked.path)
        if self.active and len(self.begun) >= self.after:
            await asyncio.sleep(0.5)


def test_a_killed_run_goes_on_where_it_was(server: Server, tmp_path: Path) -> None:
    slowing = Slowing(30)
    sizes = {}
    for n in range(FILES):
        content = jpeg(n, 500)
        sizes[f"/{n}.jpg"] = len(content)
        handler = picture(content, etag=f'"{n}"', piece=6_000, pause=0.001, gate=slowing.gate)
        server.on(f"/{n}.jpg", handler)
    command = [sys.executable, "-m", "tests.curation.fetching.killed", str(tmp_path), server.address]
    first = subprocess.Popen([*command, str(HANGS)], cwd=ROOT)
    try:
        # Two hosts are in the middle of a body, the third has a file that is not settled.
        folder = tmp_path / "fetching"
        _until(
            lambda: (
                len(slowing.begun) >= slowing.after
                and len(list(folder.glob("*.meta"))) == 2
                and (folder / f"{HANGS}.jpg").exists()
            ),
            first,
        )
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    settled_before = _settled(tmp_path)
    assert 5 < len(settled_before) < FILES
    assert HANGS not in settled_before and (tmp_path / "fetching" / f"{HANGS}.jpg").exists()
    slowing.active = False

    second = subprocess.run(command, cwd=ROOT, timeout=120, check=False)
    assert second.returncode == 0
    assert sorted(_settled(tmp_path)) == list(range(FILES)), "each exactly once"
    for path, size in sizes.items():
        asked = server.asked(path)
        assert sum(one.sent == size for one in asked) <= 1, f"{path} was sent whole twice"
        assert asked[-1].first_byte + asked[-1].sent == size
    halves = [one for one in server.log if one.first_byte]
    assert halves, "something was continued"
    assert all(one.status == 206 for one in halves)


def _settled(folder: Path) -> list[int]:
    path = folder / "settled.jsonl"
    return [json.loads(line)["key"] for line in path.read_text().splitlines()] if path.exists() else []


def _until(true: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    for _ in range(3_000):
        if true():
            return
        assert process.poll() is None, "the run ended by itself"
        time.sleep(0.02)
    raise AssertionError("it did not happen within a minute")
