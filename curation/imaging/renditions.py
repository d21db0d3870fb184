"""The pictures kept beside an original: one to review, one for data sets, one for grids."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from typing import IO, Any, Literal

from PIL import Image


@dataclass(frozen=True, slots=True)
class Rendition:
    """side: pixels of the `measured` side; smaller pictures are not enlarged. options: of Pillow's writer."""

    name: str
    side: int
    measured: Literal["short", "long"]
    format: Literal["JPEG", "WEBP"]
    mime: str
    suffix: str
    options: dict[str, Any] = field(hash=False)

    def size_for(self, width: int, height: int) -> tuple[int, int]:
        """Width and height in pixels of this rendition of a picture, aspect kept, at least 1."""
        basis = min(width, height) if self.measured == "short" else max(width, height)
        if basis <= self.side:
            return width, height
        scale = self.side / basis
        return max(1, round(width * scale)), max(1, round(height * scale))


REVIEW = Rendition(
    "review", 1024, "short", "JPEG", "image/jpeg", ".jpg", {"quality": 90, "progressive": True}
)
# 4:4:4: at this size colour at half resolution loses coloured print, and decoders differ in enlarging it.
DATASET = Rendition(
    "dataset", 192, "short", "JPEG", "image/jpeg", ".jpg", {"quality": 94, "subsampling": "4:4:4"}
)
# A grid cell is 160 CSS pixels; twice that for dense screens.
THUMB = Rendition("thumb", 320, "long", "WEBP", "image/webp", ".webp", {"quality": 80, "method": 4})
ALL = (REVIEW, DATASET, THUMB)


def make_renditions(image: Image.Image) -> dict[str, bytes]:
    """Encode every rendition of an upright sRGB picture; the same pixels give the same bytes.

    image: mode RGB, without metadata of its own to keep.
    """
    return {name: encoded for name, (_, encoded) in render(image).items()}


def render(
    image: Image.Image, full_size: tuple[int, int] | None = None
) -> dict[str, tuple[Image.Image, bytes]]:
    """As `make_renditions`, with the pixels before encoding. The smaller ones come from the review pixels,
    not from its JPEG, so no compression is inherited.

    full_size: width and height of the picture where `image` was decoded at a reduced scale, so that sides are
    rounded once, from the true ones.
    """
    if image.mode != "RGB":
        raise ValueError(
            f"renditions are made from mode RGB, not {image.mode}; decode the picture with open_srgb"
        )
    if image.info:  # Pillow's writers copy comments and profiles from it
        image = image.copy()
        image.info = {}
    width, height = full_size or image.size
    made: dict[str, tuple[Image.Image, bytes]] = {}
    basis = _Basis(image)
    for rendition in ALL:
        pixels = basis.resized(rendition.size_for(width, height))
        if rendition is REVIEW:
            basis = _Basis(pixels)
        made[rendition.name] = (pixels, _encoded(pixels, rendition))
    return made


class _Basis:
    """A picture that several smaller ones are made from."""

    def __init__(self, image: Image.Image) -> None:
        self.image = image
        self.reduced: dict[tuple[int, int], Image.Image] = {(1, 1): image}

    def resized(self, size: tuple[int, int]) -> Image.Image:
        """As `Image.resize` with Lanczos and a reducing_gap of 2, whose first step, averaging by whole
        factors, is done once where sizes share the factors."""
        width, height = self.image.size
        if (width, height) == size:
            return self.image
        factors = (int(width / size[0] / 2) or 1, int(height / size[1] / 2) or 1)
        if factors not in self.reduced:
            self.reduced[factors] = self.image.reduce(factors)
        whole = (0, 0, width / factors[0], height / factors[1])
        return self.reduced[factors].resize(size, Image.Resampling.LANCZOS, box=whole)


def _encoded(image: Image.Image, rendition: Rendition) -> bytes:
    # Into a real file: only then does Pillow's JPEG encoder let other threads run. The bytes are the same.
    with _in_memory() as out:
        image.save(out, rendition.format, **rendition.options)
        out.seek(0)
        return out.read()


def _in_memory() -> IO[bytes]:
    """A file that is in memory where the system has such ones (Linux), else a temporary one."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("rendition"), "w+b")
    return tempfile.TemporaryFile()
