"""A file to write to whose bytes are taken away again, for writers that know files only."""

from __future__ import annotations

import io


class Outbox(io.RawIOBase):
    """What was written is taken away piece by piece. It can't seek: a ZipFile puts sizes behind each file."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]  # whatever has a buffer
        self._waiting.append(piece)
        return len(piece)

    def take(self) -> bytes:
        piece = b"".join(self._waiting)
        self._waiting.clear()
        return piece
