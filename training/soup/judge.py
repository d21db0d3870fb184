"""How good weights are on a set of pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.backend import tf
from training.data.batches import evaluation_batches
from training.data.damage import named_damage
from training.data.release import ReleaseData
from training.metrics import accuracy, confusion, macro_f1
from training.runs.weights import assign

METRICS: Mapping[str, Callable[[Any], Any]] = {"macro_f1": macro_f1, "accuracy": accuracy}


@dataclass(frozen=True)
class PictureSet:
    """A split of a release, to score on."""

    data: ReleaseData
    split: str

    @property
    def key(self) -> str:
        """The same for the same files, wherever they lie; another for another export of the same release."""
        files = sorted(self.data.sha256.items())
        digest = hashlib.sha256(repr((self.data.manifest_sha256, files)).encode()).hexdigest()
        return f"{self.data.release}/{self.split}/{digest}"

    def as_json(self) -> dict[str, Any]:
        return {
            "release": self.data.release,
            "split": self.split,
            "manifest_sha256": self.data.manifest_sha256,
            "pictures": self.data.size(self.split),
        }


class Judge:
    """Puts weights into a model and counts what it gets right.

    Every call counts anew, into a matrix of its own. A metric object that goes on counting would give the
    second candidate a score that is half the first one's.
    """

    def __init__(self, model: Any, *, batch: int, check: Callable[[], None]) -> None:
        self.model = model
        self._batch = batch
        self._check = check
        self._size = model.input_shape[1]
        shape = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
        self._predict = tf.function(lambda images: tf.argmax(model(images, training=False), -1), [shape])

    def confusion(self, weights: Mapping[str, np.ndarray], pictures: PictureSet) -> np.ndarray:
        """Counts (C, C): rows true, columns predicted."""
        assign(self.model.variables, weights, "the candidate")
        labels, predictions = [], []
        batches = evaluation_batches(pictures.data, pictures.split, image_size=self._size, batch=self._batch)
        with named_damage(pictures.data, pictures.split):
            for images, categories in batches:
                self._check()
                predictions.append(self._predict(images).numpy())
                labels.append(categories.numpy())
        classes = len(pictures.data.classes)
        return confusion(np.concatenate(labels), np.concatenate(predictions), classes)

    def score(self, weights: Mapping[str, np.ndarray], pictures: PictureSet, metric: str) -> float:
        return float(METRICS[metric](self.confusion(weights, pictures)))
