"""Scores against scikit-learn, whatever labels and predictions are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import log_softmax as scipy_log_softmax
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_recall_fscore_support,
)

from training.metrics import (
    accuracy,
    confusion,
    cross_entropy,
    f1_per_class,
    log_softmax,
    macro_f1,
    per_class,
    softmax,
)

CLASSES = 5
pairs = st.lists(
    st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1)), min_size=1, max_size=60
).map(np.array)


@settings(max_examples=100, deadline=None)
@given(pairs)
def test_equal_to_scikit_learn(drawn: np.ndarray) -> None:
    labels, predictions = drawn.T
    every = list(range(CLASSES))
    matrix = confusion(labels, predictions, CLASSES)
    assert_array_equal(matrix, confusion_matrix(labels, predictions, labels=every))
    theirs = precision_recall_fscore_support(labels, predictions, labels=every, zero_division=0)
    for mine, other in zip(per_class(matrix), theirs, strict=True):
        assert_allclose(mine, other, rtol=1e-12)
    assert accuracy(matrix) == pytest.approx(accuracy_score(labels, predictions))
    assert macro_f1(matrix) == pytest.approx(
        f1_score(labels, predictions, labels=every, average="macro", zero_division=0)
    )
    present = sorted(set(labels.tolist()))
    assert macro_f1(matrix, present_only=True) == pytest.approx(
        f1_score(labels, predictions, labels=present, average="macro", zero_division=0)
    )


def test_a_class_without_pictures_counts_as_nought() -> None:
    matrix = confusion([0, 0, 1], [0, 0, 1], 3)
    assert_array_equal(f1_per_class(matrix), [1, 1, 0])
    assert macro_f1(matrix) == pytest.approx(2 / 3)
    assert macro_f1(matrix, present_only=True) == 1


def test_many_matrices_at_once() -> None:
    random = np.random.default_rng(0)
    many = random.integers(0, 9, (6, 4, 4))
    assert_allclose(macro_f1(many), [macro_f1(one) for one in many])
    assert_allclose(accuracy(many), [accuracy(one) for one in many])
    assert per_class(many).recall.shape == (6, 4)


def test_nothing_has_no_accuracy() -> None:
    nothing = confusion([], [], 2)
    assert np.isnan(accuracy(nothing))
    assert np.isnan(macro_f1(nothing, present_only=True))
    assert macro_f1(nothing) == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=8))
def test_softmax(row: list[float]) -> None:
    assert_allclose(log_softmax(row), scipy_log_softmax(row), rtol=1e-12, atol=1e-12)
    assert softmax(row).sum() == pytest.approx(1)
    assert softmax(np.float32(row)).dtype == np.float64


def test_cross_entropy_is_log_loss_and_smooths() -> None:
    random = np.random.default_rng(1)
    logits, labels = random.normal(0, 2, (40, 3)), random.integers(0, 3, 40)
    assert cross_entropy(logits, labels).mean() == pytest.approx(log_loss(labels, softmax(logits)))
    targets = np.eye(3)[labels] * 0.9 + 0.1 / 3
    assert_allclose(cross_entropy(logits, labels, 0.1), -(targets * log_softmax(logits)).sum(axis=1))


@pytest.mark.parametrize(
    ("labels", "predictions", "reason"),
    [
        ([0, 1], [0], "equally long lists"),
        ([0, 3], [0, 0], "labels must be from 0 to 2, got 0 to 3"),
        ([0, 1], [0, -1], "predictions must be from 0 to 2, got -1 to 0"),
        ([0.5], [0], "labels must be whole numbers, got float64"),
    ],
)
def test_refused(labels: list, predictions: list, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        confusion(labels, predictions, 3)
