"""A map in two dimensions: UMAP (L. McInnes, J. Healy, J. Melville, arXiv:1802.03426) fitted on one set,
with the others put in.

With a seed UMAP runs on one core: several would add up in another order each time. The same seed, features
and versions give the same map.

UMAP's own way takes long for 200,000 rows of 512. `cheaper` first takes the rows to 50 principal components
(fitted on the same set) and starts from the first two of them instead of from the eigenvectors of the graph.
The map is another one then; facts say which was taken.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.representation.rows import Rows, feature_rows

COMPONENTS = 50
FEWEST = 5  # rows: the eigenvectors to start from need some more rows than dimensions


@dataclass(frozen=True)
class Embedding:
    """fitted: (N, dimensions) float32 of the rows fitted on. others: name -> (M, dimensions). facts: how."""

    fitted: NDArray[np.float32]
    others: dict[str, NDArray[np.float32]]
    facts: dict[str, Any]


def embed(
    train: ArrayLike,
    others: Mapping[str, ArrayLike] | None = None,
    *,
    neighbours: int = 15,
    min_dist: float = 0.1,
    seed: int = 89,
    dimensions: int = 2,
    cheaper: bool = False,
    low_memory: bool = True,
    epochs: int | None = None,
) -> Embedding:
    """Fit on `train` (N, D) and transform each of `others` (M, D; no rows give none).

    neighbours: lowered to N - 1 where it is more, which facts say. low_memory: UMAP's search for neighbours
    takes less memory, and somewhat longer. epochs: None leaves them to UMAP (500, beyond 10,000 rows 200).
    Raises ValueError for too few rows, constant or infinite features, and other columns than `train` has.
    """
    rows = feature_rows(train, least=FEWEST)
    rest = {name: _like(rows, name, values) for name, values in (others or {}).items()}
    if neighbours < 2:
        raise ValueError(f"neighbours must be at least 2, got {neighbours}")
    if not 0 <= min_dist <= 1:
        raise ValueError(f"min_dist must be 0 to 1, got {min_dist}")
    facts: dict[str, Any] = {
        "rows": len(rows),
        "neighbours": min(neighbours, len(rows) - 1),
        "min_dist": min_dist,
        "seed": seed,
        "cores": 1,
        "init": "pca" if cheaper else "spectral",
        "components": None,
    }
    if cheaper and min(rows.shape) > COMPONENTS:
        rows, rest, facts["variance_kept"] = _components(rows, rest, seed)
        facts["components"] = COMPONENTS
    reducer = _umap()(
        n_components=dimensions,
        n_neighbors=facts["neighbours"],
        min_dist=min_dist,
        init=facts["init"],
        random_state=seed,
        transform_seed=seed,
        n_jobs=1,
        low_memory=low_memory,
        n_epochs=epochs,
    )
    with warnings.catch_warnings():
        # Of a graph in several parts, which taxa far apart make: then they are placed part by part.
        warnings.simplefilter("ignore", UserWarning)
        fitted = np.asarray(reducer.fit_transform(rows), np.float32)
        placed = {
            name: np.asarray(reducer.transform(values), np.float32)
            if len(values)
            else np.empty((0, dimensions), np.float32)
            for name, values in rest.items()
        }
    if not np.isfinite(fitted).all():
        raise ValueError("UMAP placed rows nowhere: they have no neighbour at a finite distance")
    return Embedding(fitted, placed, facts)


def _umap() -> Any:
    # Its package also imports Keras, for a variant that is not used here; so let it be the quiet one.
    import training.backend  # noqa: F401

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap.umap_ import UMAP
    return UMAP


def _like(train: Rows, name: str, values: ArrayLike) -> Rows:
    rows = np.ascontiguousarray(values, np.float32)
    if rows.ndim != 2 or rows.shape[1] != train.shape[1]:
        raise ValueError(f"{name} must have the shape (rows, {train.shape[1]}), got {rows.shape}")
    if not np.isfinite(rows).all():
        raise ValueError(f"{name} must be finite, some numbers are not")
    return rows


def _components(rows: Rows, rest: dict[str, Rows], seed: int) -> tuple[Rows, dict[str, Rows], float]:
    from sklearn.decomposition import PCA

    model = PCA(COMPONENTS, svd_solver="covariance_eigh", random_state=seed).fit(rows)

    def reduced(values: Rows) -> Rows:
        return (
            np.ascontiguousarray(model.transform(values), np.float32)
            if len(values)
            else values[:, :COMPONENTS]
        )

    kept = float(model.explained_variance_ratio_.sum())
    return reduced(rows), {name: reduced(values) for name, values in rest.items()}, kept
