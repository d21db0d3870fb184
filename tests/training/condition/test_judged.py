"""From the scores of tiles to one answer for a sheet: on cases worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from training.condition.figures import histogram, misclassified, score_figures
from training.condition.judged import (
    Judged,
    Rule,
    auc,
    balanced_accuracy,
    best_rule,
    best_threshold,
    rules_of,
    scored_by_sheets,
    scored_by_tiles,
)
from training.condition.sheets import Sheet


def judged(mean: list[float], labels: list[str], **more: Any) -> Judged:
    n = len(mean)
    sheets = tuple(Sheet(f"s{place}", f"{place}.jpg", label) for place, label in enumerate(labels))
    found = {
        "share": np.zeros(n),
        "maximum": np.zeros(n),
        "conditions": np.column_stack([mean, 1 - np.array(mean)]),
        "logits": np.log(np.column_stack([mean, 1 - np.array(mean)])).astype(np.float32),
        **{name: np.array(value) for name, value in more.items() if name != "classes"},
    }
    return Judged(
        sheets, more.get("classes", ("clean", "stained")), np.array(mean), tiles=np.ones(n, np.int64),
        entropy=np.ones(n), **found,
    )  # fmt: skip


LABELS = ["clean", "clean", "stained", "stained"]


def test_the_threshold_is_in_the_middle_of_the_widest_gap_that_tells_best() -> None:
    sound = np.array([True, True, False, False])
    assert best_threshold(np.array([0.9, 0.8, 0.6, 0.1]), sound) == pytest.approx(0.7)
    # One that cannot be told: 0.3 and 0.55 have three of four right each, the gap at 0.3 is wider.
    assert best_threshold(np.array([0.9, 0.5, 0.6, 0.1]), sound) == pytest.approx(0.3)
    assert best_threshold(np.array([0.5, 0.5]), np.array([True, False])) == pytest.approx(0.25)


def test_large_classes_do_not_drown_small_ones() -> None:
    said, sound = np.ones(10, bool), np.array([True] * 9 + [False])
    assert balanced_accuracy(said, sound) == 0.5
    assert balanced_accuracy(said, np.ones(10, bool)) == 1


def test_the_best_score_is_the_one_that_is_right_most_often() -> None:
    found = judged([0.9, 0.3, 0.6, 0.1], LABELS, share=[0.1, 0.0, 0.3, 0.9], maximum=[0.9, 0.1, 0.3, 0.95])
    rules = rules_of(found)
    assert best_rule(found, rules) == Rule("share", pytest.approx(0.8))
    assert best_rule(found, rules, "maximum").score == "maximum"
    table = {one["score"]: one for one in score_figures(found, rules)}
    assert table["share"]["accuracy"] == 1 and table["share"]["auc"] == 1
    assert table["mean"]["auc"] == 0.75 and table["mean"]["sound_right"] == 0.5


def test_answers_follow_the_threshold() -> None:
    found = judged([0.95, 0.9, 0.89, 0.1], LABELS)
    scored = scored_by_tiles(found, Rule("mean", 0.9))
    assert scored.predictions.tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(scored.probabilities[0], [0.75, 0.25], atol=1e-5)
    # The surer, the farther from the threshold.
    assert scored.confidence[3] > scored.confidence[2]


def test_a_flagged_sheet_has_a_condition_even_where_two_share_the_rest() -> None:
    found = judged(
        [0.4, 0.45], ["mould", "stained"], classes=("clean", "stained", "mould"),
        conditions=[[0.4, 0.29, 0.31], [0.45, 0.3, 0.25]], logits=np.zeros((2, 3), np.float32),
    )  # fmt: skip
    assert scored_by_tiles(found, Rule("mean", 0.5)).predictions.tolist() == [2, 1]


def test_one_class_alone_has_no_area() -> None:
    assert auc(np.array([0.1, 0.2]), np.array([True, True])) is None


def test_the_worst_come_first() -> None:
    found = judged([0.9, 0.4, 0.7, 0.1], LABELS)
    scored = {"tiles": scored_by_tiles(found, Rule("mean", 0.5)), "whole": scored_by_sheets(found)}
    rows = misclassified(found, scored)
    assert [row["id"] for row in rows] == ["s2", "s1"]
    assert rows[0]["wrong"] == pytest.approx(0.7, abs=1e-5) and not rows[0]["whole"]["right"]


def test_a_histogram_counts_each_value_once() -> None:
    found = histogram(
        np.array([0.0, 0.5, 1.0]), np.array([0, 1, 1]), ("clean", "stained"), np.linspace(0, 1, 5)
    )
    assert found["counts"] == {"clean": [1, 0, 0, 0], "stained": [0, 0, 1, 1]}
    assert found["means"] == {"clean": 0.0, "stained": 0.75}
