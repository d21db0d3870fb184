"""Scores of planted predictions, and of the same data by Keras."""

from __future__ import annotations

import math

import numpy as np
from pytest import approx

from tests.training.evaluators.planted import drawn, scored
from training.evaluators.classification import classification


def test_planted_predictions() -> None:
    """Three of a (one taken for b), one of b, none of c."""
    logits = [[9, 0, 0], [9, 0, 0], [0, 9, 0], [0, 9, 0]]
    found = classification(scored(logits, [0, 0, 0, 1]))
    assert found["confusion"] == [[2, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert found["accuracy"] == 0.75
    a, b, c = found["per_class"]
    assert a == {"class": "a", "precision": 1, "recall": approx(2 / 3), "f1": approx(0.8), "support": 3}
    assert b == {"class": "b", "precision": 0.5, "recall": 1, "f1": approx(2 / 3), "support": 1}
    assert c == {"class": "c", "precision": None, "recall": None, "f1": 0, "support": 0}
    assert found["macro_f1"] == approx((0.8 + 2 / 3) / 3)
    assert found["macro_f1_present"] == approx((0.8 + 2 / 3) / 2)


def test_loss_by_hand() -> None:
    """Of a quarter each with smoothing, the loss is ln 4, whatever the label."""
    assert classification(scored(np.zeros((3, 4)), [0, 1, 3]))["loss"] == approx(math.log(4))


def test_equal_to_keras() -> None:
    from training.backend import keras

    data = drawn()
    targets = np.eye(4, dtype=np.float32)[data.labels]
    found = classification(data)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
    assert found["loss"] == approx(float(loss(targets, data.logits)), rel=1e-6)
    macro = keras.metrics.F1Score(average="macro")
    macro.update_state(targets, data.logits)
    assert found["macro_f1"] == approx(float(macro.result()), rel=1e-6)
    right = keras.metrics.CategoricalAccuracy()
    right.update_state(targets, data.logits)
    assert found["accuracy"] == approx(float(right.result()), rel=1e-6)
