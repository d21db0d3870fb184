"""A file that grows, and how to go on with it after an interruption."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

from curation.fetching.results import Result
from curation.imaging.signatures import EXTENSION_OF, HEAD_BYTES

if TYPE_CHECKING:
    from curation.fetching.disk import Store

RESULT = ".result.json"
EXTENSIONS = {**EXTENSION_OF, "JSON": "json"}
_PIECE = 256 * 1024  # written and hashed at once
_FLUSH_SECONDS = 1.0  # what is younger may be lost in a crash, and comes again


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
        path = self._store.folder / f"{self._key}.{EXTENSIONS[result.sniffed]}"
        whole = replace(result, path=path, bytes=self.size, sha256=self._digest.hexdigest())
        self._store.write_json(f"{self._key}{RESULT}", whole.as_json())
        self._store.part(self._key).replace(path)
        self._store.parts.discard(self._key)
        if self._key in self._store.halves:
            self._store.meta(self._key).unlink(missing_ok=True)
            self._store.halves.discard(self._key)
        return whole
