"""Flipped labels are found, and counted as by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.representation.planted import planted_features
from training.representation.downstream import finding, regression
from training.representation.downstream.finding import find_issues, out_of_fold
from training.representation.downstream.mislabels import MOST_POINTS, curve, flip, found_at, mislabels, rates
from training.representation.downstream.task import TaskError


@pytest.mark.parametrize("classes", [2, 4])
def test_a_tenth_of_flipped_labels_is_found_in_planted_features(classes: int) -> None:
    features, labels = planted_features(classes, 240 // classes, 12, 0.5, 3)
    found = mislabels(features, labels)
    assert found["flipped"] == 24
    assert found["true_positive_rate"] >= 0.9
    assert found["false_positive_rate"] <= 0.05
    assert found["area_under_rates"] > 0.95
    assert found["converged"]


@pytest.mark.parametrize("seed", range(4))
def test_the_ranking_holds_whatever_was_drawn(seed: int) -> None:
    """Where cleanlab cuts varies (here 0.83 to 1 of the flipped); that the flipped come first does not."""
    found = mislabels(*planted_features(4, 60, 12, 0.5, seed))
    assert found["true_positive_rate_at_5_percent"] >= 0.9
    assert found["true_positive_rate"] >= 0.8
    assert found["false_positive_rate"] <= 0.05


def test_in_noise_flips_cannot_be_told() -> None:
    features, labels = planted_features(2, 100, 6, 0.5, 3)
    noise = np.random.default_rng(0).normal(size=features.shape)
    assert 0.3 < mislabels(noise, labels)["area_under_rates"] < 0.7


def test_the_same_share_of_every_class_is_flipped_to_another() -> None:
    codes = np.repeat([0, 1, 2], [40, 25, 4])
    given, flipped = flip(codes, 0.1, 89)
    assert np.bincount(codes[flipped], minlength=3).tolist() == [4, 3, 0]  # 2.5 and 0.4 to the nearest
    assert ((given != codes) == flipped).all()
    assert set(given) <= {0, 1, 2}


def test_flips_follow_from_seed_and_id_and_not_from_the_order() -> None:
    codes, ids = np.arange(60) % 3, [f"p{each}" for each in range(60)]
    given, flipped = flip(codes, 0.2, 89, ids=ids)
    order = np.random.default_rng(0).permutation(60)
    again, marked = flip(codes[order], 0.2, 89, ids=[ids[place] for place in order])
    np.testing.assert_array_equal(again, given[order])
    np.testing.assert_array_equal(marked, flipped[order])
    assert (flip(codes, 0.2, 90, ids=ids)[1] != flipped).any()
    assert len({tuple(pair) for pair in zip(codes[flipped], given[flipped], strict=True)}) > 3


@pytest.mark.parametrize(
    ("codes", "share", "words"),
    [
        ([0, 1], 0.0, "share must be .* got 0.0"),
        ([0, 1], 1.0, "share must be .* got 1.0"),
        ([0, 0], 0.5, "at least 2 classes to be flipped, got 1"),
    ],
)
def test_flips_that_cannot_be_are_told(codes: list[int], share: float, words: str) -> None:
    with pytest.raises(TaskError, match=words):
        flip(codes, share, 89)


def test_a_share_that_flips_nothing_is_told() -> None:
    with pytest.raises(TaskError, match="share must flip at least one label, 0.01 of any class flips none"):
        mislabels(*planted_features(2, 10, 3, 0.2, 0), share=0.01)


def test_rates_by_hand() -> None:
    flipped = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], bool)
    flagged = np.array([1, 1, 1, 0, 1, 0, 0, 0, 0, 0], bool)
    assert rates(flipped, flagged) == {
        "flagged": 4,
        "found": 3,
        "true_positive_rate": 0.75,
        "false_positive_rate": pytest.approx(1 / 6),
        "precision": 0.75,
        "recall": 0.75,
    }
    none = rates(flipped, np.zeros(10, bool))
    assert (none["precision"], none["true_positive_rate"]) == (None, 0.0)


def test_the_curve_by_hand_with_ties_kept_together() -> None:
    flipped = np.array([True, False, True, False])
    found = curve(flipped, np.array([0.1, 0.5, 0.5, 0.9]))
    assert [(one["flagged"], one["true_positive_rate"], one["false_positive_rate"]) for one in found] == [
        (1, 0.5, 0.0),
        (3, 1.0, 0.5),
        (4, 1.0, 1.0),
    ]
    assert [one["precision"] for one in found] == pytest.approx([1, 2 / 3, 0.5])


def test_the_best_cut_with_few_false_by_hand() -> None:
    flipped = np.array([True, False, True, False, True])
    quality = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    assert [found_at(flipped, quality, most) for most in (0, 0.49, 0.5, 1)] == pytest.approx(
        [1 / 3, 1 / 3, 2 / 3, 1]
    )
    assert found_at(flipped, quality[::-1], 0) == pytest.approx(1 / 3)
    assert found_at(~flipped, quality, 0) == 0


def test_a_long_curve_keeps_its_ends() -> None:
    random = np.random.default_rng(0)
    found = curve(random.random(3000) < 0.1, random.random(3000))
    assert len(found) == MOST_POINTS
    assert (found[0]["flagged"], found[-1]["flagged"]) == (1, 3000)
    assert found[-1]["true_positive_rate"] == found[-1]["false_positive_rate"] == 1


def test_probabilities_are_of_models_that_did_not_see_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def spy(features, codes, rows, **options):  # type: ignore[no-untyped-def]
        asked.append((set(rows.tolist()), options))
        return regression.fit(features, codes, rows, **options)

    monkeypatch.setattr(finding, "fit", spy)
    # The label of one picture is against all others of its place: whoever has seen it would know.
    features, codes = planted_features(2, 50, 4, 0.2, 0)
    codes[0] = 1 - codes[0]
    found = out_of_fold(features, codes, 2)
    assert found.probabilities[0, codes[0]] < 0.2
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1)
    assert all(options == {"max_iter": 2500, "balanced": False} for _, options in asked)
    assert sorted(row for seen, _ in asked for row in set(range(100)) - seen) == list(range(100))


def test_a_class_that_a_fold_did_not_train_on_has_no_probability() -> None:
    features, codes = planted_features(3, 10, 4, 0.2, 0)
    keep = (codes != 1) | (np.cumsum(codes == 1) == 1)  # one picture of the class between
    found = out_of_fold(features[keep], codes[keep], 3).probabilities
    assert found[codes[keep] == 1, 1] == 0
    assert (found[codes[keep] == 2, 2] > 0.5).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_the_quality_of_a_label_is_its_probability() -> None:
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9], [0.95, 0.05]])
    issues = find_issues(probabilities, np.array([0, 0, 1, 1, 1]))
    assert issues.quality.tolist() == pytest.approx([0.9, 0.8, 0.8, 0.9, 0.05])
    assert issues.flagged.tolist() == [False, False, False, False, True]


def test_the_same_seed_gives_the_same_figures() -> None:
    features, labels = planted_features(3, 20, 6, 1.5, 2)
    assert mislabels(features, labels) == mislabels(features, labels)
    assert mislabels(features, labels)["curve"] != mislabels(features, labels, seed=1)["curve"]
