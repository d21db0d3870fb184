"""Pictures that are far from all others of their class.

The distance of a picture to its k-th nearest neighbour within its class (S. Ramaswamy et al., "Efficient
algorithms for mining outliers from large data sets", SIGMOD 2000) tells how alone it is. The score is
2^(-distance / median distance of the class): 1 on top of k others, 0.5 for the typical picture, near 0 far
out. As everywhere with scores of quality (cleanlab's way), low is bad, and a score can be compared between
classes of different spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.progress import Progress, Silent
from training.representation.neighbours import Metric, NeighbourIndex
from training.representation.rows import Rows, feature_rows, label_array

BLOCK = 4096  # rows searched for between two looks at the progress


@dataclass(frozen=True)
class Outliers:
    """scores: (N,) float32 in 0-1, low = bad. distances: (N,) to the neighbour, NaN for the only picture of a
    class. neighbour: (N,) which one that was, 0 where there is none. facts: JSON-ready."""

    scores: NDArray[np.float32]
    distances: NDArray[np.float32]
    neighbour: NDArray[np.int64]
    facts: dict[str, Any]


def outliers(
    features: ArrayLike,
    labels: Sequence[str],
    ids: Sequence[str],
    *,
    k: int = 10,
    metric: Metric = "euclidean",
    seed: int = 89,
    index: NeighbourIndex | None = None,
    progress: Progress | None = None,
) -> Outliers:
    """Score each row within the rows of its label.

    features: (N, D). k: of a class with fewer others, the farthest of them is taken. metric: cosine takes the
    distance between rows of length 1. The only picture of a class has nothing to be far from: its score is 1,
    and facts count it. index: of these ids in this metric, where there is one already; it is
    taken where all rows have one label. progress: told of every row. Raises ValueError as rows.feature_rows
    does, and for an index of other ids or another metric.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    if index is not None and (index.ids != list(ids) or index.metric != metric):
        raise ValueError(f"index must be of the ids of the features, in their order, and of metric {metric}")
    progress = progress or Silent()
    rows = feature_rows(features, ids)
    progress.begin(len(rows))
    names = label_array(labels, len(rows))
    scores = np.ones(len(rows), np.float32)
    distances = np.full(len(rows), np.nan, np.float32)
    neighbour = np.zeros(len(rows), np.int64)
    classes, which = np.unique(names, return_inverse=True)
    order = np.argsort(which, kind="stable")
    alone, approximate = 0, {}
    for name, members in zip(classes, np.split(order, np.cumsum(np.bincount(which))[:-1]), strict=True):
        if len(members) == 1:
            alone += 1
            progress.advance()
            continue
        taken = min(k, len(members) - 1)
        some = [ids[each] for each in members]
        own, whole = (rows, index) if len(members) == len(rows) else (rows[members], None)
        far, facts = _distances(own, some, taken, metric, seed, whole, progress)
        distances[members], neighbour[members] = far, taken
        scores[members] = _scores(far)
        if facts.get("kind") == "cells":
            approximate[str(name)] = facts["recall"]
    told = {"rows": len(rows), "classes": len(classes), "alone": alone, "k": k, "metric": metric}
    return Outliers(scores, distances, neighbour, told | {"recall_where_approximate": approximate})


def _distances(
    rows: Rows,
    ids: list[str],
    k: int,
    metric: Metric,
    seed: int,
    index: NeighbourIndex | None,
    progress: Progress,
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    if (rows == rows[0]).all():
        progress.advance(len(rows))
        return np.zeros(len(rows), np.float32), {}
    index = index or NeighbourIndex.build(ids, rows, metric=metric, seed=seed)
    far = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), BLOCK):
        some = range(start, min(start + BLOCK, len(rows)))
        far[start : some.stop] = index.search(k, some).values[:, -1]
        progress.advance(len(some))
    if metric == "cosine":
        far = np.sqrt(np.maximum(2 - 2 * far, 0))
    return far, index.facts


def _scores(distances: NDArray[np.float32]) -> NDArray[np.float32]:
    typical = float(np.median(distances))
    if typical > 0:
        return np.exp2(-distances / np.float32(typical))
    # Most are copies of others: what is not, is out.
    return np.where(distances > 0, np.float32(0), np.float32(1))
