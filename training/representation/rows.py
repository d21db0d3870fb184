"""What must hold of features before anything is measured on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rows = NDArray[np.float32]


def feature_rows(features: ArrayLike, ids: Sequence[str] | None = None, *, least: int = 2) -> Rows:
    """Features as contiguous float32 (N, D), N at least `least`; no copy where they are that already.

    Raises ValueError for another shape, for numbers that are not finite (naming the first row), for ids of
    another number or that repeat, and for features that are the same in all rows: nothing is nearer than
    anything else there.
    """
    values = np.ascontiguousarray(features, np.float32)
    if values.ndim != 2 or values.shape[1] < 1:
        raise ValueError(f"features must have the shape (rows, dimension), got {values.shape}")
    if len(values) < least:
        raise ValueError(f"features must have at least {least} rows, got {len(values)}")
    if ids is not None and len(ids) != len(values):
        raise ValueError(f"ids must be one a row of the features ({len(values)}), got {len(ids)}")
    if ids is not None and len(set(ids)) != len(ids):
        raise ValueError("ids must not repeat")
    constant = True
    for start in range(0, len(values), 16_384):
        block = values[start : start + 16_384]
        if (bad := np.flatnonzero(~np.isfinite(block).all(axis=1))).size:
            row = start + int(bad[0])
            raise ValueError(f"features must be finite, those of {ids[row] if ids else f'row {row}'} are not")
        constant = constant and bool((block == values[0]).all())
    if constant:
        raise ValueError(f"features must differ between rows, all {len(values)} are the same")
    return values


def label_array(labels: Sequence[str] | ArrayLike, count: int) -> NDArray[np.str_]:
    """Labels as texts (N,); ValueError where they are not one a row."""
    found = np.asarray([str(one) for one in labels], dtype=np.str_)  # type: ignore[union-attr]
    if found.shape != (count,):
        raise ValueError(f"labels must be one a row of the features ({count}), got {len(found)}")
    return found
