"""The nearest neighbours of every picture in a space of features, with faiss (M. Douze et al., "The Faiss
library", 2024, arXiv:2401.08281).

Up to EXACT_UP_TO rows every row is compared with every other. Beyond, rows are sorted into cells by k-means
and only the nearest cells are looked through; how many is raised until TARGET_RECALL of the true neighbours
of a drawn sample are found, and the recall measured is among the facts. Either way the order among what is
found is by values computed one pair at a time, and pictures equally near are in the order of their ids.

All is float32. Memory: one copy of the features, one more in the cells, and blocks of BLOCK_BYTES.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference.errors import ModelError
from inference.files import sha256_of, whole_file
from training.representation.rows import Rows, feature_rows

Metric = Literal["cosine", "euclidean"]
EXACT_UP_TO = 50_000
TARGET_RECALL = 0.95
BLOCK_BYTES = 1 << 26
FORMAT, VERSION = "vasculum-neighbours", 1
_SPARE = 8  # candidates beyond those asked for: the last of them shows that no tie was cut through
_ROUNDING = 5e-6  # of a product of float32 rows of length 1, as faiss sums them


@dataclass(frozen=True)
class Found:
    """rows: (N, k) places of the neighbours, the nearest first. values: (N, k) float32, their cosine
    similarity (-1 to 1), or Euclidean distance."""

    rows: NDArray[np.int64]
    values: NDArray[np.float32]


class NeighbourIndex:
    """Neighbours among rows of features; made by :meth:`build` or :meth:`load`. facts: how, JSON-ready."""

    def __init__(
        self, ids: Sequence[str], features: ArrayLike, metric: Metric, index: Any, facts: dict[str, Any]
    ) -> None:
        if metric not in ("cosine", "euclidean"):
            raise ValueError(f"metric must be cosine or euclidean, got {metric!r}")
        self.ids, self.metric, self.facts = list(ids), metric, facts
        rows = feature_rows(features, self.ids)
        self._mean = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
        self._vectors = self._prepared(rows)
        self._scale = 1.0 if metric == "cosine" else float(np.square(self._vectors).sum(axis=1).max())
        self._index = index
        order = np.argsort(np.asarray(self.ids, dtype=np.str_), kind="stable")
        self._place_of_id = np.empty(len(order), np.int64)
        self._place_of_id[order] = np.arange(len(order))

    @classmethod
    def build(
        cls,
        ids: Sequence[str],
        features: ArrayLike,
        *,
        metric: Metric = "cosine",
        exact: bool | None = None,
        seed: int = 89,
    ) -> Self:
        """features: (N, D), N at least 2. exact: None chooses by N.

        cosine: rows of zeros have similarity 0 to all; they are counted as zero_rows. Raises ValueError for
        features that cannot be compared (see rows.feature_rows).
        """
        built = cls(ids, features, metric, None, {})
        count, dimension = built._vectors.shape
        if exact is None:
            exact = count <= EXACT_UP_TO
        built.facts = {"metric": metric, "rows": count, "dimension": dimension, "seed": seed}
        if metric == "cosine":
            built.facts["zero_rows"] = int((~built._vectors.any(axis=1)).sum())
        if exact:
            built.facts |= {"kind": "exact", "recall": 1.0}
        else:
            built._sort_into_cells(seed)
        return built

    def search(self, k: int, rows: Sequence[int] | None = None) -> Found:
        """The k nearest others of each row (or of those rows); of all others, where they are fewer than k."""
        own = np.arange(len(self.ids)) if rows is None else np.asarray(rows, np.int64)
        k = min(_at_least_one(k), len(self.ids) - 1)
        return self._found(self._vectors[own] if rows is not None else self._vectors, own, k)

    def near(self, features: ArrayLike, k: int) -> Found:
        """The k nearest rows of pictures that are not in the index; features (M, D)."""
        queries = np.ascontiguousarray(features, np.float32)
        if queries.ndim != 2 or queries.shape[1] != self._vectors.shape[1]:
            raise ValueError(
                f"features must have the shape (rows, {self._vectors.shape[1]}), got {queries.shape}"
            )
        k = min(_at_least_one(k), len(self.ids))
        return self._found(self._prepared(queries), np.full(len(queries), -1), k)

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
        for one, other in self._pairs(threshold - 2 * _ROUNDING):
            values = np.einsum("nd,nd->n", self._vectors[one], self._vectors[other])
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
        facts = {"format": FORMAT, "version": VERSION, "checksum": checksum, **self.facts}
        if self._index is not None:
            with whole_file(_cells_file(folder, self.metric)) as temporary:
                _faiss().write_index(self._index, str(temporary))
            facts["sha256"] = sha256_of(_cells_file(folder, self.metric))
        with whole_file(_facts_file(folder, self.metric)) as temporary:
            temporary.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(
        cls,
        folder: Path,
        checksum: str,
        ids: Sequence[str],
        features: ArrayLike,
        *,
        metric: Metric = "cosine",
    ) -> Self:
        """An index that was saved. ModelError where there is none, or it is of other features, or damaged."""
        path = _facts_file(folder, metric)
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(f"{path} is no index of neighbours: {error}") from error
        wanted = {"format": FORMAT, "version": VERSION, "checksum": checksum, "metric": metric}
        for name, value in wanted.items():
            if facts.pop(name, None) != value:
                raise ModelError(f"{path}: {name} must be {value!r}; make the index anew")
        index = None
        if facts["kind"] != "exact":
            cells = _cells_file(folder, metric)
            if not cells.is_file() or sha256_of(cells) != facts.pop("sha256"):
                raise ModelError(f"{cells} must be as {path.name} says, it is missing or was changed")
            index = _faiss().read_index(str(cells))
        return cls(ids, features, metric, index, {"metric": metric, **facts})

    def _prepared(self, rows: Rows) -> Rows:
        if self.metric == "euclidean":
            # Squared distances are differences of squared lengths: near the middle less is lost.
            return rows - self._mean
        lengths = np.sqrt(np.einsum("nd,nd->n", rows, rows, dtype=np.float64))
        lengths[lengths == 0] = 1.0
        return rows / lengths.astype(np.float32)[:, None]

    def _found(self, queries: Rows, own: NDArray[np.int64], k: int) -> Found:
        rows = np.empty((len(queries), k), np.int64)
        values = np.empty((len(queries), k), np.float32)
        self._fill(
            queries, own, k, k + 1 + _SPARE, self._index is None, rows, values, np.arange(len(queries))
        )
        if self.metric == "cosine":
            return Found(rows, np.clip(values, -1, 1))
        return Found(rows, np.sqrt(-values))

    def _fill(
        self,
        queries: Rows,
        own: NDArray[np.int64],
        k: int,
        taken: int,
        exact: bool,
        rows: NDArray[np.int64],
        values: NDArray[np.float32],
        places: NDArray[np.int64],
    ) -> None:
        """Write the neighbours of queries[places]; those that a tie may go beyond are asked with more."""
        taken = min(taken, len(self.ids))
        size = max(1, BLOCK_BYTES // (4 * taken * self._vectors.shape[1]))
        again = []
        for start in range(0, len(places), size):
            some = places[start : start + size]
            found = self._candidates(queries[some], taken, exact)
            close = self._closeness(queries[some], found)
            close[(found < 0) | (found == own[some][:, None])] = -np.inf
            order = np.lexsort((self._place_of_id[found], -close), axis=-1)
            found = np.take_along_axis(found, order, axis=1)
            close = np.take_along_axis(close, order, axis=1)
            rows[some], values[some] = found[:, :k], close[:, :k]
            last = np.where(np.isfinite(close), close, np.inf).min(axis=1)
            unsettled = ~np.isfinite(close[:, k - 1])
            if exact:
                unsettled |= close[:, k - 1] - last <= 2 * _ROUNDING * self._scale
            if taken < len(self.ids) or not exact:
                again.append(some[unsettled])
        if again and len(more := np.concatenate(again)):
            self._fill(queries, own, k, taken if not exact else 4 * taken, True, rows, values, more)

    def _candidates(self, queries: Rows, taken: int, exact: bool) -> NDArray[np.int64]:
        faiss = _faiss()
        if exact:
            kind = faiss.METRIC_INNER_PRODUCT if self.metric == "cosine" else faiss.METRIC_L2
            return np.asarray(faiss.knn(queries, self._vectors, taken, metric=kind)[1])
        return np.asarray(self._index.search(queries, taken)[1])

    def _closeness(self, queries: Rows, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosine similarity, or minus the squared distance, each pair summed in the same order."""
        others = self._vectors[rows]
        if self.metric == "cosine":
            return np.einsum("nkd,nd->nk", others, queries)
        others -= queries[:, None, :]
        return -np.einsum("nkd,nkd->nk", others, others)

    def _pairs(self, least: float) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Places of pairs whose similarity may be at least `least`; on cells some come twice."""
        count = len(self.ids)
        size = max(1, min(1024, BLOCK_BYTES // (4 * count)))
        for start in range(0, count, size):
            block = self._vectors[start : start + size]
            if self._index is None:
                one, other = np.nonzero(block @ self._vectors[start:].T >= least)
                other += start
            else:
                limits, _, other = self._index.range_search(block, least)
                one = np.repeat(np.arange(len(block)), np.diff(limits.astype(np.int64)))
            one = one + start
            kept = one < other if self._index is None else one != other
            yield one[kept], other[kept]

    def _sort_into_cells(self, seed: int) -> None:
        faiss = _faiss()
        count, dimension = self._vectors.shape
        cells = max(1, min(count // 39, round(2 * math.sqrt(count))))  # below 39 rows a cell faiss warns
        kind = faiss.METRIC_INNER_PRODUCT if self.metric == "cosine" else faiss.METRIC_L2
        coarse = (faiss.IndexFlatIP if self.metric == "cosine" else faiss.IndexFlatL2)(dimension)
        index = faiss.IndexIVFFlat(coarse, dimension, cells, kind)
        index.cp.seed, index.cp.niter, index.cp.max_points_per_centroid = seed, 10, 64
        index.cp.spherical = self.metric == "cosine"
        index.train(self._vectors)
        index.add(self._vectors)
        sample = np.sort(np.random.default_rng(seed).choice(count, min(count, 500), replace=False))
        k = min(10, count - 1)
        truth = self._found(self._vectors[sample], sample, k)
        self._index, index.nprobe = index, min(4, cells)
        while (recall := self._recall(sample, truth, k)) < TARGET_RECALL and index.nprobe < cells:
            index.nprobe = min(2 * index.nprobe, cells)
        self.facts |= {
            "kind": "cells",
            "cells": cells,
            "cells_searched": index.nprobe,
            "recall": round(recall, 4),
            "recall_of": f"the {k} nearest of {len(sample)} rows drawn with the seed",
        }

    def _recall(self, sample: NDArray[np.int64], truth: Found, k: int) -> float:
        """Share of true neighbours found; another one as near as the last true one is as good."""
        found = self._candidates(self._vectors[sample], k + 1, False)
        close = self._closeness(self._vectors[sample], found)
        close[(found < 0) | (found == sample[:, None])] = -np.inf
        last = truth.values[:, -1] if self.metric == "cosine" else -np.square(truth.values[:, -1])
        enough = close >= last[:, None] - 2 * _ROUNDING * self._scale
        return float(np.minimum(enough.sum(axis=1), k).mean() / k)


def store_checksum(store_file: Path) -> str:
    """What an index of a whole store is kept under: the SHA-256 of its store.json, which has those of all
    shards and of the ids."""
    return sha256_of(store_file)


def saved_or_built(
    folder: Path,
    checksum: str,
    ids: Sequence[str],
    features: ArrayLike,
    *,
    metric: Metric = "cosine",
    seed: int = 89,
) -> NeighbourIndex:
    """The index saved for these features, or a new one, which is saved."""
    try:
        return NeighbourIndex.load(folder, checksum, ids, features, metric=metric)
    except ModelError:
        index = NeighbourIndex.build(ids, features, metric=metric, seed=seed)
        index.save(folder, checksum)
        return index


def _at_least_one(k: int) -> int:
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    return k


def _facts_file(folder: Path, metric: str) -> Path:
    return folder / f"neighbours-{metric}.json"


def _cells_file(folder: Path, metric: str) -> Path:
    return folder / f"neighbours-{metric}.faiss"


def _faiss() -> Any:
    logging.getLogger("faiss.loader").setLevel(logging.WARNING)  # else it tells how it was built
    import faiss  # a large library; the pages do without it

    return faiss
