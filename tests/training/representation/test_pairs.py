"""Pairs almost alike are those that comparing every pair gives, however many a picture has."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.representation.planted import planted_features
from training.representation import pairs
from training.representation.neighbours import NeighbourIndex
from training.representation.outliers import outliers
from training.representation.pairs import blocks, pairs_of


def by_brute_force(features: np.ndarray, distance: float) -> dict[tuple[int, int], float]:
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    far = 1 - unit @ unit.T
    one, other = np.triu_indices(len(features), 1)
    return {
        (int(a), int(b)): float(far[a, b]) for a, b in zip(one, other, strict=True) if far[a, b] <= distance
    }


@pytest.mark.parametrize("block", [7, 4096])
def test_equals_comparing_every_pair(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(pairs, "BLOCK", block)
    features, _ = planted_features(4, 30, 12, 0.3, seed=3)
    features[40:75] = features[40]  # more equal ones than are asked for at first
    index = NeighbourIndex.build([str(each) for each in range(120)], features)
    found: dict[tuple[int, int], float] = {}
    for asking in blocks(120):
        part = pairs_of(index, asking, 0.05)
        own = list(zip(part.one.tolist(), part.other.tolist(), strict=True))
        assert len(set(own)) == len(own) and all(a < b for a, b in own)
        assert part.crowded == 0
        found |= dict(zip(own, part.distances.tolist(), strict=True))
    expected = by_brute_force(features.astype(np.float64), 0.05)
    assert found.keys() == expected.keys() and len(found) > 700
    assert all(found[pair] == pytest.approx(expected[pair], abs=1e-5) for pair in found)


def test_of_too_many_near_ones_the_nearest_are_taken_and_counted() -> None:
    random = np.random.default_rng(1)
    features = 1 + 0.001 * random.normal(size=(50, 8)).astype(np.float32)
    index = NeighbourIndex.build([str(each) for each in range(50)], features)
    part = pairs_of(index, np.arange(50), 0.5, most=8)
    assert part.crowded == 50
    assert 50 * 8 / 2 <= len(part.one) <= 50 * 8
    all_of_them = pairs_of(index, np.arange(50), 0.5, most=49)
    assert (all_of_them.crowded, len(all_of_them.one)) == (0, 50 * 49 / 2)
    for wrong in (-0.1, 1.1):
        with pytest.raises(ValueError, match="from 0 to 1"):
            pairs_of(index, np.arange(5), wrong)
    with pytest.raises(ValueError, match="metric"):
        pairs_of(NeighbourIndex.build(index.ids, features, metric="euclidean"), np.arange(5), 0.1)


def test_outliers_by_an_index_that_is_there_are_the_same() -> None:
    features, _ = planted_features(2, 20, 6, 0.3, seed=2)
    ids = [f"p{each:02d}" for each in range(40)]
    index = NeighbourIndex.build(ids, features)
    plain = outliers(features, ["all"] * 40, ids, metric="cosine")
    by_index = outliers(features, ["all"] * 40, ids, metric="cosine", index=index)
    np.testing.assert_array_equal(plain.scores, by_index.scores)
    for wrong in ({"metric": "euclidean"}, {"ids": ids[::-1], "metric": "cosine"}):
        with pytest.raises(ValueError, match="index must be of the ids"):
            outliers(features, ["all"] * 40, **({"ids": ids, "index": index} | wrong))  # type: ignore[arg-type]
