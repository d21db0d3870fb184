"""What benchmarks.umap runs, each by a process of its own: drawing a store, our map of it, umap-learn's.

python -m benchmarks.umap_rows draw STORE ROWS DIMENSION | ours STORE FITTED | plain STORE PART

The features lie around seventeen middles in ten dimensions that are spread over all, with noise, and none is
negative. One JSON document is printed.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from training.representation.blocks import Rows
from training.representation.features.store import FeatureStore

CLASSES, INNER, NOISE, SHARD = 17, 10, 0.3, 4096
JUDGED, NEIGHBOURS = 2000, 15


def draw(folder: Path, rows: int, dimension: int) -> dict[str, Any]:
    random = np.random.default_rng(89)
    middles = 2 * random.normal(size=(CLASSES, INNER))
    outwards = random.normal(size=(INNER, dimension)) / np.sqrt(INNER)
    store = FeatureStore.open(folder, model="0" * 64, dimension=dimension)
    for start in range(0, rows, SHARD):
        count = min(SHARD, rows - start)
        inner = middles[random.integers(0, CLASSES, count)] + random.normal(size=(count, INNER))
        features = inner @ outwards + NOISE * random.normal(size=(count, dimension))
        store.append([f"{start + each:09d}" for each in range(count)], np.maximum(features, 0))
    return {"rows": len(store)}


def ours(folder: Path, fitted: int) -> dict[str, Any]:
    from training.representation.geometry.umap import embed

    random = np.random.default_rng(0)
    embed(random.normal(size=(80, 60)), most=64, cheaper=True, epochs=2)  # imports it and compiles it
    blocks = FeatureStore.read(folder, verify=False).blocks()
    begun = time.perf_counter()
    found = embed(blocks, most=fitted, cheaper=True)
    seconds = time.perf_counter() - begun
    return {
        "seconds": seconds,
        **found.facts,
        "trustworthiness": trust(blocks[_judged(len(blocks))], found.fitted),
    }


def plain(folder: Path, part: int) -> dict[str, Any]:
    from training.representation.geometry.umap import SMALL, _umap

    plain_umap = _umap()
    random = np.random.default_rng(0)
    few = SMALL if part >= SMALL else 64  # rows from which on it searches neighbours another way
    plain_umap(random_state=89, n_jobs=1, n_epochs=20).fit(random.normal(size=(few, 60)))
    blocks = FeatureStore.read(folder, verify=False).blocks()
    judged = _judged(len(blocks))
    others = np.setdiff1d(np.random.default_rng(1).permutation(len(blocks)), judged)
    rows = blocks[np.concatenate([judged, others])[:part]]
    begun = time.perf_counter()
    places = plain_umap(random_state=89, n_jobs=1).fit_transform(rows)
    seconds = time.perf_counter() - begun
    count = min(len(judged), part)
    return {"seconds": seconds, "rows": len(places), "trustworthiness": _trust(rows[:count], places[:count])}


def _judged(rows: int) -> Any:
    return np.sort(np.random.default_rng(2).choice(rows, min(rows, JUDGED), replace=False))


def trust(features: Rows, places: Rows) -> float:
    return _trust(features, places[_judged(len(places))])


def _trust(features: Rows, places: Rows) -> float:
    from sklearn.manifold import trustworthiness

    return round(
        float(trustworthiness(features, places, n_neighbors=min(NEIGHBOURS, len(places) // 2 - 1))), 4
    )


def main(what: str, store: str, *words: str) -> None:
    numbers = [int(word) for word in words]
    work = {"draw": draw, "ours": ours, "plain": plain}.get(what)
    if work is None:
        raise SystemExit(f"{what!r} is none of draw, ours, plain")
    print(json.dumps(work(Path(store), *numbers)))  # type: ignore[operator]


if __name__ == "__main__":
    main(*sys.argv[1:])
