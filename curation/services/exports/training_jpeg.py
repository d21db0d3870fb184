"""The small JPEG of a training record: 96 x 96 pixels, made as the input of a model is made.

Imports neither Django nor TensorFlow.
"""

from __future__ import annotations

import threading

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from curation.services.exports.bilinear import resized
from inference.preprocess import MAX_PIXELS, make_preprocessing

SIDE = 96
QUALITY = 94
MOST_ROOM = 16 << 20  # bytes of a decoded picture
_rule = make_preprocessing(SIDE)


class _Room(threading.local):
    """Memory for one decoded picture, used again: a new piece for each would be taken from the system and
    given back, which takes a tenth of the time of decoding."""

    def __init__(self) -> None:
        self._bytes = np.empty(0, np.uint8)

    def of(self, size: int) -> NDArray[np.uint8] | None:
        if size > MOST_ROOM:
            return None
        if self._bytes.size < size:
            self._bytes = np.empty(size, np.uint8)
        return self._bytes[:size]


_room = _Room()


def training_jpeg(dataset_jpeg: bytes) -> bytes:
    """96 x 96 JPEG of a dataset rendition, resized as a model's input is (inference.preprocess: bilinear,
    no antialiasing, aspect not kept), so that training and prediction see the same pixels.

    Raises PictureError for bytes that are no picture.
    """
    decoded = _decoded(dataset_jpeg)
    if decoded is None:
        return _encoded(np.rint(_rule(dataset_jpeg)).clip(0, 255).astype(np.uint8), "RGB")
    return _encoded(resized(decoded, SIDE), "RGBX")


def _decoded(data: bytes) -> NDArray[np.uint8] | None:
    """(H, W, 4), good until the next call, or None for CMYK, a warning of libjpeg, another format or damage:
    the rule knows each."""
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
        if colours in ("CMYK", "YCCK") or height * width > MAX_PIXELS:
            return None
        return simplejpeg.decode_jpeg(data, "RGBX", fastdct=True, buffer=_room.of(height * width * 4))
    except (ValueError, KeyError):
        return None


def _encoded(pixels: NDArray[np.uint8], colours: str) -> bytes:
    return bytes(simplejpeg.encode_jpeg(pixels, quality=QUALITY, colorspace=colours, colorsubsampling="444"))
