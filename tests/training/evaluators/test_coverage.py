"""What happens to accuracy when the least sure are set aside, with the right and the sure planted."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.evaluators.planted import drawn, of_probabilities
from training.evaluators.coverage import coverage


def test_planted_order() -> None:
    """Of ten pictures the three least sure are wrong, and so is the fifth."""
    sure = [0.99, 0.97, 0.95, 0.93, 0.91, 0.85, 0.8, 0.7, 0.65, 0.6]
    labels = [0, 0, 0, 0, 1, 0, 0, 1, 1, 1]
    shuffled = np.random.default_rng(0).permutation(10)
    data = of_probabilities([[sure[k], 1 - sure[k]] for k in shuffled], [labels[k] for k in shuffled])
    found = coverage(data, target=0.85, coverages=[1.0, 0.7, 0.45, 0.01])
    assert [(one["pictures"], one["accuracy"]) for one in found["curve"]] == [
        (10, pytest.approx(0.6)),
        (7, pytest.approx(6 / 7)),
        (4, 1.0),
    ]
    assert found["curve"][1]["confidence"] == pytest.approx(0.8)
    # 6/7 at seven pictures, though at five it was 4/5.
    assert (found["at_target"]["pictures"], found["at_target"]["coverage"]) == (7, 0.7)
    risks = [0, 0, 0, 0, 1 / 5, 1 / 6, 1 / 7, 2 / 8, 3 / 9, 4 / 10]
    assert found["aurc"] == pytest.approx(np.mean(risks))


def test_equals_go_together_in_any_order() -> None:
    """Two sure and right, then four alike of which one is right: no coverage ends among the four."""
    probabilities = np.array([[0.9, 0.1]] * 2 + [[0.6, 0.4]] * 4)
    labels = np.array([0, 0, 0, 1, 1, 1])
    results = []
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(6)
        data = of_probabilities(probabilities[order], labels[order].tolist())
        results.append(coverage(data, target=0.7, coverages=[1.0, 0.8, 0.5]))
    assert results[0] == results[1] == results[2]
    assert [one["pictures"] for one in results[0]["curve"]] == [6, 2]
    assert results[0]["at_target"]["pictures"] == 2
    risks = [0, 0] + [(k * 0.75) / (2 + k) for k in (1, 2, 3, 4)]
    assert results[0]["aurc"] == pytest.approx(np.mean(risks))


def test_a_target_out_of_reach_and_one_that_is_met() -> None:
    wrong = of_probabilities([[0.9, 0.1], [0.8, 0.2]], [1, 0])
    assert coverage(wrong)["at_target"] is None
    right = of_probabilities([[0.9, 0.1], [0.8, 0.2]], [0, 0])
    assert coverage(right)["at_target"]["coverage"] == 1
    assert coverage(right)["aurc"] == 0


def test_macro_f1_of_what_is_kept() -> None:
    """At half coverage class c is set aside altogether and does not count as nought."""
    data = of_probabilities(
        [[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.3, 0.2, 0.5], [0.5, 0.3, 0.2]], [0, 1, 2, 2]
    )
    found = coverage(data, coverages=[1.0, 0.5])["curve"]
    assert found[1]["macro_f1"] == 1
    assert found[0]["macro_f1"] == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)


def test_setting_aside_helps_a_model_that_knows_when_it_is_unsure() -> None:
    curve = coverage(drawn(2000), coverages=[1.0, 0.75, 0.5, 0.25])["curve"]
    accuracies = [one["accuracy"] for one in curve]
    assert accuracies == sorted(accuracies)
    assert accuracies[-1] > accuracies[0] + 0.1
