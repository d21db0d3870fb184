"""Calibration of models whose confidence and whose share of right ones are planted."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from tests.training.evaluators.planted import drawn, of_probabilities, scored
from training.evaluators.calibration import calibration


def planted() -> tuple[list[list[float]], list[int]]:
    """Ten pictures at .95 of which 8 are right, thirty at .58 of which 18 are."""
    sure, unsure = [0.95, 0.05], [0.58, 0.42]
    return [sure] * 10 + [unsure] * 30, [0] * 8 + [1] * 2 + [0] * 18 + [1] * 12


def test_planted_error() -> None:
    found = calibration(of_probabilities(*planted()), bins=10)
    assert [(row["low"], row["pictures"]) for row in found["reliability"]] == [
        (pytest.approx(0.5), 30),
        (pytest.approx(0.9), 10),
    ]
    assert [row["accuracy"] for row in found["reliability"]] == pytest.approx([0.6, 0.8])
    assert [row["confidence"] for row in found["reliability"]] == pytest.approx([0.58, 0.95])
    assert found["mce"] == pytest.approx(0.15, abs=1e-6)
    assert found["ece"] == pytest.approx(0.15 * 10 / 40 + 0.02 * 30 / 40, abs=1e-6)
    brier = (8 * 2 * 0.05**2 + 2 * 2 * 0.95**2 + 18 * 2 * 0.42**2 + 12 * 2 * 0.58**2) / 40
    assert found["brier"] == pytest.approx(brier, rel=1e-6)
    nll = -(8 * np.log(0.95) + 2 * np.log(0.05) + 18 * np.log(0.58) + 12 * np.log(0.42)) / 40
    assert found["nll"] == pytest.approx(nll, rel=1e-6)


def test_a_calibrated_model_has_no_error() -> None:
    probabilities = [[0.75, 0.25]] * 4
    found = calibration(of_probabilities(probabilities, [0, 0, 0, 1]))
    assert found["ece"] == pytest.approx(0, abs=1e-7)


def test_bins_of_equal_mass() -> None:
    data = drawn(100)
    found = calibration(data, bins=8, method="equal-mass")
    assert [row["pictures"] for row in found["reliability"]] == [13] * 4 + [12] * 4
    ends = [(row["low"], row["confidence"], row["high"]) for row in found["reliability"]]
    assert all(low <= middle <= high for low, middle, high in ends)
    assert all(one[2] <= other[0] for one, other in zip(ends, ends[1:], strict=False))
    assert found["ece"] != calibration(data, bins=8)["ece"]


def test_every_picture_is_in_one_bin() -> None:
    """Also those on the ends: exactly 1, and exactly an end between."""
    data = of_probabilities([[1 - 1e-12, 1e-12], [0.5, 0.5], [0.8, 0.2]], [0, 1, 0])
    found = calibration(data, bins=5)
    assert sum(row["pictures"] for row in found["reliability"]) == 3
    assert found["reliability"][0]["high"] == pytest.approx(0.6)


def test_a_bin_has_its_upper_end() -> None:
    """Even logits: a confidence of exactly a half is in the first of two bins."""
    found = calibration(scored([[0, 0], [0, 0], [9, 0]], [0, 1, 0]), bins=2)
    assert [(row["high"], row["pictures"]) for row in found["reliability"]] == [(0.5, 2), (1.0, 1)]


def test_equal_to_scikit_learn() -> None:
    data = drawn()
    found = calibration(data)
    assert found["nll"] == pytest.approx(log_loss(data.labels, data.probabilities))
    theirs = brier_score_loss(data.labels, data.probabilities, scale_by_half=False)
    assert found["brier"] == pytest.approx(theirs)
    assert found["accuracy"] == pytest.approx(data.right.mean())
