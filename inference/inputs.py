"""What there is to predict: pictures one by one, how many there are, and a checksum of which they are."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from inference.errors import PictureError

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to predict: what the table calls it, and where its bytes are.

    content: the bytes, or the file that holds them. sha256: of the bytes, where it is known. fault: why there
    are none. truth: name of the class it is known to be of.
    """

    file: str
    content: bytes | Path = b""
    id: str = ""
    truth: str = ""
    sha256: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Source:
    """Pictures to predict.

    what: for messages. sha256: changes when the pictures or their order do. begin: gives the pictures from
    that number (from 0) on. release: whether they have ids and known classes. classes: names of the latter.
    """

    what: str
    pictures: int
    sha256: str
    begin: Callable[[int], Iterator[Picture]]
    release: bool = False
    classes: tuple[str, ...] = ()


def read_picture(picture: Picture) -> bytes:
    """The bytes. Raises OSError, or PictureError where they are not those that are meant."""
    if picture.fault:
        raise PictureError(picture.fault)
    data = picture.content if isinstance(picture.content, bytes) else picture.content.read_bytes()
    if picture.sha256 and (found := hashlib.sha256(data).hexdigest()) != picture.sha256:
        raise PictureError(f"SHA-256 must be {picture.sha256}, got {found}")
    if not data:
        raise PictureError("the file is empty")
    return data


def folder_source(root: Path) -> Source:
    """Picture files under a folder by suffix, sorted by path; without hidden ones and linked folders.

    Two runs over the same files of the same sizes and times have the same checksum. Raises OSError for a
    folder that cannot be listed.
    """
    names = _picture_names(root)
    listing = hashlib.sha256()
    faults: dict[str, str] = {}
    for name in names:
        facts = ""
        try:
            found = (root / name).stat()
        except OSError as error:
            faults[name] = error.strerror or str(error)
        else:
            facts = f"{found.st_size} {found.st_mtime_ns}"
            # Opening a pipe that is called x.jpg would wait for ever.
            if not stat.S_ISREG(found.st_mode):
                faults[name] = "not a regular file"
        listing.update(f"{name}\0{facts}\0".encode(errors="surrogateescape"))

    def begin(start: int) -> Iterator[Picture]:
        for number in range(start, len(names)):
            name = names[number]
            yield Picture(name, root / name, fault=faults.get(name, ""))

    return Source(f"the pictures under {root}", len(names), listing.hexdigest(), begin)


def _picture_names(root: Path) -> list[str]:
    """Paths from ``root`` on, as text: a million of them are tenths of a gigabyte, not several."""
    found: list[str] = []
    for folder, folders, files in os.walk(root, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        inside = "" if (here := Path(folder)) == root else f"{here.relative_to(root).as_posix()}/"
        found += [
            inside + name
            for name in files
            if not name.startswith(".") and Path(name).suffix.lower() in PICTURE_SUFFIXES
        ]
    return sorted(found)


def _refuse(error: OSError) -> None:
    raise error
