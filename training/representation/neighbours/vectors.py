"""Rows of features made comparable: of length 1 for cosines, with the mean taken off for distances."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from training.representation.blocks import AT_ONCE, Blocks, Places, Rows

Metric = Literal["cosine", "euclidean"]
ROUNDING = 5e-6  # of a product of float32 rows of length 1, as faiss sums them


class Vectors:
    """rows: checked (rows.feature_blocks). held: keep all of them in memory, which comparing all takes.

    scale: the largest squared length, by which `ROUNDING` grows. zero: rows of zeros, where cosines are
    asked for; their similarity to all is 0.
    """

    def __init__(self, rows: Blocks, metric: Metric, *, held: bool) -> None:
        if metric not in ("cosine", "euclidean"):
            raise ValueError(f"metric must be cosine or euclidean, got {metric!r}")
        self.metric = metric
        self.count, self.dimension = rows.shape
        self._rows = rows
        self._mean = np.zeros(self.dimension, np.float32)
        self._lengths = np.ones(self.count, np.float32)
        self.scale, self.zero = 1.0, 0
        if metric == "cosine":
            for start, block in rows.each():
                self._lengths[start : start + len(block)] = _lengths(block)
            self.zero = int((self._lengths == 0).sum())
            self._lengths[self._lengths == 0] = 1.0
        else:
            self._measure()
        self._held: Rows | None = None
        if held:
            every = np.empty((self.count, self.dimension), np.float32)
            for start, block in self.each():
                every[start : start + len(block)] = block
            self._held = every

    def _measure(self) -> None:
        total = np.zeros(self.dimension)
        for _, block in self._rows.each():
            total += block.sum(axis=0, dtype=np.float64)
        self._mean = (total / self.count).astype(np.float32)
        self.scale = max(
            float(np.square(block - self._mean).sum(axis=1).max()) for _, block in self._rows.each()
        )

    def prepared(self, rows: Rows) -> Rows:
        """Rows (n, D) of pictures that are not among these, as those of `take` are."""
        if self.metric == "euclidean":
            # Squared distances are differences of squared lengths: near the middle less is lost.
            return rows - self._mean
        lengths = _lengths(rows)
        lengths[lengths == 0] = 1.0
        return rows / lengths[:, None]

    def take(self, places: Places) -> Rows:
        """(n, D) of those places, which may repeat."""
        if self._held is not None:
            return self._held[places]
        rows = self._rows[places]
        if self.metric == "euclidean":
            rows -= self._mean
        else:
            rows /= self._lengths[places][:, None]
        return rows

    def each(self, size: int = AT_ONCE) -> Iterator[tuple[int, Rows]]:
        """All of them in blocks, each with the number of its first row."""
        if self._held is not None:
            yield 0, self._held
            return
        for start in range(0, self.count, size):
            yield start, self.take(np.arange(start, min(start + size, self.count)))

    def closeness(self, queries: Rows, places: Places) -> Rows:
        """Of queries (n, D) to rows (n, k): cosine similarity, or minus the squared distance, (n, k); each
        pair is summed in the same order."""
        shape = (*places.shape, self.dimension)
        if self.metric == "cosine":
            # The sums are divided by the length, which is less work than dividing the rows.
            rows = self._rows[places.ravel()] if self._held is None else self._held[places]
            found: Rows = np.einsum("nkd,nd->nk", rows.reshape(shape), queries)
            return found / self._lengths[places] if self._held is None else found
        others = self.take(places.ravel()).reshape(shape)
        others -= queries[:, None, :]
        return -np.einsum("nkd,nkd->nk", others, others)

    def nearest(self, queries: Rows, k: int) -> Places:
        """Places (n, k) by comparing with every row; -1 beyond the last."""
        kind = faiss().METRIC_INNER_PRODUCT if self.metric == "cosine" else faiss().METRIC_L2
        best = np.full((len(queries), 0), 0, np.float32)
        found = np.full((len(queries), 0), -1, np.int64)
        for start, block in self.each():
            values, places = faiss().knn(queries, block, min(k, len(block)), metric=kind)
            best = np.hstack([best, -values if self.metric == "cosine" else values])
            found = np.hstack([found, places + start])
            if best.shape[1] > k:
                kept = np.argpartition(best, k - 1, axis=1)[:, :k]
                best, found = np.take_along_axis(best, kept, 1), np.take_along_axis(found, kept, 1)
        return found


def faiss() -> Any:
    logging.getLogger("faiss.loader").setLevel(logging.WARNING)  # else it tells how it was built
    import faiss  # a large library; the pages do without it

    return faiss


def _lengths(rows: Rows) -> Rows:
    return np.sqrt(np.einsum("nd,nd->n", rows, rows, dtype=np.float64)).astype(np.float32)
