"""The figures in closed form, for many weightings of the same patterns at once.

`times` has a row a resample and a column a pattern (or cell); every function gives one number a resample,
not-a-number where it is not defined.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from curation.agreement.counts import Counts

Numbers = NDArray[np.float64]


def one(values: Numbers) -> float | None:
    return float(values[0]) if len(values) and np.isfinite(values[0]) else None


def percent(rows: Counts, times: Counts) -> Numbers:
    size = rows.sum(axis=1)
    return _over(times @ (rows * (rows - 1)).sum(axis=1), times @ (size * (size - 1)))


def alpha(rows: Counts, times: Counts) -> Numbers:
    """1 - observed / expected disagreement (Krippendorff 2011, section C; Hayes & Krippendorff 2007).

    A unit with m judgements gives its m (m - 1) ordered pairs to the coincidence matrix, each with the
    weight 1 / (m - 1). Of that matrix nominal data need the sum of its diagonal, `agreeing`, and that of each
    column, which is how often the value was `said`: it is never made. Rows need two judgements and more.
    """
    size = np.maximum(rows.sum(axis=1), 2)
    agreeing = times @ ((rows * (rows - 1)).sum(axis=1) / (size - 1))
    said = (times @ rows).astype(np.float64)
    n = said.sum(axis=1)
    return 1 - _over((n - 1) * (n - agreeing), n * n - (said * said).sum(axis=1))


def fleiss(rows: Counts, times: Counts) -> Numbers:
    """Every row sums to the same number (Fleiss 1971, formulae 1 to 8)."""
    observed = percent(rows, times)
    said = (times @ rows).astype(np.float64)
    parts = _over(said, said.sum(axis=1, keepdims=True))
    expected = (parts * parts).sum(axis=1)
    return _over(observed - expected, 1 - expected)


def cohen(said: Counts, other: Counts, times: Counts) -> Numbers:
    """`said` and `other`: what the two judges say in each cell of their confusion matrix (Cohen 1960)."""
    size = int(max(said.max(initial=0), other.max(initial=0))) + 1
    n = times.sum(axis=1).astype(np.float64)
    observed = _over(times @ (said == other).astype(np.float64), n)
    first, second = times @ np.eye(size)[said], times @ np.eye(size)[other]
    expected = _over((first * second).sum(axis=1), n * n)
    return _over(observed - expected, 1 - expected)


def _over(top: Numbers, bottom: Numbers) -> Numbers:
    top, bottom = np.broadcast_arrays(np.asarray(top, np.float64), np.asarray(bottom, np.float64))
    # Where all say one thing, floats leave a hair of what should be nothing.
    return np.divide(top, bottom, out=np.full(top.shape, np.nan), where=np.abs(bottom) > 1e-12)
