"""Picture files for many rows out of few drawings: an original of its own for each, renditions shared.

Each original is a drawn JPEG with a comment of its own, so its SHA-256 is its own and true. A comment is no
pixel: the renditions of two such originals are the same bytes, and in a folder they are one file with several
names, which keeps 208,896 pictures near one gigabyte.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from django.core.files.storage import FileSystemStorage, default_storage
from PIL import Image as Pillow

from curation.drawing import CLASS_SLUGS, draw
from curation.imaging.renditions import make_renditions
from curation.models import Image
from curation.services.files import store

DRAWINGS = len(CLASS_SLUGS) * 8  # different ones
SHORT_SIDE, EXTENSION = 192, "jpg"
_NAMED = Image(extension=EXTENSION)  # knows where the files of a SHA-256 are


@dataclass(frozen=True)
class Drawing:
    """A drawn picture: its JPEG, its renditions, and width and height in pixels."""

    jpeg: bytes
    renditions: dict[str, bytes]
    size: tuple[int, int]


@cache
def drawing(number: int) -> Drawing:
    """Drawing `number` of DRAWINGS; its class is `number` modulo the number of classes."""
    picture = draw(CLASS_SLUGS[number % len(CLASS_SLUGS)], 7_000_000 + number, short_side=SHORT_SIDE)
    out = BytesIO()
    picture.save(out, "JPEG", quality=60)
    jpeg = out.getvalue()
    with Pillow.open(BytesIO(jpeg)) as opened:
        decoded = opened.convert("RGB")
    return Drawing(jpeg, make_renditions(decoded), decoded.size)


def original(number: int, seed: int) -> bytes:
    """The JPEG of row `number`: its drawing with a comment segment behind the first marker."""
    words = f"Vasculum, drawn row {number} of seed {seed}".encode()
    jpeg = drawing(number % DRAWINGS).jpeg
    return jpeg[:2] + b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words + jpeg[2:]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def keep_files(name: str, number: int, content: bytes) -> None:
    """Store the original, whose SHA-256 is `name`, and the renditions; what is there already is the same."""
    made = drawing(number % DRAWINGS).renditions
    _NAMED.sha256 = name
    if not isinstance(default_storage, FileSystemStorage):
        store(_NAMED.file_name(Image.Rendition.ORIGINAL), content)
        for rendition, picture in made.items():
            store(_NAMED.file_name(rendition), picture)
        return
    root = Path(default_storage.path(""))
    _write(_in_folder(root / _NAMED.file_name(Image.Rendition.ORIGINAL)), content)
    for rendition, picture in made.items():
        place = _in_folder(root / _NAMED.file_name(rendition))
        first = root / f"{rendition}/scale/{number % DRAWINGS}{place.suffix}"
        try:
            os.link(first, place)
        except FileExistsError:
            continue
        except OSError:  # the first of this drawing, another file system, or as many names as it allows
            _write(_in_folder(first), picture)
            _write(place, picture)


def _in_folder(path: Path) -> Path:
    _folder(path.parent)
    return path


@cache
def _folder(path: Path) -> None:
    path.mkdir(exist_ok=True, parents=True)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all; not synced one by one, as a million such waits would take an hour, and what a
    power cut takes can be drawn again."""
    part = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    part.write_bytes(content)
    part.replace(path)
