"""The classifier: an encoder with the head of two dense layers that fastai puts on its networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from training import metrics
from training.backend import keras, tf
from training.objectives import Classification

HIDDEN = 512


def build_classifier(encoder: keras.Model, classes: int, hidden: int = HIDDEN) -> keras.Model:
    """Pictures in, logits (N, classes) out. It shares the encoder's layers.

    Features, batch normalisation, dropout .25, dense without bias, ReLU, batch normalisation, dropout .5,
    dense.
    """
    layers = keras.layers
    x = layers.BatchNormalization(epsilon=1e-5, momentum=0.9, name="head1_norm")(encoder.output)
    x = layers.Dropout(0.25, name="head1_dropout")(x)
    x = layers.Dense(hidden, use_bias=False, name="head1_dense")(x)
    x = layers.Activation("relu", name="head1_relu")(x)
    x = layers.BatchNormalization(epsilon=1e-5, momentum=0.9, name="head2_norm")(x)
    x = layers.Dropout(0.5, name="head2_dropout")(x)
    return keras.Model(encoder.inputs[0], layers.Dense(classes, name="logits")(x), name="classifier")


class TopClassification(Classification):
    """Cross-entropy; judged by loss, accuracy, macro F1 and by whether the class is among the first five."""

    def __init__(self, classes: int, top: int = 5) -> None:
        super().__init__(
            lambda targets, logits: tf.nn.softmax_cross_entropy_with_logits(targets, logits), classes
        )
        self._top = top

    def validate(self, model: Any, batches: tf.data.Dataset) -> dict[str, float]:
        """batches: (images, categories)."""
        logits, labels = self._logits(model, batches)
        counts = metrics.confusion(labels, logits.argmax(axis=-1), self._classes)
        return {
            "loss": float(metrics.cross_entropy(logits, labels).mean()),
            "accuracy": float(metrics.accuracy(counts)),
            f"top_{self._top}": in_top(logits, labels, self._top),
            "macro_f1": float(metrics.macro_f1(counts, present_only=True)),
        }


def in_top(logits: np.ndarray, labels: np.ndarray, top: int) -> float:
    """Share of pictures whose class has one of the highest logits; a class counts only those above it."""
    own = np.take_along_axis(logits, labels[:, None], axis=-1)
    return float(((logits > own).sum(axis=-1) < top).mean())
