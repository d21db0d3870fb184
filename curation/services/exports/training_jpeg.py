"""The small JPEG of a training record: 96 x 96 pixels, made as the input of a model is made.

Imports neither Django nor TensorFlow.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from inference.preprocess import MAX_PIXELS, make_preprocessing

SIDE = 96
QUALITY = 94
_rule = make_preprocessing(SIDE)
_HALF = np.float32(0.5)


def training_jpeg(dataset_jpeg: bytes) -> bytes:
    """96 x 96 JPEG of a dataset rendition, resized as a model's input is (inference.preprocess: bilinear,
    no antialiasing, aspect not kept), so that training and prediction see the same pixels.

    Raises PictureError for bytes that are no picture.
    """
    decoded = _decoded(dataset_jpeg)
    if decoded is None:
        return _encoded(np.rint(_rule(dataset_jpeg)).clip(0, 255).astype(np.uint8), "RGB")
    return _encoded(_resized(decoded), "RGBX")


def _decoded(data: bytes) -> NDArray[np.uint8] | None:
    """(H, W, 4), or None for CMYK, a warning of libjpeg, another format or damage: the rule knows each."""
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
        if colours in ("CMYK", "YCCK") or height * width > MAX_PIXELS:
            return None
        return simplejpeg.decode_jpeg(data, "RGBX", fastdct=True)
    except (ValueError, KeyError):
        return None


def _encoded(pixels: NDArray[np.uint8], colours: str) -> bytes:
    return bytes(simplejpeg.encode_jpeg(pixels, quality=QUALITY, colorspace=colours, colorsubsampling="444"))


def _resized(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """inference.preprocess.resize_bilinear and rounding, bit for bit, in a third of the time: a pixel of four
    bytes is one number to pick. (H, W, 4) to (SIDE, SIDE, 4)."""
    corners, across, down = _samples(*pixels.shape[:2])
    picked = pixels.view(np.uint32).ravel().take(corners).view(np.uint8).astype(np.float32)
    left, right = picked
    right -= left
    right *= across
    left += right
    above, below = left
    below -= above
    below *= down
    above += below
    # Between two of its pixels no value leaves 0-255.
    rounded: NDArray[np.uint8] = np.rint(above, out=above).astype(np.uint8)
    return rounded.reshape(SIDE, SIDE, 4)


@lru_cache(maxsize=256)
def _samples(height: int, width: int) -> tuple[NDArray[np.intp], Any, Any]:
    """For each pixel: its four neighbours (left, right; of each top, bottom) in the flat picture, and the
    weights of the right and the lower ones. Half-pixel centres, in the arithmetic of resize_bilinear."""
    top, bottom, down = _between(height)
    left, right, across = _between(width)
    corners = np.stack([row[:, None] * width + column for column in (left, right) for row in (top, bottom)])
    return corners.reshape(2, 2, SIDE, SIDE), np.repeat(across, 4), down[:, None]


def _between(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    position = (np.arange(SIDE, dtype=np.float32) + _HALF) * (np.float32(size) / np.float32(SIDE)) - _HALF
    floor = np.floor(position)
    lower = np.maximum(floor, 0).astype(np.intp)
    upper = np.minimum(np.ceil(position).astype(np.intp), size - 1)
    return lower, upper, (position - floor).astype(np.float32)
