"""Square tiles of a picture at full resolution, with the place and the entropy of each; no TensorFlow.

The picture is upright (EXIF orientation applied) and every pixel is in at least one tile. Pixels are those of
:func:`inference.preprocess.decode_rgb`, so a tile is what a model of that size expects, without any resizing.
A picture is decoded once, into three bytes a pixel; beyond that, memory holds a few tiles at a time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.orientation import Turned, orientation_of
from inference.preprocess import Pixels, decode_rgb

# Bits. Below lie plain paper and black borders: on 25 photographs of specimens 0 to 41 % of the tiles (mean
# 9 %). A stain drawn on such paper, however wide (300 px to one sigma) and faint (8 % darker), stays below in
# 1 % of the tiles, one of 15 % in 0.1 %; at 1.5 bits it would be 7 and 3 %.
LEAST_ENTROPY = 1.0
AT_ONCE = 256  # tiles; 12.6 MB of 128 px
_BAND = 256  # rows whose histogram is taken together: OpenCV counts in float32, which is exact up to 2**24


@dataclass(frozen=True)
class Tiling:
    """How a picture is cut.

    size: of a tile's side, pixels. stride: from one tile to the next, pixels; less than the size makes tiles
    overlap. least_entropy: tiles with fewer bits are background and not looked at. Raises ValueError.
    """

    size: int = 128
    stride: int = 128
    least_entropy: float = LEAST_ENTROPY

    def __post_init__(self) -> None:
        for name in ("size", "stride"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise ValueError(f"tiling: {name} must be a whole number of pixels, got {value!r}")
        if not 8 <= self.size <= 1024:
            raise ValueError(f"tiling: size must be 8 to 1024 pixels, got {self.size}")
        if not 1 <= self.stride <= self.size:
            raise ValueError(
                f"tiling: stride must be 1 to {self.size} pixels, the size of a tile, so that no pixel is "
                f"left out; got {self.stride}"
            )
        if isinstance(self.least_entropy, bool) or not isinstance(self.least_entropy, int | float):
            raise ValueError(f"tiling: least_entropy must be a number of bits, got {self.least_entropy!r}")
        if not 0 <= self.least_entropy <= 8:
            raise ValueError(f"tiling: least_entropy must be 0 to 8 bits, got {self.least_entropy}")

    def describe(self) -> dict[str, Any]:
        """JSON-ready; :func:`tiling_from` reads it."""
        return asdict(self)


def tiling_from(description: Mapping[str, Any]) -> Tiling:
    """The tiling that was described. Raises ValueError for a key too many or too few, or a wrong value."""
    wanted = set(Tiling.__dataclass_fields__)
    if set(description) != wanted:
        raise ValueError(f"tiling must have the keys {sorted(wanted)}, got {sorted(description)}")
    return Tiling(**description)


@dataclass(frozen=True)
class Tiles:
    """Some tiles of a picture.

    pixels: (n, size, size, 3) uint8 RGB. boxes: (n, 4) int32, left, top, right and bottom in pixels of the
    upright picture, right and bottom exclusive. entropy: (n,) float32, bits. kept: (n,) bool, whether the
    entropy is at least that of the tiling.
    """

    pixels: Pixels
    boxes: NDArray[np.int32]
    entropy: NDArray[np.float32]
    kept: NDArray[np.bool_]


class Sheet:
    """A decoded picture, to be cut into tiles.

    decoded: (H, W, 3) uint8 as the file stores it, for models that see the picture as a whole. width, height:
    of the upright picture.
    """

    def __init__(self, decoded: Pixels, orientation: int = 1) -> None:
        self.decoded = decoded
        self._turned = Turned(decoded, orientation)
        self.width, self.height = self._turned.width, self._turned.height

    @cached_property
    def entropy(self) -> float:
        """Of the whole picture in grey, bits."""
        rows = range(0, len(self.decoded), _BAND)
        return float(_entropy(sum(_counts(_grey(self.decoded[top : top + _BAND])) for top in rows)))

    def tiles(self, tiling: Tiling) -> Iterator[Tiles]:
        """Row by row from the top, from left to right; at most ``AT_ONCE`` at a time.

        A last column or row that would hang over the edge is moved inwards and overlaps the one before. A
        picture smaller than a tile is mirrored at its right and lower edge until it fills one; its box is the
        part that is picture.
        """
        lefts = _starts(self.width, tiling)
        for top in _starts(self.height, tiling):
            for first in range(0, len(lefts), AT_ONCE):
                yield self._row(top, lefts[first : first + AT_ONCE], tiling)

    def _row(self, top: int, lefts: list[int], tiling: Tiling) -> Tiles:
        size = tiling.size
        right, bottom = min(lefts[-1] + size, self.width), min(top + size, self.height)
        band = self._turned.window(lefts[0], top, right, bottom)
        missing = (size - (bottom - top), max(size - band.shape[1], 0))
        if any(missing):
            band = np.pad(band, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="symmetric")
        grey = _grey(band)
        pixels = np.empty((len(lefts), size, size, 3), np.uint8)
        counts = np.empty((len(lefts), 256))
        for place, left in enumerate(lefts):
            across = slice(left - lefts[0], left - lefts[0] + size)
            pixels[place] = band[:, across]
            counts[place] = _counts(grey[:, across])
        entropy = _entropy(counts).astype(np.float32)
        boxes = np.array([(left, top, min(left + size, right), bottom) for left in lefts], np.int32)
        return Tiles(pixels, boxes, entropy, entropy >= np.float32(tiling.least_entropy))


def open_sheet(content: bytes | Path) -> Sheet:
    """Read and decode a picture. Raises OSError, or PictureError where the bytes are no readable picture."""
    data = content if isinstance(content, bytes) else content.read_bytes()
    return Sheet(decode_rgb(data), orientation_of(data))


def read_tiles(content: bytes | Path, tiling: Tiling) -> Iterator[Tiles]:
    """The tiles of a picture file; see :meth:`Sheet.tiles` and :func:`open_sheet`."""
    yield from open_sheet(content).tiles(tiling)


def entropy_of(grey: NDArray[np.uint8]) -> float:
    """Shannon entropy of grey values in bits, over 256 bins (Shannon 1948); any shape, at least one pixel."""
    return float(_entropy(np.bincount(grey.ravel(), minlength=256)))


def entropies_of(pixels: Pixels) -> NDArray[np.float32]:
    """The same of the grey values of each tile: (n, size, size, 3) to (n,)."""
    counts = [_counts(_grey(tile)) for tile in pixels]
    return _entropy(np.array(counts).reshape(len(pixels), 256)).astype(np.float32)


def _starts(length: int, tiling: Tiling) -> list[int]:
    """Where tiles begin along a side: every stride, and the last one flush with the end."""
    last = max(length - tiling.size, 0)
    return [*range(0, last, tiling.stride), last]


def _grey(rgb: Pixels) -> NDArray[np.uint8]:
    """Luma of ITU-R BT.601, rounded."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def _counts(grey: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How often each of the 256 values occurs."""
    return cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel().astype(np.float64)


def _entropy(counts: Any) -> NDArray[np.float64]:
    """(..., 256) counts to bits."""
    share = counts / counts.sum(axis=-1, keepdims=True)
    return np.asarray(-(share * np.log2(share, out=np.zeros_like(share), where=share > 0)).sum(axis=-1) + 0.0)
