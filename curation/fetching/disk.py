"""Files under way, in one folder that belongs to one run at a time.

    <key>.part           what came so far
    <key>.meta           how to go on with it: address, validator, expected size
    <key>.result.json    the result, written before the file gets its name
    <key>.<extension>    the whole file

A process that is killed at any moment leaves nothing that is taken for whole and is not, and nothing
whole that is fetched again. All file work is done in threads, in pieces of some hundred kilobytes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from curation.fetching.part import RESULT, Half, Part
from curation.fetching.recovery import read_result
from curation.fetching.results import Result

T = TypeVar("T")


class Store:
    """The folder."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Looks once at what an earlier run left; later on, the disk is not asked for what is not there."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._finished = _keys(folder, RESULT)
        self.halves = _keys(folder, ".meta")
        self.parts = _keys(folder, ".part")
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="disk")

    def close(self) -> None:
        self._threads.shutdown()

    async def run(self, work: Callable[[], T]) -> T:
        """In a thread, to its end even if the task is cancelled meanwhile: files never have two users."""
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise

    def part(self, key: int) -> Path:
        return self.folder / f"{key}.part"

    def meta(self, key: int) -> Path:
        return self.folder / f"{key}.meta"

    def new(self, key: int) -> Part:
        return Part(self, key)

    def finished(self, key: int) -> Result | None:
        """What was fetched by an earlier run but not settled."""
        return read_result(self.folder / f"{key}{RESULT}") if key in self._finished else None

    def half(self, key: int, url: str) -> Half | None:
        """How to go on with the file of a target; None where it has to begin anew."""
        if key not in self.halves:
            return None
        try:
            half = Half(**json.loads(self.meta(key).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        return half if half.target == url and self.part_size(key) > 0 else None

    def part_size(self, key: int) -> int:
        try:
            return self.part(key).stat().st_size
        except FileNotFoundError:
            return 0

    async def drop(self, key: int) -> None:
        """Forget what came of a file so far."""
        if key in self.parts or key in self.halves:
            await self.run(lambda: self._unlink(self.part(key), self.meta(key)))
            self.parts.discard(key)
            self.halves.discard(key)

    async def clean(self, result: Result) -> None:
        """After settling: what the caller left is deleted."""
        if (path := result.path) is None:
            return
        if path.exists():  # a large file takes its time to go
            await self.run(lambda: self._unlink(path))
        self._unlink(self.folder / f"{result.key}{RESULT}")

    def write_json(self, name: str, values: dict[str, Any]) -> None:
        new = self.folder / f"{name}.new"
        new.write_text(json.dumps(values))
        new.replace(self.folder / name)

    @staticmethod
    def _unlink(*paths: Path) -> None:
        for path in paths:
            path.unlink(missing_ok=True)


def _keys(folder: Path, ending: str) -> set[int]:
    names = (path.name.removesuffix(ending) for path in folder.iterdir() if path.name.endswith(ending))
    return {int(name) for name in names if name.isascii() and name.isdigit()}
