"""A large file whose bytes go to the disk while it is being written, not all of them at its end."""

from __future__ import annotations

import io
import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

PIECE = 32 << 20  # bytes after which the disk is set to work
BUFFER = 1 << 20
_sync = getattr(os, "fdatasync", os.fsync)


def steady(path: Path) -> io.BufferedWriter:
    """A new file to write to. Close it: that waits for the disk and raises what the disk has refused.

    Where nothing is synced before the end, a disk is idle while an archive is put together, and whoever puts
    it together then is while the disk writes.
    """
    return io.BufferedWriter(_Steady(path), BUFFER)


class _Steady(io.FileIO):
    def __init__(self, path: Path) -> None:
        super().__init__(path, "w")
        self._pool = ThreadPoolExecutor(1)
        self._syncing: Future[None] | None = None
        self._waiting = 0

    def write(self, data: object) -> int:
        written = super().write(data)  # type: ignore[arg-type]
        self._waiting += written
        if self._waiting >= PIECE and (self._syncing is None or self._syncing.done()):
            self._check()
            self._waiting = 0
            self._syncing = self._pool.submit(_sync, self.fileno())
        return written

    def close(self) -> None:
        if self.closed:
            return
        self._pool.shutdown()
        try:
            # An error is told once for each open file: here, or nobody hears of it.
            self._check()
        finally:
            super().close()

    def _check(self) -> None:
        if self._syncing is not None:
            self._syncing.result()
