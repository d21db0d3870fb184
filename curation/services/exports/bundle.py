"""All files of an export as one ZIP, written as it is sent: nothing is copied to disk or held in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from curation.errors import Refused
from curation.services.exports.outbox import Outbox

PIECE = 1 << 20  # bytes


def bundle(folder: Path, names: Iterable[str]) -> Iterator[bytes]:
    """The bytes of a ZIP of these files of `folder`, each below a folder of its name.

    Stored, not deflated, since pictures do not get smaller. The same files give the same bytes. Raises
    Refused for a file that is gone, before the first byte.
    """
    files = []
    for name in names:
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise Refused(f"{name} is gone from the exports folder. Export the release again.")
        files.append((name, partial(_read, path)))
    return bundle_of(folder.name, files)


def bundle_of(top: str, files: Iterable[tuple[str, Callable[[], Iterable[bytes]]]]) -> Iterator[bytes]:
    """The same from names below the folder `top`, each with what gives its bytes when its turn comes."""
    outbox = Outbox()
    with ZipFile(outbox, "w", ZIP_STORED) as archive:
        for name, pieces in files:
            # A fixed time (the first that ZIP knows) and mode: who exports again gets the same bytes.
            info = ZipInfo(f"{top}/{name}")
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as entry:
                for piece in pieces():
                    entry.write(piece)
                    yield outbox.take()
    yield outbox.take()


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
