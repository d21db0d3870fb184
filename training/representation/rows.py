"""What must hold of features before anything is measured on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.representation.blocks import Blocks, Rows

__all__ = ["Rows", "constant_columns", "feature_blocks", "feature_rows", "label_array"]


def feature_blocks(
    features: ArrayLike | Blocks, ids: Sequence[str] | None = None, *, least: int = 2
) -> Blocks:
    """Features as blocks of float32 (N, D), N at least `least`, each read once.

    Raises ValueError for another shape, for numbers that are not finite (naming the first row), for ids of
    another number or that repeat, and for features that are the same in all rows: nothing is nearer than
    anything else there.
    """
    blocks = Blocks.of(features)
    if len(blocks) < least:
        raise ValueError(f"features must have at least {least} rows, got {len(blocks)}")
    if ids is not None and len(ids) != len(blocks):
        raise ValueError(f"ids must be one a row of the features ({len(blocks)}), got {len(ids)}")
    if ids is not None and len(set(ids)) != len(ids):
        raise ValueError("ids must not repeat")
    first, constant = None, True
    for start, block in blocks.each():
        if (bad := np.flatnonzero(~np.isfinite(block).all(axis=1))).size:
            row = start + int(bad[0])
            raise ValueError(f"features must be finite, those of {ids[row] if ids else f'row {row}'} are not")
        first = block[0] if first is None else first
        constant = constant and bool((block == first).all())
    if constant:
        raise ValueError(f"features must differ between rows, all {len(blocks)} are the same")
    return blocks


def feature_rows(features: ArrayLike | Blocks, ids: Sequence[str] | None = None, *, least: int = 2) -> Rows:
    """The same as an array in memory; no copy where they are contiguous float32 already."""
    values = features if isinstance(features, Blocks) else np.ascontiguousarray(features, np.float32)
    blocks = feature_blocks(values, ids, least=least)
    return values if isinstance(values, np.ndarray) else blocks[:]


def constant_columns(features: ArrayLike | Blocks) -> int:
    """How many of the D features are the same in all rows; by those nothing can be told apart."""
    low = high = None
    for _, block in (blocks := Blocks.of(features)).each():
        least, most = block.min(axis=0), block.max(axis=0)
        low = least if low is None else np.minimum(low, least)
        high = most if high is None else np.maximum(high, most)
    return blocks.shape[1] if low is None else int((low == high).sum())


def label_array(labels: Sequence[str] | ArrayLike, count: int) -> NDArray[np.str_]:
    """Labels as texts (N,); ValueError where they are not one a row."""
    found = np.asarray([str(one) for one in labels], dtype=np.str_)  # type: ignore[union-attr]
    if found.shape != (count,):
        raise ValueError(f"labels must be one a row of the features ({count}), got {len(found)}")
    return found
