"""Units as counts per value, and these put together into the few patterns that occur."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


class Patterns(NamedTuple):
    """`rows`: the different rows of counts; `times`: how many units have each.

    Pictures are many and ways to judge them few: 200,000 pictures judged twice in 17 classes show at most 153
    patterns. Whatever depends on the counts alone is computed once a pattern.
    """

    rows: Counts
    times: Counts

    @property
    def units(self) -> int:
        return int(self.times.sum())


def counts_of(units: Counts, values: Counts, size: int) -> Counts:
    """A row a unit, a column a value. `units` and `values` go in pairs, one pair a judgement."""
    if not len(units):
        return np.zeros((0, size), np.int64)
    _, places = np.unique(units, return_inverse=True)
    table = np.zeros((int(places.max()) + 1, size), np.int64)
    np.add.at(table, (places, values), 1)
    return table


def patterns(table: Counts) -> Patterns:
    """The different rows among those with two judgements and more."""
    pairable = table[table.sum(axis=1) >= 2]
    if not len(pairable):
        return Patterns(np.zeros((0, table.shape[1]), np.int64), np.zeros(0, np.int64))
    rows, times = np.unique(pairable, axis=0, return_counts=True)
    return Patterns(rows, times.astype(np.int64))


def against_rest(table: Counts, value: int) -> Counts:
    """The same judgements, as `value` and anything else."""
    said = table[:, value]
    return np.stack([said, table.sum(axis=1) - said], axis=1)
