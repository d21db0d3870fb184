"""Rows sorted into cells by k-means, of which only the nearest are looked through."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from training.representation.blocks import Places
from training.representation.neighbours.vectors import ROUNDING, Vectors, faiss

TARGET_RECALL = 0.95
A_CELL = 64  # rows drawn for each to find its middle
SAMPLE, NEAREST = 500, 10  # rows, and of each how many, that the recall is measured on


def sorted_into_cells(vectors: Vectors, seed: int) -> tuple[Any, dict[str, Any]]:
    """faiss's index, and how it came about; as many cells are searched as TARGET_RECALL takes."""
    random = np.random.default_rng(seed)
    index, cells = _empty(vectors, seed)
    drawn = np.sort(random.choice(vectors.count, min(vectors.count, A_CELL * cells), replace=False))
    index.train(vectors.take(drawn))
    for _, block in vectors.each():
        index.add(block)
    sample = np.sort(random.choice(vectors.count, min(vectors.count, SAMPLE), replace=False))
    k = min(NEAREST, vectors.count - 1)
    least = _least(vectors, sample, k)
    index.nprobe = min(4, cells)
    while (recall := _recall(vectors, index, sample, least, k)) < TARGET_RECALL and index.nprobe < cells:
        index.nprobe = min(2 * index.nprobe, cells)
    return index, {
        "kind": "cells",
        "cells": cells,
        "cells_searched": index.nprobe,
        "recall": round(recall, 4),
        "recall_of": f"the {k} nearest of {len(sample)} rows drawn with the seed",
    }


def _empty(vectors: Vectors, seed: int) -> tuple[Any, int]:
    library = faiss()
    cells = max(1, min(vectors.count // 39, round(2 * math.sqrt(vectors.count))))  # below 39 a cell it warns
    cosine = vectors.metric == "cosine"
    coarse = (library.IndexFlatIP if cosine else library.IndexFlatL2)(vectors.dimension)
    kind = library.METRIC_INNER_PRODUCT if cosine else library.METRIC_L2
    index = library.IndexIVFFlat(coarse, vectors.dimension, cells, kind)
    index.cp.seed, index.cp.niter, index.cp.max_points_per_centroid = seed, 10, A_CELL
    index.cp.spherical = cosine
    return index, cells


def _least(vectors: Vectors, sample: Places, k: int) -> Any:
    """(n, 1): how close the k-th true neighbour of each is, less what summing may round."""
    queries = vectors.take(sample)
    found = vectors.nearest(queries, k + 1)
    close = _others(vectors, queries, found, sample)
    return np.sort(close, axis=1)[:, [-k]] - 2 * ROUNDING * vectors.scale


def _recall(vectors: Vectors, index: Any, sample: Places, least: Any, k: int) -> float:
    """Share of true neighbours found; another one as near as the last true one is as good."""
    queries = vectors.take(sample)
    close = _others(vectors, queries, np.asarray(index.search(queries, k + 1)[1]), sample)
    return float(np.minimum((close >= least).sum(axis=1), k).mean() / k)


def _others(vectors: Vectors, queries: Any, found: Places, own: Places) -> Any:
    close = vectors.closeness(queries, found)
    close[(found < 0) | (found == own[:, None])] = -np.inf
    return close
