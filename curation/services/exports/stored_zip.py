"""ZIP archives of many small files that do not get smaller: stored, written straight through.

The bytes are those of zipfile with ZIP_STORED and fixed dates, which goes back to each header when the file
behind it is written, and so takes several times as long. Layout: APPNOTE.TXT 6.3.10 (PKWARE), 4.3.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

DATE = 0, 1 << 5 | 1  # midnight on 1 January 1980, the earliest that ZIP knows
MODE = 0o100644 << 16  # an ordinary file
UNIX = 3
VERSION, VERSION_64 = 20, 45
STORED = 0
# zipfile's limits, from which on numbers stand in the fields of ZIP64.
MOST_BYTES = (1 << 31) - 1
MOST_FILES = (1 << 16) - 1
FULL_16, FULL_32 = 0xFFFF, 0xFFFFFFFF


class Stored(NamedTuple):
    """What the directory says of a file, but for its place."""

    name: bytes
    crc: int
    size: int

    @property
    def facts(self) -> tuple[int, ...]:
        return STORED, *DATE, self.crc, self.size, self.size, len(self.name)


def stored(name: str, content: bytes) -> tuple[Stored, bytes]:
    """A file and what stands before its content in an archive; neither depends on its place there.

    name: in ASCII letters. content: below 2 GiB.
    """
    size = len(content)
    if size > MOST_BYTES:
        raise ValueError(f"{name} has {size:,} bytes; expected at most {MOST_BYTES:,}")
    file = Stored(name.encode("ascii"), zlib.crc32(content), size)
    return file, struct.pack("<4s5H3L2H", b"PK\x03\x04", VERSION, 0, *file.facts, 0) + file.name


class StoredZip:
    """Writes an archive to `file` from where it stands. A context manager: the end is written when the block
    ends well."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._offset = file.tell()
        self._directory = bytearray()
        self._files = 0

    def add(self, name: str, content: bytes) -> None:
        """A file (see `stored`). Names are the caller's to keep apart."""
        file, header = stored(name, content)
        self.extend([file], header + content)

    def extend(self, files: Sequence[Stored], data: bytes) -> None:
        """Several files. data: what `stored` gave for each, with its content behind it."""
        self._file.write(data)
        for file in files:
            self._directory += self._entry(file.facts) + file.name
            if self._offset > MOST_BYTES:
                self._directory += struct.pack("<2HQ", 1, 8, self._offset)
            self._offset += 30 + len(file.name) + file.size
            self._files += 1

    def _entry(self, facts: tuple[int, ...]) -> bytes:
        """An entry of the directory, up to its name."""
        far = self._offset > MOST_BYTES
        version, extra, offset = (VERSION_64, 12, FULL_32) if far else (VERSION, 0, self._offset)
        return struct.pack(
            "<4s2B5H3L5H2L", b"PK\x01\x02", version, UNIX, version, 0, *facts, extra, 0, 0, 0, MODE, offset
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._file.write(self._directory + self._end())

    def _end(self) -> bytes:
        files, size, start = self._files, len(self._directory), self._offset
        far = b""
        if files > MOST_FILES or max(size, start) > MOST_BYTES:
            far = struct.pack(
                "<4sQ2H2L4Q", b"PK\x06\x06", 44, VERSION_64, VERSION_64, 0, 0, files, files, size, start
            ) + struct.pack("<4sLQL", b"PK\x06\x07", 0, start + size, 1)
            files, size, start = min(files, FULL_16), min(size, FULL_32), min(start, FULL_32)
        return far + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, files, files, size, start, 0)
