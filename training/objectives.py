"""What training minimises and how it is judged: a classifier against the classes of its pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from training import metrics
from training.backend import tf
from training.losses import Loss


class Classification:
    """A loss between targets and logits (``losses.make_loss``); judged by loss, accuracy and macro F1."""

    name = "classification"

    def __init__(self, loss: Loss, classes: int) -> None:
        self._loss = loss
        self._classes = classes
        self._predict: Any = None

    def loss(
        self, model: Any, images: tf.Tensor, targets: tf.Tensor, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        return tf.reduce_mean(self._loss(targets, model(images, training=training))), {}

    def validate(self, model: Any, batches: tf.data.Dataset) -> dict[str, float]:
        """batches: (images, categories); the loss is that of training, on whole categories."""
        logits, labels = self._logits(model, batches)
        counts = metrics.confusion(labels, logits.argmax(axis=-1), self._classes)
        targets = np.eye(self._classes, dtype=np.float32)[labels]
        return {
            "loss": float(np.mean(self._loss(tf.constant(targets), tf.constant(logits)).numpy())),
            "accuracy": float(metrics.accuracy(counts)),
            "macro_f1": float(metrics.macro_f1(counts)),
        }

    def _logits(self, model: Any, batches: tf.data.Dataset) -> tuple[np.ndarray, np.ndarray]:
        if self._predict is None:
            signature = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
            self._predict = tf.function(lambda images: model(images, training=False), [signature])
        logits, labels = [], []
        for images, categories in batches:
            logits.append(self._predict(images).numpy())
            labels.append(categories.numpy())
        return np.concatenate(logits), np.concatenate(labels)
