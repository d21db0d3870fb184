"""Doing to the pixels what was planned, and whether it can be seen."""

from __future__ import annotations

import io
import math

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from curation.imaging.corruption.plan import KINDS, RADIUS_SHORT_SIDE, Band, Corruption, plan

QUALITY = 94
ATTEMPTS = 6
# A change of 16 of 256 levels stands out from the noise of compression: writing a sheet once more at quality
# 94 moves fewer than 0.6 % of its pixels that far, at quality 64 about 1-5 %.
_LEVELS = 16
_SHARE = 0.015


def corrupt(image: Image.Image, seed: int, sha256: str, kind: str | None = None) -> tuple[Corruption, bytes]:
    """A corruption that shows in this RGB picture, and the JPEG it makes (see `apply`).

    The same arguments give the same bytes with the same versions of Pillow and libjpeg. Raises ValueError as
    `showing` does.
    """
    corruption, after = showing(image, seed, sha256, kind)
    return corruption, _jpeg(after, QUALITY, subsampling="4:4:4")


def showing(
    image: Image.Image, seed: int, sha256: str, kind: str | None = None
) -> tuple[Corruption, Image.Image]:
    """A corruption that shows in this RGB picture, and the pixels after it.

    What cannot be seen (white over white) is drawn again; where a kind never shows, the kinds after it are
    tried. Raises ValueError where nothing shows.
    """
    first = plan(seed, sha256, kind)
    at = KINDS.index(first.kind)
    for number in range(len(KINDS)):
        wanted = kind if number == 0 else KINDS[(at + number) % len(KINDS)]
        for attempt in range(ATTEMPTS):
            corruption = plan(seed, sha256, wanted, attempt)
            after = damaged(image, corruption)
            if visible(image, after):
                return corruption, after
    raise ValueError(
        f"none of {', '.join(KINDS)} can be seen in this picture of {image.width} x {image.height} pixels"
    )


def apply(image: Image.Image, corruption: Corruption) -> bytes:
    """The JPEG (quality 94, colour at full resolution) of an RGB picture after a corruption; same size."""
    return _jpeg(damaged(image, corruption), QUALITY, subsampling="4:4:4")


def damaged(image: Image.Image, corruption: Corruption) -> Image.Image:
    """The pixels after a corruption: RGB, same size, without metadata."""
    if image.mode != "RGB":
        raise ValueError(f"corruptions are applied to mode RGB, not {image.mode}; use open_srgb")
    after = image.copy()
    after.info = {}
    if corruption.saturation is not None and corruption.brightness is not None:
        after = ImageEnhance.Color(after).enhance(corruption.saturation)
        after = ImageEnhance.Brightness(after).enhance(corruption.brightness)
    if corruption.radius is not None:
        scale = min(after.size) / RADIUS_SHORT_SIDE
        after = after.filter(ImageFilter.GaussianBlur(corruption.radius * scale))
    for quality in corruption.qualities:
        with Image.open(io.BytesIO(_jpeg(after, quality))) as opened:
            after = opened.convert("RGB")
    for band in corruption.bands:
        _lay(after, band, 1.0 if corruption.alpha is None else corruption.alpha)
    return after


def visible(before: Image.Image, after: Image.Image) -> bool:
    """Whether at least 1.5 % of the pixels moved by 16 of 256 levels or more in some channel.

    Both RGB and of the same size.
    """
    if before.size != after.size:
        raise ValueError(f"before has {before.size} pixels, after {after.size}; they must be the same")
    gap = np.abs(np.asarray(before, np.int16) - np.asarray(after, np.int16)).max(axis=2)
    return float((gap >= _LEVELS).mean()) >= _SHARE


def _lay(image: Image.Image, band: Band, alpha: float) -> None:
    top = round(band.top * image.height)
    # Shares add up to 1 but for rounding where the band is to reach the last row.
    bottom = (
        image.height
        if math.isclose(band.top + band.height, 1)
        else round((band.top + band.height) * image.height)
    )
    box = (0, min(top, image.height - 1), image.width, max(bottom, top + 1))
    covered = image.crop(box)
    image.paste(Image.blend(covered, Image.new("RGB", covered.size, band.colour), alpha), box)


def _jpeg(image: Image.Image, quality: int, **options: str) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, **options)
    return out.getvalue()
