"""What training makes small: losses between soft targets and logits, chosen by name.

cross-entropy   with label smoothing (Szegedy et al. 2016, https://arxiv.org/abs/1512.00567), as Keras'
focal           Lin et al. 2017, https://arxiv.org/abs/1708.02002, over classes as Keras'
                CategoricalFocalCrossentropy has it
class-balanced  Cui et al. 2019, https://arxiv.org/abs/1901.05555: weights by the effective number of pictures
ldam            Cao et al. 2019, https://arxiv.org/abs/1906.07413: margins that grow as classes get smaller
ccm             cosine loss, cross-entropy and squared error together, as in the published training script;
                the three and their sums: Barz and Denzler 2020, https://arxiv.org/abs/1901.09054

Every loss is computed in float32 (float16 and bfloat16 are cast up) from log-probabilities, so that it and
its gradient stay finite however sure a model is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.backend import keras, tf
from training.choices import LOSSES
from training.named import chosen, within

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

BASES = ("softmax", "sigmoid", "focal")
SMALLEST = 1e-7


def make_loss(config: Mapping[str, Any], class_counts: Sequence[int]) -> Loss:
    """The loss of that configuration.

    config: name and options, see ``LOSSES``. class_counts: pictures of each class in the training split, in
    output order; only class-balanced and ldam look at them, and they refuse a class without pictures.
    Returns a function of targets (B, C), which sum to 1 a row and may be mixed, and logits (B, C); it gives
    the loss of each example, float32 (B,). Raises ValueError naming the option, the rule and the value.
    """
    options = chosen("loss", config, LOSSES)
    name = options.pop("name")
    if "smoothing" in options:
        within("loss", options, "smoothing", 0, 1, "from 0 to 1")
    if name == "focal":
        return _focal(**options)
    if name == "class-balanced":
        return _class_balanced(_counts(name, class_counts), **options)
    if name == "ldam":
        return _ldam(_counts(name, class_counts), **options)
    if name == "ccm":
        return _ccm(**options)
    return _cross_entropy(**options)


def effective_weights(counts: Sequence[int] | NDArray[Any], beta: float) -> NDArray[np.float64]:
    """(1 - beta) / (1 - beta^n) of each class, scaled to a mean of 1 (Cui et al. 2019, equation 3)."""
    n = np.asarray(counts, np.float64)
    # expm1 and log keep 1 - beta^n apart from 0 and 1 for a beta such as .999999.
    rarity = (1 - beta) / -np.expm1(n * math.log(beta)) if beta else np.ones_like(n)
    scaled: NDArray[np.float64] = rarity * len(n) / rarity.sum()
    return scaled


def margins(counts: Sequence[int] | NDArray[Any], max_margin: float) -> NDArray[np.float64]:
    """C / n^(1/4) of each class, C such that the smallest class has ``max_margin`` (Cao et al. 2019)."""
    rarity = np.asarray(counts, np.float64) ** -0.25
    scaled: NDArray[np.float64] = rarity * (max_margin / rarity.max())
    return scaled


def _counts(name: str, class_counts: Sequence[int]) -> NDArray[np.float64]:
    counts = np.asarray(class_counts, np.float64)
    if counts.ndim != 1 or not len(counts) or not (counts >= 1).all():
        empty = [place for place, n in enumerate(class_counts) if n < 1]
        raise ValueError(
            f"loss: {name} needs at least one training picture of every class, got none of {empty!r}"
        )
    return counts


def _wide(targets: tf.Tensor, logits: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return tf.cast(targets, tf.float32), tf.cast(logits, tf.float32)


def _smoothed(targets: tf.Tensor, smoothing: float) -> tf.Tensor:
    if not smoothing:
        return targets
    return targets * (1.0 - smoothing) + smoothing / tf.cast(tf.shape(targets)[-1], tf.float32)


def _cross_entropy(smoothing: float) -> Loss:
    def loss(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        return keras.losses.categorical_crossentropy(
            *_wide(targets, logits), from_logits=True, label_smoothing=smoothing
        )

    return loss


def _focal(alpha: float, gamma: float, smoothing: float) -> Loss:
    within("loss", {"alpha": alpha}, "alpha", SMALLEST, math.inf, "above 0")
    within("loss", {"gamma": gamma}, "gamma", 0, math.inf, "at least 0")

    # Keras' own clips probabilities at 1e-7, where its gradient ends; this one is the same between.
    def loss(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        targets, logits = _wide(targets, logits)
        logs = tf.nn.log_softmax(logits)
        unsure = tf.pow(tf.maximum(-tf.math.expm1(logs), SMALLEST), gamma)
        return -alpha * tf.reduce_sum(_smoothed(targets, smoothing) * unsure * logs, axis=-1)

    return loss


def _class_balanced(counts: NDArray[np.float64], beta: float, base: str, gamma: float) -> Loss:
    if not 0 <= beta < 1:
        raise ValueError(f"loss: beta must be at least 0 and below 1, got {beta!r}")
    if base not in BASES:
        raise ValueError(f"loss: base must be one of {', '.join(BASES)}, got {base!r}")
    within("loss", {"gamma": gamma}, "gamma", 0, math.inf, "at least 0")
    weights = tf.constant(effective_weights(counts, beta), tf.float32)

    def loss(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        targets, logits = _wide(targets, logits)
        # A mixed picture weighs as much as its parts do together.
        weight = tf.linalg.matvec(targets, weights)
        if base == "softmax":
            return weight * tf.nn.softmax_cross_entropy_with_logits(targets, logits)
        each = tf.nn.sigmoid_cross_entropy_with_logits(targets, logits)
        if base == "focal":
            # (1 - p)^gamma of a picture of the class, p^gamma of another, between them what is mixed.
            surely = targets * tf.math.log_sigmoid(-logits) + (1.0 - targets) * tf.math.log_sigmoid(logits)
            each *= tf.exp(gamma * surely)
        return weight * tf.reduce_sum(each, axis=-1)

    return loss


def _ldam(counts: NDArray[np.float64], max_margin: float, scale: float) -> Loss:
    within("loss", {"max_margin": max_margin}, "max_margin", 0, math.inf, "at least 0")
    within("loss", {"scale": scale}, "scale", SMALLEST, math.inf, "above 0")
    # [c, j]: what is taken from logit j where c is the class.
    taken = tf.constant(np.diag(margins(counts, max_margin)), tf.float32)

    def loss(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        targets, logits = _wide(targets, logits)
        # The loss as if each class were the right one, (B, C), then mixed as the targets are.
        held_back = scale * (logits[:, tf.newaxis, :] - taken)
        each = -tf.linalg.diag_part(tf.nn.log_softmax(held_back))
        return tf.reduce_sum(targets * each, axis=-1)

    return loss


def _ccm(weights: Sequence[float], smoothing: float) -> Loss:
    if len(weights) != 3 or not all(isinstance(one, int | float) and one >= 0 for one in weights):
        raise ValueError(f"loss: weights must be three numbers of at least 0, got {weights!r}")
    entropy = _cross_entropy(smoothing)

    def loss(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        targets, logits = _wide(targets, logits)
        cosine = 1.0 - tf.reduce_sum(targets * tf.math.l2_normalize(logits, axis=-1), axis=-1)
        squared = tf.reduce_sum(tf.math.squared_difference(logits, targets), axis=-1)
        return weights[0] * cosine + weights[1] * entropy(targets, logits) + weights[2] * squared

    return loss
