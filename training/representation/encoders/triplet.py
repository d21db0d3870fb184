"""The triplet network: pictures of a class nearer to each other than to those of other classes.

A triplet's loss is max(0, d(anchor, positive) - d(anchor, negative) + margin), d being the Euclidean
distance of features (Schroff et al. 2015, https://arxiv.org/abs/1503.03832, there with squares). The features
are taken as they are, not brought to a length of 1.
"""

from __future__ import annotations

from typing import Any

from training.backend import tf

# Added to each difference, so that two equal pictures have a gradient; too little to be seen in a loss.
EPSILON = 1e-6


def distances(one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    """Euclidean, (N,), of features (N, D)."""
    return tf.norm(tf.cast(one, tf.float32) - tf.cast(other, tf.float32) + EPSILON, axis=-1)


def triplet_losses(anchor: tf.Tensor, positive: tf.Tensor, negative: tf.Tensor, margin: float) -> tf.Tensor:
    """Loss of each triplet, (N,). Features (N, D)."""
    return tf.nn.relu(distances(anchor, positive) - distances(anchor, negative) + margin)


class Triplets:
    """The objective for batches of ((anchors, positives, negatives), anything), each (B, S, S, 3).

    All three go through the network as one batch, so that a batch normalisation sees them together. Beside
    the loss, ``right`` is the share of triplets whose negative is farther away than the positive.
    """

    name = "triplets"

    def __init__(self, margin: float = 1.0) -> None:
        if not margin > 0:
            raise ValueError(f"margin must be above 0, got {margin!r}")
        self.margin = margin
        self._parts: Any = None

    def loss(
        self, model: Any, images: tuple[tf.Tensor, ...], targets: tf.Tensor, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        losses, right = self._judged(model, images, training)
        return tf.reduce_mean(losses), {"right": tf.reduce_mean(right)}

    def validate(self, model: Any, batches: tf.data.Dataset) -> dict[str, float]:
        if self._parts is None:
            one = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
            self._parts = tf.function(
                lambda *images: self._judged(model, images, training=False), [one, one, one]
            )
        found = [self._parts(*images) for images, _targets in batches]
        losses, right = (tf.concat(each, axis=0) for each in zip(*found, strict=True))
        return {"loss": float(tf.reduce_mean(losses)), "right": float(tf.reduce_mean(right))}

    def _judged(
        self, model: Any, images: tuple[tf.Tensor, ...], training: bool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        features = tf.split(model(tf.concat(images, axis=0), training=training), 3)
        anchor, positive, negative = features
        nearer = distances(anchor, positive) < distances(anchor, negative)
        return triplet_losses(anchor, positive, negative, self.margin), tf.cast(nearer, tf.float32)
