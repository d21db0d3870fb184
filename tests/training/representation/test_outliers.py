"""Planted outliers have the lowest scores, whatever the spread of their class."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.representation.planted import planted_features
from training.representation.outliers import outliers


def test_planted_outliers_score_lowest_in_classes_of_any_spread() -> None:
    features, labels = planted_features(4, 50, 16, 0.2, seed=11)
    features[labels == 1] *= 20  # a class twenty times as wide; its typical pictures are no outliers
    random = np.random.default_rng(2)
    planted = np.concatenate([np.flatnonzero(labels == each)[:3] for each in range(4)])
    away = random.normal(size=(len(planted), 16))
    away *= 4 / np.linalg.norm(away, axis=1, keepdims=True)
    features[planted] += away * np.where(labels[planted] == 1, 20, 1)[:, None]
    ids = [f"p{each}" for each in range(len(features))]
    found = outliers(features, labels, ids, k=5)
    assert set(np.argsort(found.scores)[: len(planted)]) == set(planted.tolist())
    assert found.scores.dtype == np.float32 and (found.scores >= 0).all() and (found.scores <= 1).all()
    assert found.scores[planted].max() < 0.3 < found.scores[np.setdiff1d(np.arange(200), planted)].min()
    for each in range(4):
        assert np.median(found.scores[labels == each]) == pytest.approx(0.5, abs=1e-3)


def test_distance_is_that_to_the_kth_neighbour_of_the_class() -> None:
    features = np.array([[0.0], [1], [3], [7], [0.1], [50]], np.float32)
    labels = ["a", "a", "a", "a", "b", "c"]
    found = outliers(features, labels, list("uvwxyz"), k=2)
    assert found.distances[:4] == pytest.approx([3, 2, 3, 6])
    assert found.scores[:4] == pytest.approx(np.exp2(-np.array([3, 2, 3, 6]) / 3))
    assert np.isnan(found.distances[4:]).all() and found.scores[4:].tolist() == [1, 1]
    assert found.facts["alone"] == 2 and found.neighbour.tolist() == [2, 2, 2, 2, 0, 0]


def test_copies_are_no_outliers_and_what_is_not_one_of_them_is() -> None:
    features = np.array([[1.0, 0]] * 5 + [[0, 5.0]] + [[2.0, 2]] * 3, np.float32)
    found = outliers(features, ["a"] * 6 + ["b"] * 3, list("abcdefghi"), k=3, metric="cosine")
    assert found.scores.tolist() == [1, 1, 1, 1, 1, 0, 1, 1, 1]
    assert found.distances[5] == pytest.approx(np.sqrt(2))
    with pytest.raises(ValueError, match="labels must be one a row"):
        outliers(features, ["a"], list("abcdefghi"))
