"""Reading a picture's header: everything that can be known, and refused, before a pixel is decoded."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import (
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from curation.imaging.containers import check_gif_end, check_tiff_directory, png_exif
from curation.imaging.errors import PictureError
from curation.imaging.limits import Limits
from curation.imaging.signatures import MIME
from curation.imaging.source import Source, read_source

# Pillow's own bomb check, one number for the whole process, refuses large sheets even inside some readers. It
# is raised to our default, never lowered; Limits decides.
if Image.MAX_IMAGE_PIXELS is not None:
    Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, Limits().max_pixels)
# The plugins are called directly: Image.open would try every format it knows on the bytes.
_READERS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "JPEG 2000": Jpeg2KImagePlugin.Jpeg2KImageFile,
}
# What Pillow's readers raise on hostile bytes.
_READER_ERRORS = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError,
                  AssertionError, RuntimeError, struct.error, zlib.error)  # fmt: skip
_TAG_BITS, _TAG_PHOTOMETRIC, _TAG_TILE_WIDTH, _TAG_TILE_HEIGHT, _TAG_DNG = 258, 262, 322, 323, 50706
_BITS_BY_MODE = {"1": 1, "I;16": 16, "I;16B": 16, "I;16L": 16, "I": 32, "F": 32}


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What the header says.

    width, height: pixels of the upright picture, that is after `orientation` is applied.
    mode: Pillow's mode as stored ("RGB", "CMYK", "I;16", ...). bits: per channel, as stored.
    orientation: EXIF/TIFF tag 274, 1 to 8; 1 when absent or not one of these.
    """

    format: str
    mime: str
    width: int
    height: int
    mode: str
    orientation: int
    bits: int
    has_icc: bool
    has_alpha: bool
    bytes: int
    sha256: str


def inspect(path: Path, limits: Limits | None = None) -> PictureInfo:
    """Header and hash of the picture at `path`; no pixel is decoded, so damage further in goes unseen.

    Raises PictureError.
    """
    limits = limits or Limits()
    source = read_source(path, limits)
    with open_header(source, limits) as (_, info):
        return info


@contextmanager
def open_header(source: Source, limits: Limits) -> Iterator[tuple[ImageFile.ImageFile, PictureInfo]]:
    """The opened but not decoded Pillow image and what its header says. Closed at the end of the block."""
    if source.format == "TIFF":
        check_tiff_directory(source.name, source.data)
    with reading(source.name):
        image = _READERS[source.format](io.BytesIO(source.data))
    try:
        with reading(source.name):
            info = _info(source, image, limits)
        yield image, info
    finally:
        image.close()


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what the decoders raise inside the block into a PictureError about the file `name`."""
    try:
        yield
    except PictureError:
        raise
    except MemoryError as exc:
        raise PictureError(
            name, "too-large", "decoding it needs more memory than there is; supply a smaller copy"
        ) from exc
    except Image.DecompressionBombError as exc:
        raise PictureError(name, "bomb", f"the decoder says: {exc}") from exc
    except _READER_ERRORS as exc:
        reason = str(exc) or type(exc).__name__
        if "unknown pixel mode" in reason or "cannot handle" in reason.lower():
            raise PictureError(
                name,
                "unsupported",
                f"the decoder does not know this kind of pixel ({reason}); save it as 8-bit RGB",
            ) from exc
        raise PictureError(
            name, "broken", f"the decoder says: {reason}; fetch or copy the whole file again"
        ) from exc


def _info(source: Source, image: ImageFile.ImageFile, limits: Limits) -> PictureInfo:
    name, stored = source.name, image.size
    limits.check_size(name, *stored, file_bytes=len(source.data))
    exif: bytes | None = image.info.get("exif")
    if source.format == "TIFF":
        _check_tiff(name, _tags(image), limits)
    elif source.format == "PNG":
        exif = png_exif(name, source.data)
    elif source.format == "GIF":
        check_gif_end(name, source.data)
    # A TIFF with several pages is a scan with its thumbnail; an animation has no frame that is "the"
    # specimen, and on collections' servers it is a spinner or a placeholder.
    if source.format != "TIFF" and getattr(image, "is_animated", False):
        raise PictureError(name, "animated", f"it is an animated {source.format}; supply one still picture")
    orientation = _orientation(image, exif)
    # Pillow already reports the upright size of a TIFF.
    turned = orientation >= 5 and source.format != "TIFF"
    width, height = stored[::-1] if turned else stored
    return PictureInfo(
        format=source.format,
        mime=MIME[source.format],
        width=width,
        height=height,
        mode=image.mode,
        orientation=orientation,
        bits=_bits(source, image),
        has_icc=bool(image.info.get("icc_profile")),
        has_alpha=image.has_transparency_data,
        bytes=len(source.data),
        sha256=source.sha256,
    )


def tiff_white_is_zero(image: ImageFile.ImageFile) -> bool:
    """Whether it is a TIFF whose grey scale runs from white to black (PhotometricInterpretation 0)."""
    return isinstance(image, TiffImagePlugin.TiffImageFile) and _tags(image).get(_TAG_PHOTOMETRIC) == 0


def _tags(image: ImageFile.ImageFile) -> Any:
    return image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}


def _check_tiff(name: str, tags: Any, limits: Limits) -> None:
    if _TAG_DNG in tags:
        raise PictureError(name, "unsupported", "it is a camera's raw file (DNG); supply a developed picture")
    # libtiff allocates whole tiles: a small picture may declare one of many gigapixels.
    tile = int(tags.get(_TAG_TILE_WIDTH, 0)) * int(tags.get(_TAG_TILE_HEIGHT, 0))
    if tile > limits.max_pixels:
        raise PictureError(
            name, "bomb", f"its tiles declare {tile:,} pixels each; at most {limits.max_pixels:,} are allowed"
        )


def _orientation(image: ImageFile.ImageFile, exif: bytes | None) -> int:
    value: Any = _tags(image).get(ExifTags.Base.Orientation)
    if exif:
        record = Image.Exif()
        try:
            record.load(exif)
            value = record.get(ExifTags.Base.Orientation)
        except _READER_ERRORS:
            # Damaged camera data says nothing about the pixels; the picture is taken as it lies.
            value = None
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _bits(source: Source, image: ImageFile.ImageFile) -> int:
    if source.format == "PNG":
        return source.data[24]
    declared = _tags(image).get(_TAG_BITS)
    if declared:
        return int(declared[0] if isinstance(declared, tuple) else declared)
    return _BITS_BY_MODE.get(image.mode, 8)
