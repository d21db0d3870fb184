"""Which way up a picture is, and windows of the upright picture without turning all of it."""

import io
import struct
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from PIL import ExifTags, Image

from inference.preprocess import Pixels

# For each EXIF orientation: whether rows are stored from the right or bottom (so that a window lies mirrored
# along x or y of what is stored), and what makes a stored window upright.
_UPRIGHT: dict[int, tuple[bool, bool, Callable[[Any], Any]]] = {
    1: (False, False, lambda part: part),
    2: (True, False, lambda part: cv2.flip(part, 1)),
    3: (True, True, lambda part: cv2.flip(part, -1)),
    4: (False, True, lambda part: cv2.flip(part, 0)),
    5: (False, False, cv2.transpose),
    6: (False, True, lambda part: cv2.rotate(part, cv2.ROTATE_90_CLOCKWISE)),
    7: (True, True, lambda part: cv2.flip(cv2.transpose(part), -1)),
    8: (True, False, lambda part: cv2.rotate(part, cv2.ROTATE_90_COUNTERCLOCKWISE)),
}


# What Pillow raises for one file or another.
_DAMAGED = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, struct.error,
            Image.DecompressionBombError)  # fmt: skip


def orientation_of(data: bytes) -> int:
    """EXIF orientation of a picture file, 1 to 8; 1 where there is none, or none that can be read.

    Of a TIFF always 1: OpenCV, which decodes it, has turned it already.
    """
    try:
        with Image.open(io.BytesIO(data)) as header:
            value = 1 if header.format == "TIFF" else header.getexif().get(ExifTags.Base.Orientation, 1)
    except _DAMAGED:
        # Damaged camera data says nothing about the pixels; the picture is taken as it lies.
        return 1
    return value if value in _UPRIGHT else 1


class Turned:
    """The upright picture of stored pixels (H, W, 3); width and height are those of the upright one."""

    def __init__(self, stored: Pixels, orientation: int) -> None:
        if orientation not in _UPRIGHT:
            raise ValueError(f"orientation must be 1 to 8, got {orientation!r}")
        self._stored = stored
        self._sideways = orientation >= 5
        self._from_right, self._from_bottom, self._turn = _UPRIGHT[orientation]
        height, width = stored.shape[:2]
        self.width, self.height = (height, width) if self._sideways else (width, height)

    def window(self, left: int, top: int, right: int, bottom: int) -> Pixels:
        """Part of the upright picture, as (bottom - top, right - left, 3)."""
        height, width = self._stored.shape[:2]
        if self._sideways:
            left, top, right, bottom = top, left, bottom, right
        if self._from_right:
            left, right = width - right, width - left
        if self._from_bottom:
            top, bottom = height - bottom, height - top
        return np.asarray(self._turn(self._stored[top:bottom, left:right]), np.uint8)
