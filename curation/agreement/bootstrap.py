"""Percentile intervals by resampling units (Efron & Tibshirani 1993, chapter 13).

To draw n units with replacement is to draw how often each pattern comes from a multinomial distribution,
so the cost depends on the number of patterns and not on that of the units.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from curation.agreement import closed
from curation.agreement.closed import Numbers
from curation.agreement.counts import Counts, Patterns

RESAMPLES = 1000
SEED = 20111  # the same votes always give the same interval
BLOCK = 2_000_000  # cells of resamples held at once

Interval = tuple[float, float] | None


def interval(figure: Callable[[Counts], Numbers], times: Counts) -> Interval:
    """The middle 95 % of the figure over resamples; None for one unit, or where hardly any defines it."""
    units = int(times.sum())
    if units < 2:
        return None
    random = np.random.default_rng(SEED)
    block = max(1, min(RESAMPLES, BLOCK // max(len(times), 1)))
    found: list[Numbers] = []
    for begin in range(0, RESAMPLES, block):
        drawn = random.multinomial(units, times / units, size=min(block, RESAMPLES - begin))
        found.append(figure(drawn))
    values = np.concatenate(found)
    values = values[np.isfinite(values)]
    if len(values) < RESAMPLES // 2:
        return None
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def of_patterns(figure: Callable[[Counts, Counts], Numbers], found: Patterns) -> Interval:
    return interval(lambda times: figure(found.rows, times), found.times)


def of_confusion(confusion: Counts) -> Interval:
    """For Cohen's kappa: the cells of the matrix are the patterns."""
    said, other = np.nonzero(confusion)
    return interval(lambda times: closed.cohen(said, other, times), confusion[said, other])
