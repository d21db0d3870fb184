"""All files of an export as one ZIP, written as it is sent: nothing is copied to disk or held in memory."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from curation.errors import Refused

PIECE = 1 << 20  # bytes


class _Outbox(io.RawIOBase):
    """What ZipFile writes to: it can't seek, so sizes follow each file; what was written is taken away."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._waiting.append(piece)
        return len(piece)

    def take(self) -> bytes:
        piece = b"".join(self._waiting)
        self._waiting.clear()
        return piece


def bundle(folder: Path, names: Iterable[str]) -> Iterator[bytes]:
    """The bytes of a ZIP of these files of `folder`, each below a folder of its name.

    Stored, not deflated, since pictures do not get smaller. The same files give the same bytes. Raises
    Refused for a file that is gone, before the first byte.
    """
    paths = [folder / name for name in names]
    for path in paths:
        if path.is_symlink() or not path.is_file():
            raise Refused(f"{path.name} is gone from the exports folder. Export the release again.")
    return _pieces(folder.name, paths)


def _pieces(top: str, paths: list[Path]) -> Iterator[bytes]:
    outbox = _Outbox()
    with ZipFile(outbox, "w", ZIP_STORED) as archive:
        for path in paths:
            # A fixed time (the first that ZIP knows) and mode: who exports again gets the same bytes.
            info = ZipInfo(f"{top}/{path.name}")
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as entry, path.open("rb") as file:
                while piece := file.read(PIECE):
                    entry.write(piece)
                    yield outbox.take()
    yield outbox.take()
