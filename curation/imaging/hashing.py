"""A 64-bit difference hash of what is to be seen; SHA-256 of files is inference.files.sha256_of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

_MASK = (1 << 64) - 1


def dhash64(image: Image.Image) -> int:
    """Difference hash: an unsigned 64-bit integer that near-duplicates share but for a few bits.

    The picture becomes 9 x 8 grey pixels; a bit is 1 where a pixel is darker than its right neighbour. Row by
    row from the top left, the first bit most significant.

    Source: N. Krawetz, "Kind of Like That", The Hacker Factor Blog, 21 January 2013.
    """
    grey = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.LANCZOS, reducing_gap=3.0))
    bits = grey[:, :-1] < grey[:, 1:]
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def hamming(a: int, b: int) -> int:
    """How many of the 64 bits differ. Both unsigned."""
    return (_unsigned(a) ^ _unsigned(b)).bit_count()


def to_signed(value: int) -> int:
    """An unsigned 64-bit hash as PostgreSQL's bigint holds it (two's complement)."""
    return _unsigned(value) - (1 << 64) if value >> 63 else _unsigned(value)


def from_signed(value: int) -> int:
    """The unsigned hash of a bigint made by `to_signed`."""
    if not -(1 << 63) <= value < 1 << 63:
        raise ValueError(f"a bigint lies between -2^63 and 2^63 - 1, not {value}")
    return value & _MASK


def nearest(dhash: int, hashes: npt.NDArray[np.uint64], within: int) -> npt.NDArray[np.intp]:
    """Indices, ascending, of the hashes (N,) that differ from `dhash` in at most `within` bits."""
    if hashes.dtype != np.uint64:
        raise TypeError(
            f"hashes must have dtype uint64, not {hashes.dtype}; bring bigints through from_signed"
        )
    distance = np.bitwise_count(hashes ^ np.uint64(_unsigned(dhash)))
    return np.flatnonzero(distance <= within)


def _unsigned(value: int) -> int:
    if not 0 <= value <= _MASK:
        raise ValueError(
            f"a dHash lies between 0 and 2^64 - 1, not {value}; bring bigints through from_signed"
        )
    return value
