"""Neighbours are those that comparing every pair gives; ties are in the order of ids."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.errors import ModelError
from tests.training.representation.planted import planted_features
from training.representation import neighbours
from training.representation.neighbours import NeighbourIndex, saved_or_built
from training.representation.neighbours import index as index_module


def names(count: int, seed: int = 1) -> list[str]:
    """Ids whose order is not that of the rows."""
    return [f"p{each:05d}" for each in np.random.default_rng(seed).permutation(count)]


def by_brute_force(features: np.ndarray, ids: list[str], k: int, metric: str) -> list[list[int]]:
    values = features.astype(np.float64)
    if metric == "cosine":
        values = values / np.linalg.norm(values, axis=1, keepdims=True)
        far = -(values @ values.T)
    else:
        far = np.linalg.norm(values[:, None] - values[None], axis=2)
    far = far.round(9)
    return [
        sorted((other for other in range(len(ids)) if other != row), key=lambda o: (far[row, o], ids[o]))[:k]
        for row in range(len(ids))
    ]


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_equals_comparing_every_pair(metric: neighbours.Metric) -> None:
    features, _ = planted_features(4, 30, 12, 0.5, seed=3)
    features += 5  # away from the middle, as features after a ReLU are
    ids = names(len(features))
    index = NeighbourIndex.build(ids, features, metric=metric)
    found = index.search(7)
    assert found.rows.tolist() == by_brute_force(features, ids, 7, metric)
    assert found.values.dtype == np.float32
    one, other = 5, found.rows[5, 0]
    a, b = features[one].astype(float), features[other].astype(float)
    expected = a @ b / np.linalg.norm(a) / np.linalg.norm(b) if metric == "cosine" else np.linalg.norm(a - b)
    assert found.values[5, 0] == pytest.approx(expected, abs=1e-5)
    assert index.search(7, rows=[5, 2]).rows.tolist() == found.rows[[5, 2]].tolist()
    assert index.near(features[[5]], 8).rows[0].tolist() == [5, *found.rows[5].tolist()]


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_ties_are_in_the_order_of_ids_however_many_they_are(metric: neighbours.Metric) -> None:
    features, _ = planted_features(3, 40, 8, 0.3, seed=4)
    features[20:90] = features[20]  # more equal ones than candidates are taken at first
    ids = names(len(features))
    found = NeighbourIndex.build(ids, features, metric=metric).search(5)
    equal = sorted(range(20, 90), key=lambda row: ids[row])
    for row in (20, 57, 89):
        assert found.rows[row].tolist() == [other for other in equal if other != row][:5]


def test_approximate_neighbours_are_found_and_their_recall_is_measured(tmp_path: Path) -> None:
    features, _ = planted_features(40, 100, 24, 2.0, seed=5)
    ids = names(len(features))
    truth = NeighbourIndex.build(ids, features, exact=True).search(10)
    index = NeighbourIndex.build(ids, features, exact=False)
    found = index.search(10)
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found.rows, truth.rows, strict=True)])
    assert recall >= 0.95
    assert index.facts["kind"] == "cells" and 4 < index.facts["cells_searched"] < index.facts["cells"]
    assert index.facts["recall"] == pytest.approx(recall, abs=0.03)
    again = NeighbourIndex.build(ids, features, exact=False)
    assert again.facts == index.facts and (again.search(10).rows == found.rows).all()

    index.save(tmp_path, "one")
    loaded = NeighbourIndex.load(tmp_path, "one", ids, features)
    assert loaded.facts == index.facts and (loaded.search(10).rows == found.rows).all()
    with pytest.raises(ModelError, match="checksum must be 'two'"):
        NeighbourIndex.load(tmp_path, "two", ids, features)
    cells = tmp_path / "neighbours-cosine.faiss"
    cells.write_bytes(cells.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="was changed"):
        NeighbourIndex.load(tmp_path, "one", ids, features)


def test_where_cells_hold_too_few_all_rows_are_compared() -> None:
    features, _ = planted_features(4, 60, 6, 0.1, seed=8)
    ids = names(len(features))
    found = NeighbourIndex.build(ids, features, exact=False).search(len(features) - 1)
    for row, others in enumerate(found.rows):
        assert sorted([row, *others.tolist()]) == list(range(len(features)))


def test_what_was_saved_is_taken_and_what_was_not_is_built(tmp_path: Path) -> None:
    features, _ = planted_features(3, 10, 6, 0.3, seed=6)
    ids = names(len(features))
    with pytest.raises(ModelError, match="no index"):
        NeighbourIndex.load(tmp_path, "one", ids, features)
    built = saved_or_built(tmp_path, "one", ids, features)
    before = (tmp_path / "neighbours-cosine.json").stat().st_mtime_ns
    assert saved_or_built(tmp_path, "one", ids, features).facts == built.facts
    assert (tmp_path / "neighbours-cosine.json").stat().st_mtime_ns == before
    saved_or_built(tmp_path, "two", ids, features)
    assert (tmp_path / "neighbours-cosine.json").stat().st_mtime_ns > before


@pytest.mark.parametrize("exact", [True, False])
def test_near_duplicates_are_found_once(exact: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "BLOCK_BYTES", 1 << 14)  # several blocks
    features, _ = planted_features(60, 4, 32, 1.0, seed=7)
    features[7] = 3 * features[100]  # the same but for its length
    features[150] = features[200] + 0.01
    ids = [f"p{each:03d}" for each in range(len(features))]
    index = NeighbourIndex.build(ids, features, exact=exact)
    found = index.near_duplicates(0.99)
    assert [pair[:2] for pair in found] == [("p007", "p100"), ("p150", "p200")]
    assert found[0][2] == pytest.approx(1) and 0.99 <= found[1][2] < 1
    with pytest.raises(ValueError, match="raise threshold"):
        index.near_duplicates(0.2, most=10)


def test_what_cannot_be_compared_is_said() -> None:
    features, _ = planted_features(2, 4, 3, 0.2, seed=1)
    ids = names(8)
    with pytest.raises(ValueError, match="all 8 are the same"):
        NeighbourIndex.build(ids, np.ones((8, 3)))
    with pytest.raises(ValueError, match="must not repeat"):
        NeighbourIndex.build(["a"] * 8, features)
    features[3, 1] = np.nan
    with pytest.raises(ValueError, match=f"those of {ids[3]} are not"):
        NeighbourIndex.build(ids, features)
    features[3] = 0
    index = NeighbourIndex.build(ids, features)
    assert index.facts["zero_rows"] == 1 and (index.search(3).values[3] == 0).all()
    assert index.search(99).rows.shape == (8, 7)
