"""A map in two dimensions: UMAP (L. McInnes, J. Healy, J. Melville, arXiv:1802.03426) fitted on one set,
with the others put in.

With a seed UMAP runs on one core: several would add up in another order each time. The same seed, features
and versions give the same map.

UMAP's own way takes long for 200,000 rows of 512. `most` fits it on as many rows, drawn with the seed, and
puts in the rest of the set as the others are. `cheaper` first takes the rows to 50 principal components
(fitted on the same rows), starts from the first two of them instead of from the eigenvectors of the graph,
and puts rows in between their neighbours (placing.py). The map is another one then; facts say which was
taken.

Rows are read in blocks; those fitted on are in memory, and of the others PART at a time.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.representation.blocks import Blocks, Rows
from training.representation.geometry.placing import Between, Components, index_of, with_itself
from training.representation.rows import feature_blocks

COMPONENTS = 50
FEWEST = 5  # rows: the eigenvectors to start from need some more rows than dimensions
SMALL = 4096  # rows below which UMAP compares all by itself
PART = 5_000  # rows put in at once


@dataclass(frozen=True)
class Embedding:
    """fitted: (N, dimensions) float32 of the set fitted on, all of it. others: name -> (M, dimensions).
    facts: how."""

    fitted: NDArray[np.float32]
    others: dict[str, NDArray[np.float32]]
    facts: dict[str, Any]


def embed(
    train: ArrayLike | Blocks,
    others: Mapping[str, ArrayLike | Blocks] | None = None,
    *,
    neighbours: int = 15,
    min_dist: float = 0.1,
    seed: int = 89,
    dimensions: int = 2,
    cheaper: bool = False,
    most: int | None = None,
    low_memory: bool = True,
    epochs: int | None = None,
) -> Embedding:
    """Fit on `train` (N, D) and put in each of `others` (M, D; no rows give none).

    neighbours: lowered to one less than the rows fitted on where it is more, which facts say. most: rows that
    it is fitted on; None takes all. low_memory: UMAP's search for neighbours takes less memory, and somewhat
    longer. epochs: None leaves them to UMAP (500, beyond 10,000 rows 200). Raises ValueError for too few
    rows, constant or infinite features, and other columns than `train` has.
    """
    blocks = feature_blocks(train, least=FEWEST)
    rest = {name: _like(blocks, name, values) for name, values in (others or {}).items()}
    if neighbours < 2:
        raise ValueError(f"neighbours must be at least 2, got {neighbours}")
    if not 0 <= min_dist <= 1:
        raise ValueError(f"min_dist must be 0 to 1, got {min_dist}")
    if most is not None and most < FEWEST:
        raise ValueError(f"most must be at least {FEWEST}, got {most}")
    chosen = _drawn(len(blocks), most, seed)
    rows = blocks[chosen]
    facts: dict[str, Any] = {
        "rows": len(blocks),
        "fitted": len(rows),
        "neighbours": min(neighbours, len(rows) - 1),
        "min_dist": min_dist,
        "seed": seed,
        "cores": 1,
        "init": "pca" if cheaper else "spectral",
        "components": None,
        "put_in": "between their neighbours" if cheaper else "by UMAP's transform",
    }
    components = None
    if cheaper and min(rows.shape) > COMPONENTS:
        components = Components.of(rows, COMPONENTS, seed)
        rows = components(rows)
        facts |= {"components": COMPONENTS, "variance_kept": components.kept}
    options = {
        "n_components": dimensions,
        "n_neighbors": facts["neighbours"],
        "min_dist": min_dist,
        "init": facts["init"],
        "random_state": seed,
        "transform_seed": seed,
        "n_jobs": 1,
        "low_memory": low_memory,
        "n_epochs": epochs,
    }
    fitted, place = _fitted(rows, options, cheaper=cheaper)

    def put_in(some: Blocks) -> Rows:
        found = np.empty((len(some), dimensions), np.float32)
        for start, part in some.each(PART):
            found[start : start + len(part)] = place(components(part) if components else part)
        return found

    every = np.empty((len(blocks), dimensions), np.float32)
    every[chosen] = fitted
    left = np.setdiff1d(np.arange(len(blocks)), chosen)
    every[left] = put_in(blocks.part(left))
    return Embedding(every, {name: put_in(some) for name, some in rest.items()}, facts)


def _drawn(count: int, most: int | None, seed: int) -> NDArray[np.int64]:
    if most is None or count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))


def _fitted(rows: Rows, options: dict[str, Any], *, cheaper: bool) -> tuple[Rows, Callable[[Rows], Rows]]:
    """The places of rows, and what gives those of others."""
    index = index_of(rows) if cheaper else None
    if index is not None and len(rows) >= SMALL:
        options = options | {"precomputed_knn": with_itself(index, options["n_neighbors"])}
    reducer = _umap()(**options)
    with warnings.catch_warnings():
        # Of a graph in several parts, which taxa far apart make: then they are placed part by part. And of
        # neighbours given, with which UMAP itself can put nothing in.
        warnings.simplefilter("ignore", UserWarning)
        fitted = np.asarray(reducer.fit_transform(rows), np.float32)
    if not np.isfinite(fitted).all():
        raise ValueError("UMAP placed rows nowhere: they have no neighbour at a finite distance")
    if index is not None:
        return fitted, Between(index, fitted, options["n_neighbors"])

    def transformed(part: Rows) -> Rows:
        if len(part) == len(rows):  # it would take them for those fitted on, and move them all
            return np.concatenate([transformed(part[:1]), transformed(part[1:])])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return np.asarray(reducer.transform(part), np.float32)

    return fitted, transformed


def _umap() -> Any:
    # Its package also imports Keras, for a variant that is not used here; so let it be the quiet one.
    import training.backend  # noqa: F401

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap.umap_ import UMAP
    return UMAP


def _like(train: Blocks, name: str, values: ArrayLike | Blocks) -> Blocks:
    rows = values if isinstance(values, Blocks) else np.asarray(values)
    if rows.ndim != 2 or rows.shape[1] != train.shape[1]:
        raise ValueError(f"{name} must have the shape (rows, {train.shape[1]}), got {rows.shape}")
    found = Blocks.of(rows)
    if not all(np.isfinite(block).all() for _, block in found.each()):
        raise ValueError(f"{name} must be finite, some numbers are not")
    return found
