"""Decoding a picture file, whole and once, to upright 8-bit sRGB."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import simplejpeg
from PIL import Image, ImageFile

from curation.imaging.colour import to_srgb
from curation.imaging.errors import PictureError
from curation.imaging.inspect import PictureInfo, open_header, reading, tiff_white_is_zero
from curation.imaging.limits import Limits
from curation.imaging.source import Source, read_source

# libjpeg's warnings that mean lost pixels. The others (padding before the end marker, an unknown JFIF
# revision) are frequent in sound photographs of old cameras.
_JPEG_DAMAGE = ("premature end", "bad huffman", "instead of rst", "bad arithmetic")
_JPEG_COLOUR = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
# libjpeg-turbo's advice. Encoders write about ten; each one of an attack costs a pass over all pixels.
_MAX_SCANS = 500
_REDUCIBLE = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"})

# Orientation (EXIF 2.32, tag 274) -> what turns the stored pixels upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """image: RGB, 8 bits, sRGB, upright, without metadata. notes: what was assumed or ignored, in words."""

    image: Image.Image
    info: PictureInfo
    notes: tuple[str, ...]


def open_srgb(path: Path, *, min_short_side: int | None = None, limits: Limits | None = None) -> Decoded:
    """Decode the picture at `path` completely, so that a cut or damaged file is found.

    min_short_side: pixels. The result may be smaller than the file as long as its short side keeps at least
        this many; JPEG is then decoded at a reduced DCT scale, which still reads every coded bit.
        None: full size.

    Raises PictureError with the file's name for whatever is wrong with it.
    """
    limits = limits or Limits()
    return decode(read_source(path, limits), limits, min_short_side=min_short_side)


def decode(source: Source, limits: Limits, *, min_short_side: int | None = None) -> Decoded:
    """`open_srgb` for bytes that are already read."""
    if min_short_side is not None and min_short_side < 1:
        raise ValueError(f"min_short_side must be at least 1 pixel, not {min_short_side}")
    notes: list[str] = []
    with open_header(source, limits) as (opened, info):
        if source.format == "TIFF" and getattr(opened, "is_animated", False):
            notes.append("several pages: the first is used")
        with reading(source.name):
            profile = opened.info.get("icc_profile")
            if source.format == "JPEG" and opened.mode in _JPEG_COLOUR:
                pixels, warning = _decode_jpeg(source, opened.mode, opened.size, min_short_side)
                notes += [warning] if warning else []
            else:
                pixels = _decode_other(source.name, opened, info, min_short_side)
            image, colour_notes = to_srgb(pixels, profile)
            if image is opened:
                image = image.copy()  # the opened one ends with its file
            # Pillow turns a TIFF itself while loading it.
            if source.format != "TIFF" and info.orientation in _UPRIGHT:
                image = image.transpose(_UPRIGHT[info.orientation])
    # Pillow's WebP and JPEG writers copy some of this into what they write.
    image.info = {}
    return Decoded(image, info, (*notes, *colour_notes))


def _decode_jpeg(
    source: Source, mode: str, size: tuple[int, int], min_short_side: int | None
) -> tuple[Image.Image, str | None]:
    """Pixels of a JPEG and libjpeg's warning, if a harmless one came up.

    simplejpeg and Pillow use the same accurate DCT and give the same pixels, but Pillow drops libjpeg's
    warnings: a file with a hole in the middle, or cut and closed with an end marker, would pass with grey
    blocks.
    """
    least = min_short_side or 0
    warning = None
    # Inside coded data FF is always followed by 00 or a restart marker, so this counts scans.
    if (scans := source.data.count(b"\xff\xda")) > _MAX_SCANS:
        raise PictureError(source.name, "bomb", f"it has {scans:,} scans; at most {_MAX_SCANS} are allowed")
    # The limits were checked on Pillow's reading of the header, the pixels come from libjpeg's.
    height, width, *_ = simplejpeg.decode_jpeg_header(source.data)
    if (width, height) != size:
        raise ValueError(f"its header gives both {size[0]} x {size[1]} and {width} x {height} pixels")

    def pixels(strict: bool) -> np.ndarray:
        return simplejpeg.decode_jpeg(
            source.data, _JPEG_COLOUR[mode], min_height=least, min_width=least, strict=strict
        )

    try:
        array = pixels(strict=True)
    except ValueError as exc:
        warning = str(exc)
        if any(damage in warning.lower() for damage in _JPEG_DAMAGE):
            raise
        array = pixels(strict=False)  # raises again if it was more than a warning
    if mode == "L":
        array = array[..., 0]
    elif mode == "CMYK":
        # Adobe's writers, and all that follow them, store ink coverage inverted.
        array = np.subtract(255, array, out=array)
    note = f"libjpeg warned: {warning}" if warning else None
    return Image.fromarray(array, mode="CMYK" if mode == "CMYK" else None), note


def _decode_other(
    name: str, opened: ImageFile.ImageFile, info: PictureInfo, least: int | None
) -> Image.Image:
    opened.load()
    pixels: Image.Image = opened
    if pixels.mode.startswith("I;16"):
        pixels = _to_eight_bits(pixels, info.bits, tiff_white_is_zero(opened))
    elif pixels.mode in ("I", "F"):
        raise PictureError(
            name,
            "unsupported",
            f"its pixels are {info.bits}-bit numbers without a white point; save it with 8 or 16 bits",
        )
    # Averaging by whole factors before the colour work saves time and memory on large scans. Twice the wanted
    # size is kept for the Lanczos filter that follows. A colour key in `info` would no longer match averages.
    factor = min(pixels.size) // (2 * least) if least else 1
    if factor > 1 and pixels.mode == "1":
        pixels = pixels.convert("L")
    if factor > 1 and pixels.mode in _REDUCIBLE and "transparency" not in pixels.info:
        pixels = pixels.reduce(factor)
    return pixels


def _to_eight_bits(image: Image.Image, bits: int, white_is_zero: bool) -> Image.Image:
    """Scale 9 to 16-bit grey to 8 bits by keeping the high byte, as Pillow does for 16-bit RGB."""
    values = np.asarray(image)
    shift = max(min(bits, 16) - 8, 0)
    grey = (values >> shift).astype(np.uint8)
    return Image.fromarray(np.subtract(255, grey, out=grey) if white_is_zero else grey)
