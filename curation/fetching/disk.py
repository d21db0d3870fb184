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
import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, TypeVar

from curation.fetching.results import Result
from curation.imaging.signatures import HEAD_BYTES

_PIECE = 256 * 1024  # written and hashed at once
_FLUSH_SECONDS = 1.0  # what is younger may be lost in a crash, and comes again
_EXTENSIONS = {
    "JPEG": "jpg",
    "PNG": "png",
    "TIFF": "tif",
    "WebP": "webp",
    "GIF": "gif",
    "BMP": "bmp",
    "JPEG 2000": "jp2",
    "JSON": "json",
}
_RESULT = ".result.json"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Half:
    """How to go on with a file that is partly there. target: the address asked for; url: the one that
    answered. validator: a strong ETag or Last-Modified for If-Range. length: of the whole, if declared."""

    target: str
    url: str
    validator: str
    length: int | None
    status: int
    etag: str
    last_modified: str
    content_type: str


class Part:
    """A file that grows. Its size, hash and first bytes are known at any time after flush()."""

    def __init__(self, store: Store, key: int) -> None:
        self._store = store
        self._key = key
        self._file: IO[bytes] | None = None
        self._digest = hashlib.sha256()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._flushed = time.monotonic()
        self._kept = False
        self.half: Half | None = None  # how to go on after an interruption; None: not possible
        self.size = 0
        self.head = b""

    async def add(self, piece: bytes) -> None:
        """Append; written when there is enough of it or it has waited long enough."""
        if len(self.head) < HEAD_BYTES:
            self.head += piece[: HEAD_BYTES - len(self.head)]
        self.size += len(piece)
        self._waiting.append(piece)
        self._waiting_bytes += len(piece)
        if self._waiting_bytes >= _PIECE or time.monotonic() - self._flushed >= _FLUSH_SECONDS:
            await self._store.run(self._flush)

    async def resume(self, half: Half) -> None:
        """Take over what an earlier attempt left."""
        self.half, self._kept = half, True
        await self._store.run(self._reread)

    async def close(self) -> None:
        """Write what is waiting; the part stays for another attempt."""
        await self._store.run(self._close)

    async def finish(self, result: Result) -> Result:
        """Make it the whole file `<key>.<extension>`; the result with its path, size and SHA-256."""
        return await self._store.run(lambda: self._finish(result))

    def _open(self) -> IO[bytes]:
        if self._file is None:
            if self._key in self._store.halves:
                # A validator of older bytes must not outlive them.
                self._store.meta(self._key).unlink(missing_ok=True)
                self._store.halves.discard(self._key)
            self._store.parts.add(self._key)
            self._file = self._store.part(self._key).open("wb")
        return self._file

    def _flush(self) -> None:
        self._write()
        if self.half is not None and not self._kept:
            # Only now: small files come whole before anything has to be kept for them.
            values = {name: getattr(self.half, name) for name in Half.__slots__}
            self._store.write_json(f"{self._key}.meta", values)
            self._store.halves.add(self._key)
            self._kept = True

    def _write(self) -> None:
        file = self._open()
        for piece in self._waiting:
            file.write(piece)
            self._digest.update(piece)
        file.flush()
        self._waiting.clear()
        self._waiting_bytes = 0
        self._flushed = time.monotonic()

    def _reread(self) -> None:
        self._file = self._store.part(self._key).open("r+b")
        while piece := self._file.read(_PIECE):
            if len(self.head) < HEAD_BYTES:
                self.head += piece[: HEAD_BYTES - len(self.head)]
            self._digest.update(piece)
            self.size += len(piece)

    def _close(self) -> None:
        if self._waiting:
            self._flush()
        self._shut()

    def _shut(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _finish(self, result: Result) -> Result:
        self._write()
        os.fsync(self._open().fileno())
        self._shut()
        path = self._store.folder / f"{self._key}.{_EXTENSIONS[result.sniffed]}"
        whole = replace(result, path=path, bytes=self.size, sha256=self._digest.hexdigest())
        self._store.write_json(f"{self._key}{_RESULT}", whole.as_json())
        self._store.part(self._key).replace(path)
        self._store.parts.discard(self._key)
        if self._key in self._store.halves:
            self._store.meta(self._key).unlink(missing_ok=True)
            self._store.halves.discard(self._key)
        return whole


class Store:
    """The folder."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Looks once at what an earlier run left; later on, the disk is not asked for what is not there."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._finished = _keys(folder, _RESULT)
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
        return _read_result(self.folder / f"{key}{_RESULT}") if key in self._finished else None

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
        self._unlink(self.folder / f"{result.key}{_RESULT}")

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


def recover(folder: Path) -> list[Result]:
    """Results of files that are whole but were perhaps not settled when a run ended; for its start.

    A process may die between settling and the deletion of its files: settle only keys that still wait, and
    call `forget` for all. What is neither whole nor of use for going on is deleted.
    """
    found = []
    whole = set()
    for path in sorted(folder.glob(f"*{_RESULT}")):
        result = _read_result(path)
        if result is None or result.path is None:
            path.unlink()
            continue
        found.append(result)
        whole.add(result.path)
    for path in folder.iterdir() if folder.is_dir() else ():
        stem, _, extension = path.name.partition(".")
        ours = stem.isdigit() and (extension in _EXTENSIONS.values() or extension.endswith(".new"))
        if (ours and path not in whole) or (extension == "part" and not path.with_suffix(".meta").exists()):
            path.unlink(missing_ok=True)
    return found


def forget(folder: Path, result: Result) -> None:
    """Delete what `recover` found, once it is settled."""
    for path in (result.path, folder / f"{result.key}{_RESULT}"):
        if path is not None:
            path.unlink(missing_ok=True)


def _read_result(path: Path) -> Result | None:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        result = Result.from_json(json.loads(text), path.parent)
    except (ValueError, KeyError, TypeError):
        return None
    if result.path is None:
        return None
    part = path.with_name(f"{result.key}.part")
    with contextlib.suppress(FileNotFoundError):
        # Killed between the result and the renaming: the part was complete and synced by then.
        if not result.path.exists() and part.stat().st_size == result.bytes:
            part.replace(result.path)
            part.with_suffix(".meta").unlink(missing_ok=True)
    return result if result.path.exists() else None
