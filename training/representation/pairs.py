"""Pairs of pictures whose features are almost the same, block by block.

Every picture asks for its nearest others, and for more of them only where the last one is still near enough:
so the work is that of a search for neighbours, and what is held is one block, however many pairs there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.representation.neighbours import NeighbourIndex

BLOCK = 4096  # pictures that ask at once
FIRST = 16  # neighbours that each asks for
MOST = 256  # and where all of them are near, at most


@dataclass(frozen=True)
class Pairs:
    """What one block found. one, other: (N,) places in the index, the lower one first, each pair once in a
    block; a pair of pictures of two blocks mostly comes in both. distances: (N,) cosine, 0 to 2. crowded:
    pictures of the block with more near others than were asked for at most; the nearest were taken."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    distances: NDArray[np.float32]
    crowded: int


def blocks(count: int) -> Iterator[NDArray[np.int64]]:
    """The places of `count` pictures, block by block."""
    for start in range(0, count, BLOCK):
        yield np.arange(start, min(start + BLOCK, count))


def pairs_of(index: NeighbourIndex, asking: NDArray[np.int64], distance: float, most: int = MOST) -> Pairs:
    """The pairs of these pictures with any at a cosine distance of at most `distance`, as far as the index
    finds them.

    Raises ValueError for an index of another metric and for a distance outside 0 to 1.
    """
    if index.metric != "cosine":
        raise ValueError(f"metric must be cosine for pairs almost alike, got {index.metric!r}")
    if not 0 <= distance <= 1:
        raise ValueError(f"distance must be from 0 to 1, got {distance}")
    within = distance + 1e-6  # of float32
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]] = []
    others, k, crowded = len(index.ids) - 1, min(FIRST, most), 0
    while len(asking):
        found = index.search(k, asking.tolist())
        far = np.maximum(1 - found.values, 0)
        near = far <= within
        full = near[:, -1] & (k < others)  # there may be more
        if k == most:
            crowded, full = int(full.sum()), np.zeros(len(full), bool)
        row, column = np.nonzero(near & ~full[:, None])
        parts.append((asking[row], found.rows[row, column], far[row, column]))
        asking, k = asking[full], min(4 * k, most)
    one, other, distances = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    low, high = np.minimum(one, other), np.maximum(one, other)
    # Both pictures of a pair may have asked in this block.
    _pairs, kept = np.unique(np.stack([low, high]), axis=1, return_index=True)
    return Pairs(low[kept], high[kept], distances[kept], crowded)
