"""Neighbours and near-duplicates among rows of features."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.representation.blocks import Blocks, Places, Rows
from training.representation.neighbours import files
from training.representation.neighbours.cells import sorted_into_cells
from training.representation.neighbours.vectors import ROUNDING, Metric, Vectors
from training.representation.rows import feature_blocks

EXACT_UP_TO = 50_000
BLOCK_BYTES = 1 << 26
_SPARE = 8  # candidates beyond those asked for: the last of them shows that no tie was cut through


@dataclass(frozen=True)
class Found:
    """rows: (N, k) places of the neighbours, the nearest first. values: (N, k) float32, their cosine
    similarity (-1 to 1), or Euclidean distance."""

    rows: Places
    values: Rows


class NeighbourIndex:
    """Made by :meth:`build` or :meth:`load`. facts: how, JSON-ready."""

    def __init__(
        self,
        ids: Sequence[str],
        features: ArrayLike | Blocks,
        metric: Metric,
        cells: Any,
        facts: dict[str, Any],
        *,
        held: bool,
    ) -> None:
        self.ids, self.metric, self.facts = list(ids), metric, facts
        self._vectors = Vectors(feature_blocks(features, self.ids), metric, held=held)
        self._cells = cells
        # Sorted in Python: an array of a million names takes hundreds of megabytes.
        order = np.array(sorted(range(len(self.ids)), key=self.ids.__getitem__), np.int64)
        self._place_of_id = np.empty(len(order), np.int64)
        self._place_of_id[order] = np.arange(len(order))

    @classmethod
    def build(
        cls,
        ids: Sequence[str],
        features: ArrayLike | Blocks,
        *,
        metric: Metric = "cosine",
        exact: bool | None = None,
        seed: int = 89,
    ) -> Self:
        """features: (N, D), N at least 2. exact: None chooses by N.

        cosine: rows of zeros have similarity 0 to all; they are counted as zero_rows. Raises ValueError for
        features that cannot be compared (see rows.feature_blocks).
        """
        exact = len(ids) <= EXACT_UP_TO if exact is None else exact
        built = cls(ids, features, metric, None, {}, held=exact)
        vectors = built._vectors
        built.facts = {"metric": metric, "rows": vectors.count, "dimension": vectors.dimension, "seed": seed}
        if metric == "cosine":
            built.facts["zero_rows"] = vectors.zero
        if exact:
            built.facts |= {"kind": "exact", "recall": 1.0}
        else:
            built._cells, how = sorted_into_cells(vectors, seed)
            built.facts |= how
        return built

    def search(self, k: int, rows: Sequence[int] | None = None) -> Found:
        """The k nearest others of each row (or of those rows); of all others, where they are fewer than k."""
        own = np.arange(len(self.ids)) if rows is None else np.asarray(rows, np.int64)
        k = min(_at_least_one(k), len(self.ids) - 1)
        return self._found(lambda some: self._vectors.take(own[some]), own, k)

    def near(self, features: ArrayLike | Blocks, k: int) -> Found:
        """The k nearest rows of pictures that are not in the index; features (M, D)."""
        queries = Blocks.of(features)
        if queries.shape[1] != self._vectors.dimension:
            raise ValueError(
                f"features must have the shape (rows, {self._vectors.dimension}), got {queries.shape}"
            )
        k = min(_at_least_one(k), len(self.ids))
        return self._found(lambda some: self._vectors.prepared(queries[some]), np.full(len(queries), -1), k)

    def near_duplicates(
        self, threshold: float = 0.98, *, most: int = 1_000_000
    ) -> list[tuple[str, str, float]]:
        """Pairs of ids (the first is the smaller) with a cosine similarity of at least `threshold`, the most
        alike first, then by ids. Raises ValueError where they are more than `most`, which bounds the memory.

        On cells a pair is missed where neither picture's nearest cells hold the other.
        """
        if self.metric != "cosine":
            raise ValueError(f"metric must be cosine for near-duplicates, got {self.metric!r}")
        if not 0 < threshold <= 1:
            raise ValueError(f"threshold must be more than 0 and at most 1, got {threshold}")
        pairs: dict[tuple[str, str], float] = {}
        size = max(1, BLOCK_BYTES // (8 * self._vectors.dimension))
        parts = (
            (one[start : start + size], other[start : start + size])
            for one, other in self._pairs(threshold - 2 * ROUNDING)
            for start in range(0, len(one), size)
        )
        for one, other in parts:
            values = self._vectors.closeness(self._vectors.take(one), other[:, None])[:, 0]
            for a, b, value in zip(one.tolist(), other.tolist(), values.tolist(), strict=True):
                if value >= threshold - 1e-6:
                    first, second = sorted((self.ids[a], self.ids[b]))
                    pairs[first, second] = min(value, 1.0)
            if len(pairs) > most:
                raise ValueError(
                    f"more than {most:,} pairs have a similarity of {threshold} or more; raise threshold"
                )
        ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
        return [(first, second, value) for (first, second), value in ordered]

    def save(self, folder: Path, checksum: str) -> None:
        """Write the index beside a store. checksum: of the features it is of (:func:`store_checksum`)."""
        files.write(folder, checksum, self.metric, self.facts, self._cells)

    @classmethod
    def load(
        cls,
        folder: Path,
        checksum: str,
        ids: Sequence[str],
        features: ArrayLike | Blocks,
        *,
        metric: Metric = "cosine",
    ) -> Self:
        """An index that was saved. ModelError where there is none, or it is of other features, or damaged."""
        facts, cells = files.read(folder, checksum, metric)
        return cls(ids, features, metric, cells, facts, held=cells is None)

    def _found(self, queries: Callable[[Places], Rows], own: Places, k: int) -> Found:
        rows = np.empty((len(own), k), np.int64)
        values = np.empty((len(own), k), np.float32)
        every = np.arange(len(own))
        self._fill(queries, own, k, k + 1 + _SPARE, self._cells is None, rows, values, every)
        if self.metric == "cosine":
            return Found(rows, np.clip(values, -1, 1))
        return Found(rows, np.sqrt(-values))

    def _fill(
        self,
        queries: Callable[[Places], Rows],
        own: Places,
        k: int,
        taken: int,
        exact: bool,
        rows: Places,
        values: Rows,
        places: Places,
    ) -> None:
        """Write the neighbours of the queries `places`; those that a tie may go beyond are asked again."""
        taken = min(taken, len(self.ids))
        size = max(1, BLOCK_BYTES // (4 * taken * self._vectors.dimension))
        again = []
        for start in range(0, len(places), size):
            some = places[start : start + size]
            asked = queries(some)
            found = self._candidates(asked, taken, exact)
            close = self._vectors.closeness(asked, found)
            close[(found < 0) | (found == own[some][:, None])] = -np.inf
            order = np.lexsort((self._place_of_id[found], -close), axis=-1)
            found = np.take_along_axis(found, order, axis=1)
            close = np.take_along_axis(close, order, axis=1)
            rows[some], values[some] = found[:, :k], close[:, :k]
            last = np.where(np.isfinite(close), close, np.inf).min(axis=1)
            unsettled = ~np.isfinite(close[:, k - 1])
            if exact:
                unsettled |= close[:, k - 1] - last <= 2 * ROUNDING * self._vectors.scale
            if taken < len(self.ids) or not exact:
                again.append(some[unsettled])
        if again and len(more := np.concatenate(again)):
            self._fill(queries, own, k, taken if not exact else 4 * taken, True, rows, values, more)

    def _candidates(self, queries: Rows, taken: int, exact: bool) -> Places:
        if exact:
            return self._vectors.nearest(queries, taken)
        return np.asarray(self._cells.search(queries, taken)[1])

    def _pairs(self, least: float) -> Iterator[tuple[Places, Places]]:
        """Places of pairs whose similarity may be at least `least`; on cells some come twice."""
        size = max(1, min(1024, BLOCK_BYTES // (4 * len(self.ids))))
        for start in range(0, len(self.ids), size):
            block = self._vectors.take(np.arange(start, min(start + size, len(self.ids))))
            if self._cells is None:
                for first, others in self._vectors.each():
                    later = max(start - first, 0)  # of those before, the pairs have been told
                    one, other = np.nonzero(block @ others[later:].T >= least)
                    yield _once(one + start, other + first + later)
            else:
                limits, _, other = self._cells.range_search(block, least)
                one = np.repeat(np.arange(len(block)), np.diff(limits.astype(np.int64))) + start
                kept = one != other
                yield one[kept], other[kept]


def _once(one: NDArray[np.intp], other: NDArray[np.intp]) -> tuple[Places, Places]:
    return one[one < other], other[one < other]


def _at_least_one(k: int) -> int:
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    return k
