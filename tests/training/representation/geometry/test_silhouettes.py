"""Silhouettes are scikit-learn's; what is sampled is stratified, seeded and stated."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from tests.training.representation.planted import planted_features
from training.representation.geometry.silhouettes import of_sets, silhouettes


def test_by_hand() -> None:
    # Of 0: 1 to its own, 10.5 to the others; of 5, the only one: 0, as in scikit-learn.
    features = np.array([[0.0], [1], [10], [11], [5]], np.float32)
    found = silhouettes(features, ["a", "a", "b", "b", "c"])
    assert found.values == pytest.approx([1 - 1 / 5, 1 - 1 / 4, 1 - 1 / 5, 1 - 1 / 6, 0])
    assert found.facts["singletons"] == 1 and found.facts["sampling"] == "all"
    assert found.mean == pytest.approx(found.values.mean())
    assert found.per_class[1] == {
        "class": "b", "rows": 2, "scored": 2, "mean": pytest.approx((0.8 + 1 - 1 / 6) / 2)
    }  # fmt: skip
    assert found.facts["mean_of_classes"] == pytest.approx((0.775 + found.per_class[1]["mean"] + 0) / 3)


def test_equals_scikit_learn_and_leaves_out_the_unlabelled() -> None:
    features, labels = planted_features(5, 20, 8, 1.0, seed=3)
    names = [f"g{each}" for each in labels]
    names[4] = names[40] = ""
    kept = [each for each in range(100) if names[each]]
    found = silhouettes(features, names)
    assert found.rows.tolist() == kept and found.facts["unlabelled"] == 2
    assert found.values == pytest.approx(silhouette_samples(features[kept], labels[kept]), abs=1e-5)


def test_a_sample_has_each_class_in_its_share_and_is_seeded() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat(["big", "middle", "small", "pair", "one"], [600, 300, 90, 2, 1])
    features = random.normal(size=(len(labels), 4)).astype(np.float32)
    features[:, 0] += 3 * (labels == "big")
    found = silhouettes(features, labels.tolist(), most=100)
    counts = Counter(labels[found.rows].tolist())
    # 2 + 2 + 2 + 2 + 1, and 91 in proportion to 598, 298 and 88: 55.3, 27.6 and 8.1
    assert counts == {"big": 57, "middle": 30, "small": 10, "pair": 2, "one": 1}
    assert (
        "100 of 993, stratified by class" in found.facts["sampling"] and "seed 89" in found.facts["sampling"]
    )
    assert {one["class"]: (one["rows"], one["scored"]) for one in found.per_class}["big"] == (600, 57)
    assert found.facts["singletons"] == 1
    again, other = (silhouettes(features, labels.tolist(), most=100, seed=seed) for seed in (89, 1))
    assert again.rows.tolist() == found.rows.tolist() != other.rows.tolist()
    expected = silhouette_samples(features[found.rows], labels[found.rows])
    assert found.values == pytest.approx(expected, abs=1e-5)


def test_sets_are_scored_by_themselves_and_one_that_cannot_be_is_named() -> None:
    features, labels = planted_features(3, 20, 6, 0.5, seed=5)
    names = [f"g{each}" for each in labels]
    first = [each for each in range(60) if each % 2]
    same = np.flatnonzero(labels == 0).tolist()
    found, failed = of_sets(features, names, {"odd": first, "same": same, "few": [1]})
    assert found["odd"].values == pytest.approx(silhouette_samples(features[first], labels[first]), abs=1e-5)
    assert found["odd"].rows.tolist() == first
    assert "at least two classes, got 1" in failed["same"] and set(failed) == {"same", "few"}
    with pytest.raises(ValueError, match="most must hold two of each class \\(6\\), got 5"):
        silhouettes(features, names, most=5)
    with pytest.raises(ValueError, match="the same"):
        silhouettes(np.ones((4, 2)), ["a", "a", "b", "b"])
