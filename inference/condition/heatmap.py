"""Where on a sheet a condition is, as a small picture that is laid over it.

The colours are one hue, violet, and get darker and less transparent from 0 to 1, so that they can be told
apart without seeing colours. Where no tile was looked at, the picture is fully transparent.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

LONG_SIDE = 1024  # pixels
# P(condition), red, green, blue, alpha.
_STOPS = np.array(
    [
        (0.00, 242, 240, 247, 40),
        (0.25, 203, 201, 226, 90),
        (0.50, 158, 154, 200, 130),
        (0.75, 106, 81, 163, 165),
        (1.00, 48, 0, 95, 190),
    ]
)
SCALE = (
    "P(condition) from 0 (light violet, nearly transparent) to 1 (dark violet); transparent: not looked at"
)


def size_of(width: int, height: int) -> tuple[int, int]:
    """Width and height of the heat map of a sheet: its shape, the long side at most ``LONG_SIDE``."""
    scale = min(1.0, LONG_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def places(boxes: NDArray[np.int32], width: int, height: int) -> NDArray[np.intp]:
    """(n, 4) left, top, right and bottom in the heat map, of boxes in pixels of a sheet of that size.

    A pixel of the heat map belongs to a box where its centre lies in it. So boxes side by side leave no gap
    and share no pixel.
    """
    scale = np.array(size_of(width, height) * 2) / np.array((width, height) * 2)
    return np.ceil(boxes * scale - 0.5).astype(np.intp)


def averaged(
    boxes: NDArray[np.int32], condition: NDArray[np.floating], width: int, height: int
) -> NDArray[np.float64]:
    """(h, w) mean P(condition) of the boxes (n, 4) over each pixel of the heat map; NaN where there is none.

    Raises ValueError for shapes that differ, boxes outside the sheet, and what is no probability.
    """
    if boxes.shape != (len(condition), 4) or condition.ndim != 1:
        raise ValueError(f"boxes and condition must be (n, 4) and (n,), got {boxes.shape}, {condition.shape}")
    if len(boxes) and ((boxes < 0).any() or (boxes > np.array((width, height) * 2)).any()):
        raise ValueError(f"boxes must lie in the sheet of {width} x {height} pixels, got {boxes.tolist()}")
    if not ((condition >= 0) & (condition <= 1)).all():
        raise ValueError("condition must be 0 to 1 for each box")
    wide, high = size_of(width, height)
    total, count = np.zeros((high, wide)), np.zeros((high, wide), np.intp)
    for (left, top, right, bottom), value in zip(places(boxes, width, height), condition, strict=True):
        total[top:bottom, left:right] += value
        count[top:bottom, left:right] += 1
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def colours(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """RGBA of P(condition): (...) to (..., 4). NaN becomes fully transparent."""
    known = np.nan_to_num(np.asarray(values, np.float64))
    channels = [np.interp(known, _STOPS[:, 0], _STOPS[:, place]) for place in range(1, 5)]
    rgba = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
    rgba[np.isnan(values)] = 0
    return rgba


def render(boxes: NDArray[np.int32], condition: NDArray[np.floating], width: int, height: int) -> bytes:
    """The heat map as PNG: boxes (n, 4) in pixels of the upright sheet and P(condition) (n,) of each.

    Where boxes overlap it shows their mean. Raises ValueError, see :func:`averaged`.
    """
    picture = Image.fromarray(colours(averaged(boxes, condition, width, height)), "RGBA")
    text = PngInfo()
    text.add_text("Description", SCALE)
    out = io.BytesIO()
    picture.save(out, "PNG", pnginfo=text)
    return out.getvalue()
