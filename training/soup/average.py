"""The mean of weights that come one after another, in the memory of one set of weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Weights = Sequence[np.ndarray]


class UniformMean:
    """All members weigh the same, however many there are: sums are kept, and never means of means.

    Sums and division are float64, and each mean is cast back to the kind of its weights. Values at the places
    in ``kept``, and all that are no floating-point numbers (states of generators), are the first member's.
    """

    def __init__(self, kept: Sequence[int] = ()) -> None:
        self.count = 0
        self._kept = frozenset(kept)
        self._sums: list[np.ndarray] = []
        self._kinds: list[np.dtype] = []

    def add(self, weights: Weights) -> None:
        """Take one more member."""
        if not self.count:
            self._kinds = [array.dtype for array in weights]
            self._sums = [
                array.astype(np.float64) if self._averaged(place) else array.copy()
                for place, array in enumerate(weights)
            ]
        else:
            for place, array in enumerate(weights):
                if self._averaged(place):
                    self._sums[place] += array
        self.count += 1

    def mean(self) -> list[np.ndarray]:
        """The mean of the members taken. Raises ValueError without any."""
        if not self.count:
            raise ValueError("a mean needs at least one member, got 0")
        return [
            (total / self.count).astype(self._kinds[place]) if self._averaged(place) else total
            for place, total in enumerate(self._sums)
        ]

    def mean_with(self, weights: Weights) -> list[np.ndarray]:
        """What the mean would be with one more member, which is not taken."""
        if not self.count:
            return [array.copy() for array in weights]
        return [
            ((total + weights[place]) / (self.count + 1)).astype(self._kinds[place])
            if self._averaged(place)
            else total
            for place, total in enumerate(self._sums)
        ]

    def _averaged(self, place: int) -> bool:
        return place not in self._kept and bool(np.issubdtype(self._kinds[place], np.floating))
