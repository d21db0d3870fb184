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

DRAWINGS = 17 * 8  # different ones
SHORT_SIDE = 192


@dataclass(frozen=True)
class Drawing:
    """A drawn picture: its JPEG, its renditions, and width and height in pixels."""

    jpeg: bytes
    renditions: dict[str, bytes]
    size: tuple[int, int]


@cache
def drawing(number: int) -> Drawing:
    """Drawing `number` of DRAWINGS; its class is `number` modulo 17."""
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


def keep_files(image: Image, number: int, content: bytes) -> None:
    """Store the original and the renditions of a row; what is there already is the same."""
    if not isinstance(default_storage, FileSystemStorage):
        store(image.file_name(Image.Rendition.ORIGINAL), content)
        for name, made in drawing(number % DRAWINGS).renditions.items():
            store(image.file_name(name), made)
        return
    _write(_place(image.file_name(Image.Rendition.ORIGINAL)), content)
    for name, made in drawing(number % DRAWINGS).renditions.items():
        place = _place(image.file_name(name))
        first = Path(default_storage.path(f"{name}/scale/{number % DRAWINGS}{place.suffix}"))
        if not first.exists():
            first.parent.mkdir(parents=True, exist_ok=True)
            _write(first, made)
        try:
            os.link(first, place)
        except FileExistsError:
            continue
        except OSError:  # another file system, or as many names as it allows
            _write(place, made)


def _place(name: str) -> Path:
    path = Path(default_storage.path(name))
    path.parent.mkdir(exist_ok=True, parents=True)
    return path


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all; not synced one by one, as a million such waits would take an hour, and what a
    power cut takes can be drawn again."""
    part = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    part.write_bytes(content)
    part.replace(path)
