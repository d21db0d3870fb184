"""What benchmarks.neighbours runs, each by a process of its own: neighbours, the same by scikit-learn, a map.

python -m benchmarks.neighbours_rows ours ROWS DIMENSION K | plain ROWS DIMENSION K PART
                                   | map ROWS DIMENSION | map-cheaper ROWS DIMENSION

Imports and drawing are left out of the seconds; one JSON document is printed.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np

from training.representation.rows import Rows

IN_A_CLUSTER = 100


def draw(rows: int, dimension: int) -> Rows:
    """Clusters of a hundred rows, none negative, as features after a ReLU are."""
    random = np.random.default_rng(89)
    centres = random.normal(size=(max(2, rows // IN_A_CLUSTER), dimension)).astype(np.float32)
    drawn = random.standard_normal((rows, dimension), dtype=np.float32)
    drawn += centres[random.integers(0, len(centres), rows)]
    return np.maximum(drawn, 0, out=drawn)


def ours(rows: int, dimension: int, k: int) -> dict[str, Any]:
    import faiss  # noqa: F401

    from training.representation.neighbours import NeighbourIndex

    features, ids = draw(rows, dimension), [f"{each:08d}" for each in range(rows)]
    begun = time.perf_counter()
    index = NeighbourIndex.build(ids, features)
    built = time.perf_counter() - begun
    found = index.search(k)
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "build_seconds": built, "found": len(found.rows), **index.facts}


def plain(rows: int, dimension: int, k: int, part: int) -> dict[str, Any]:
    """Of `part` rows among all; the time of all is in proportion: each row is compared with every other."""
    from sklearn.neighbors import NearestNeighbors

    features = draw(rows, dimension)
    begun = time.perf_counter()
    search = NearestNeighbors(n_neighbors=k + 1, algorithm="brute", metric="cosine", n_jobs=-1).fit(features)
    _, found = search.kneighbors(features[:part])
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "found": len(found), "seconds_of_all": seconds * rows / part}


def map_(rows: int, dimension: int, *, cheaper: bool) -> dict[str, Any]:
    from training.representation.geometry.umap import embed

    embed(draw(64, 8), epochs=2)  # imports it, and compiles most of it
    features = draw(rows, dimension)
    begun = time.perf_counter()
    found = embed(features, cheaper=cheaper)
    return {"seconds": time.perf_counter() - begun, "found": len(found.fitted), **found.facts}


def main(what: str, *words: str) -> None:
    numbers = [int(word) for word in words]
    match what:
        case "ours":
            found = ours(*numbers)
        case "plain":
            found = plain(*numbers)
        case "map" | "map-cheaper":
            found = map_(*numbers, cheaper=what == "map-cheaper")
        case _:
            raise SystemExit(f"{what!r} is none of ours, plain, map, map-cheaper")
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
