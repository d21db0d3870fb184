"""Rows of features that are read where they are needed, so that not all of them have to be in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rows = NDArray[np.float32]
Places = NDArray[np.int64]
AT_ONCE = 8192  # rows: 16 MiB of 512 features


class Blocks:
    """(N, D) features behind a function that reads some of them.

    read: float32 (n, D) of n places, in their order, which may repeat. places: which of those that `read`
    knows are rows 0 to N - 1 here. An array of rows is what indexing gives: blocks[rows], blocks[start:end].
    """

    ndim = 2

    def __init__(self, read: Callable[[Places], Rows], places: Places, dimension: int) -> None:
        self._read, self._places = read, places
        self.shape = (len(places), dimension)

    @classmethod
    def of(cls, features: ArrayLike | Blocks) -> Blocks:
        """What is blocks already, or those of an array, of which no copy is made.

        Raises ValueError for an array that is not (N, D) with D at least 1.
        """
        if isinstance(features, Blocks):
            return features
        values = np.asarray(features)
        if values.ndim != 2 or values.shape[1] < 1:
            raise ValueError(f"features must have the shape (rows, dimension), got {values.shape}")
        return cls(
            lambda places: np.ascontiguousarray(values[places], np.float32),
            np.arange(len(values), dtype=np.int64),
            values.shape[1],
        )

    @property
    def nbytes(self) -> int:
        """If all of them were in memory."""
        return 4 * self.shape[0] * self.shape[1]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Rows:
        return self._read(self._places[rows])

    def part(self, rows: Any) -> Self:
        """Those rows as blocks; nothing is read."""
        return type(self)(self._read, self._places[rows], self.shape[1])

    def each(self, size: int = AT_ONCE) -> Iterator[tuple[int, Rows]]:
        """One block after the other, each with the number of its first row."""
        for start in range(0, len(self), size):
            yield start, self[start : start + size]
