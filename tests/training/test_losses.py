"""Losses against values worked out by hand, against Keras, and at the ends of what a float holds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from training.backend import keras, tf
from training.choices import LOSSES
from training.losses import effective_weights, make_loss, margins

COUNTS = [10, 100, 1000]
RANDOM = np.random.default_rng(3)
LOGITS = RANDOM.normal(0, 3, (20, 3)).astype(np.float32)
MIXED = RANDOM.dirichlet([0.5, 0.5, 0.5], 20).astype(np.float32)
HARD = np.eye(3, dtype=np.float32)[RANDOM.integers(0, 3, 20)]


def loss_of(config: dict[str, Any], targets: Any, logits: Any) -> Any:
    return make_loss(config, COUNTS)(tf.constant(targets), tf.constant(logits)).numpy()


def p(logits: Any) -> Any:
    powers = np.exp(np.asarray(logits, np.float64))
    return powers / powers.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("targets", [HARD, MIXED])
def test_cross_entropy_is_that_of_keras(targets: Any) -> None:
    theirs = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2, reduction="none")
    mine = loss_of({"name": "cross-entropy"}, targets, LOGITS)
    np.testing.assert_allclose(mine, theirs(targets, LOGITS).numpy(), rtol=1e-6)


def test_cross_entropy_by_hand() -> None:
    """Even logits: the target does not matter, each class has a third."""
    assert loss_of({"name": "cross-entropy"}, [[1.0, 0, 0]], [[5.0, 5, 5]]) == pytest.approx(math.log(3))
    # 0.8 + 0.2 / 3 on the class of probability 1/2, 0.2 / 3 on each of those of 1/4.
    by_hand = (0.8 + 0.2 / 3) * math.log(2) + 2 * (0.2 / 3) * math.log(4)
    logits = [[math.log(2), 0.0, 0.0]]
    assert loss_of({"name": "cross-entropy"}, [[1.0, 0, 0]], logits) == pytest.approx(by_hand, rel=1e-6)


@pytest.mark.parametrize("targets", [HARD, MIXED])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_focal_is_that_of_keras(targets: Any, smoothing: float) -> None:
    theirs = keras.losses.CategoricalFocalCrossentropy(
        alpha=0.3, gamma=1.5, from_logits=True, label_smoothing=smoothing, reduction="none"
    )
    config = {"name": "focal", "alpha": 0.3, "gamma": 1.5, "smoothing": smoothing}
    mine = loss_of(config, targets, LOGITS)
    np.testing.assert_allclose(mine, theirs(targets, LOGITS).numpy(), rtol=2e-4, atol=1e-6)


def test_focal_by_hand() -> None:
    config = {"name": "focal", "alpha": 0.25, "gamma": 2.0, "smoothing": 0.0}
    logits = [[math.log(2), 0.0, 0.0]]  # probabilities 1/2, 1/4, 1/4
    assert loss_of(config, [[1.0, 0, 0]], logits) == pytest.approx(0.25 * 0.5**2 * math.log(2), rel=1e-6)
    by_hand = 0.25 * (0.5 * 0.5**2 * math.log(2) + 0.5 * 0.75**2 * math.log(4))
    assert loss_of(config, [[0.5, 0.5, 0]], logits) == pytest.approx(by_hand, rel=1e-6)


def test_effective_numbers_by_hand() -> None:
    """beta .5: 1, 1.5 and 1.75 effective pictures of 1, 2 and 3."""
    raw = np.array([1, 1 / 1.5, 1 / 1.75])
    np.testing.assert_allclose(effective_weights([1, 2, 3], 0.5), raw * 3 / raw.sum(), rtol=1e-12)
    np.testing.assert_allclose(effective_weights(COUNTS, 0.0), [1, 1, 1])
    # Towards a beta of 1 the weights become those of the inverse counts.
    inverse = 1 / np.array(COUNTS)
    np.testing.assert_allclose(effective_weights(COUNTS, 1 - 1e-12), inverse * 3 / inverse.sum(), rtol=1e-6)


def test_class_balanced_weighs_the_loss_of_each_part() -> None:
    weights = effective_weights(COUNTS, 0.99)
    plain = -(MIXED * np.log(p(LOGITS))).sum(axis=1)
    mine = loss_of({"name": "class-balanced", "beta": 0.99}, MIXED, LOGITS)
    np.testing.assert_allclose(mine, (MIXED @ weights) * plain, rtol=1e-5)


def test_class_balanced_sigmoid_and_focal_by_hand() -> None:
    """One picture of class 1 with logits 0, ln 3, 0: sigmoids 1/2, 3/4, 1/2."""
    weight = effective_weights(COUNTS, 0.99)[1]
    targets, logits = [[0.0, 1, 0]], [[0.0, math.log(3), 0]]
    sigmoid = loss_of({"name": "class-balanced", "base": "sigmoid"}, targets, logits)
    assert sigmoid == pytest.approx(weight * (2 * math.log(2) + math.log(4 / 3)), rel=1e-6)
    focal = loss_of({"name": "class-balanced", "base": "focal", "gamma": 2.0}, targets, logits)
    by_hand = weight * (2 * 0.5**2 * math.log(2) + 0.25**2 * math.log(4 / 3))
    assert focal == pytest.approx(by_hand, rel=1e-6)


def test_margins_by_hand() -> None:
    np.testing.assert_allclose(margins([1, 16, 81], 0.5), [0.5, 0.25, 0.5 / 3], rtol=1e-12)
    np.testing.assert_allclose(margins([16, 256], 0.3), [0.3, 0.15], rtol=1e-12)


def test_ldam_by_hand() -> None:
    """Logits 1 and 0, margins .5 and .25, scale 2: for class 0 that is 1 and 0, for class 1 2 and -.5."""
    loss = make_loss({"name": "ldam", "max_margin": 0.5, "scale": 2.0}, [1, 16])
    first = -math.log(math.exp(1) / (math.exp(1) + 1))
    second = -math.log(math.exp(-0.5) / (math.exp(2) + math.exp(-0.5)))
    logits = tf.constant([[1.0, 0.0]] * 3)
    found = loss(tf.constant([[1.0, 0.0], [0.0, 1.0], [0.25, 0.75]]), logits).numpy()
    np.testing.assert_allclose(found, [first, second, 0.25 * first + 0.75 * second], rtol=1e-6)


def test_ldam_without_margin_is_cross_entropy_of_scaled_logits() -> None:
    mine = loss_of({"name": "ldam", "max_margin": 0.0, "scale": 1.0}, MIXED, LOGITS)
    np.testing.assert_allclose(mine, -(MIXED * np.log(p(LOGITS))).sum(axis=1), rtol=1e-5)


def test_ccm_by_hand() -> None:
    """Logits 3, 4 have length 5: the cosine with class 0 is 3/5; the squares are (3-1)^2 and 4^2."""
    config = {"name": "ccm", "weights": [2.0, 3.0, 0.5], "smoothing": 0.0}
    entropy = -math.log(math.exp(3) / (math.exp(3) + math.exp(4)))
    found = make_loss(config, [1, 1])(tf.constant([[1.0, 0.0]]), tf.constant([[3.0, 4.0]])).numpy()
    assert found == pytest.approx(2 * 0.4 + 3 * entropy + 0.5 * 20, rel=1e-6)


@pytest.mark.parametrize(
    "config",
    [{"name": name} for name in LOSSES]
    + [{"name": "class-balanced", "base": base} for base in ("sigmoid", "focal")],
)
def test_finite_with_extreme_logits_and_half_precision(config: dict[str, Any]) -> None:
    loss = make_loss(config, COUNTS)
    logits = tf.Variable([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4], [0.0, 0.0, 0.0]])
    targets = tf.constant([[1.0, 0, 0], [1.0, 0, 0], [0.3, 0.7, 0]])
    with tf.GradientTape() as tape:
        each = loss(targets, logits)
    assert each.shape == (3,)
    assert np.isfinite(each.numpy()).all()
    assert np.isfinite(tape.gradient(each, logits).numpy()).all()
    half = loss(tf.cast(targets, tf.float16), tf.cast(tf.constant(LOGITS[:3]), tf.float16))
    assert half.dtype == tf.float32
    np.testing.assert_allclose(half, loss(targets, tf.constant(LOGITS[:3])), rtol=2e-2, atol=1e-2)


def test_focal_still_pulls_where_keras_own_has_stopped() -> None:
    """A model that is sure of the wrong class has to get a gradient."""
    config = {"name": "focal", "smoothing": 0.0}
    logits = tf.Variable([[-50.0, 50.0, 0.0]])
    targets = tf.constant([[1.0, 0.0, 0.0]])
    with tf.GradientTape() as tape:
        each = make_loss(config, COUNTS)(targets, logits)
    assert tape.gradient(each, logits).numpy()[0, 0] == pytest.approx(-0.25, rel=1e-5)


def test_a_loss_runs_inside_a_graph() -> None:
    loss = make_loss({"name": "ldam"}, COUNTS)
    graph = tf.function(loss)(tf.constant(MIXED), tf.constant(LOGITS))
    np.testing.assert_allclose(graph, loss(tf.constant(MIXED), tf.constant(LOGITS)), rtol=1e-5)


@pytest.mark.parametrize(
    ("config", "counts", "reason"),
    [
        ({"name": "hinge"}, COUNTS, "name must be one of .*ldam.*got 'hinge'"),
        ({}, COUNTS, "got None"),
        ({"name": "focal", "beta": 0.9}, COUNTS, "focal has no option 'beta'; its options: alpha, gamma"),
        ({"name": "cross-entropy", "smoothing": 1.5}, COUNTS, "smoothing must be from 0 to 1, got 1.5"),
        ({"name": "cross-entropy", "smoothing": True}, COUNTS, "smoothing must be of the kind of 0.2"),
        ({"name": "cross-entropy", "smoothing": math.nan}, COUNTS, "smoothing must be from 0 to 1, got nan"),
        ({"name": "focal", "alpha": 0}, COUNTS, "alpha must be above 0, got 0"),
        ({"name": "class-balanced", "beta": 1.0}, COUNTS, "beta must be at least 0 and below 1, got 1.0"),
        ({"name": "class-balanced", "base": "hinge"}, COUNTS, "base must be one of softmax"),
        ({"name": "class-balanced"}, [5, 0, 2], r"at least one training picture of every class.*\[1\]"),
        ({"name": "ldam"}, [0, 0], r"ldam needs at least one .*got none of \[0, 1\]"),
        ({"name": "ldam", "scale": 0.0}, COUNTS, "scale must be above 0"),
        ({"name": "ccm", "weights": [1.0, 2.0]}, COUNTS, "weights must be three numbers"),
    ],
)
def test_refused(config: dict[str, Any], counts: list[int], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make_loss(config, counts)
