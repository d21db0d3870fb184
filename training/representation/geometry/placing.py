"""Rows put into a map that others were fitted on, without moving it: between their neighbours.

A row stands at the mean of the places of its nearest rows among those fitted on, weighted as UMAP weighs its
edges: 1 for the nearest, falling off with the distance beyond it, so fast that the weights add up to log2(k)
(arXiv:1802.03426, section 3.1). That is where UMAP's own transform begins; it then pushes rows apart for some
epochs, on one core, which takes most of its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from training.representation.blocks import Rows
from training.representation.neighbours import NeighbourIndex

STEPS = 40  # of the bisection that finds how fast a weight falls off


@dataclass(frozen=True)
class Components:
    """Principal components of some rows. kept: the share of their variance in them."""

    model: Any
    kept: float

    @classmethod
    def of(cls, rows: Rows, count: int, seed: int) -> Self:
        from sklearn.decomposition import PCA

        model = PCA(count, svd_solver="covariance_eigh", random_state=seed).fit(rows)
        return cls(model, float(model.explained_variance_ratio_.sum()))

    def __call__(self, rows: Rows) -> Rows:
        return np.ascontiguousarray(self.model.transform(rows), np.float32)


@dataclass(frozen=True)
class Between:
    """index: of the rows fitted on. fitted: their places (N, dimensions). neighbours: to stand between."""

    index: NeighbourIndex
    fitted: Rows
    neighbours: int

    def __call__(self, rows: Rows) -> Rows:
        """Places (M, dimensions) of rows (M, D)."""
        found = self.index.near(rows, self.neighbours)
        weights = falling(found.values)
        weights /= weights.sum(axis=1, keepdims=True)
        return np.einsum("nk,nkd->nd", weights, self.fitted[found.rows]).astype(np.float32)


def falling(distances: Rows) -> NDArray[np.float64]:
    """Weights (n, k) of distances (n, k), the nearest first: exp(-(distance - that of the nearest) / s), with
    s such that those of a row add up to log2(k). Where no s does, as many are as near as the nearest, they
    weigh alike and the others next to nothing."""
    beyond = distances.astype(np.float64) - distances[:, :1]
    wanted = np.log2(max(distances.shape[1], 2))
    low = np.zeros(len(beyond))
    high = np.maximum(beyond[:, -1], np.finfo(np.float32).tiny) * 1e3
    for _ in range(STEPS):
        middle = (low + high) / 2
        above = np.exp(-beyond / np.maximum(middle, 1e-300)[:, None]).sum(axis=1) > wanted
        high, low = np.where(above, middle, high), np.where(above, low, middle)
    return np.exp(-beyond / np.maximum(high, 1e-300)[:, None])


def index_of(rows: Rows) -> NeighbourIndex:
    return NeighbourIndex.build([f"{row:09d}" for row in range(len(rows))], rows, metric="euclidean")


def with_itself(index: NeighbourIndex, count: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The nearest `count` of each row as UMAP takes them: the first is the row itself, at no distance."""
    found = index.search(count - 1)
    own = np.arange(len(found.rows), dtype=np.int32)[:, None]
    return (
        np.hstack([own, found.rows.astype(np.int32)]),
        np.hstack([np.zeros_like(own, np.float32), found.values]),
    )
