"""What all teachers have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from inference.errors import ModelError
from inference.folder import ModelClass
from training.teachers.pictures import Preparation

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass
class Teacher:
    """A network that only answers.

    forward: from prepared pictures (B, *preparation.shape) to logits (B, C), in a graph too.
    variables: all of its weights, in an order that is the same in every process; empty where they cannot
    be reached. sha256: of the files it was read from. classes: those of its outputs, where they are known.
    """

    name: str
    kind: str
    forward: Callable[[tf.Tensor], tf.Tensor]
    preparation: Preparation
    sha256: str
    variables: Sequence[Any] = ()
    classes: tuple[ModelClass, ...] | None = None
    keep: Any = field(default=None, repr=False)  # TensorFlow frees the variables of a SavedModel nobody holds
    outputs: int | None = None

    def logits(self, images: tf.Tensor) -> tf.Tensor:
        """images: float32 (B, S, S, 3), values 0-255, any S. Returns float32 (B, C), without a gradient."""
        from training.backend import tf

        logits = tf.cast(self.forward(self.preparation(images)), tf.float32)
        if self.outputs is not None:
            logits = tf.ensure_shape(logits, (None, self.outputs))
        return tf.stop_gradient(logits)

    def check(self, images: tf.Tensor) -> int:
        """Ask once, and remember the number of outputs; ModelError for anything but finite logits (B, C)."""
        logits = np.asarray(self.logits(images))
        batch = int(images.shape[0])
        if logits.ndim != 2 or logits.shape[0] != batch or logits.shape[1] < 2:
            raise ModelError(
                f"teacher {self.name} must give logits of shape ({batch}, classes) for {batch} pictures, "
                f"with 2 classes or more; got {logits.shape}"
            )
        if not np.isfinite(logits).all():
            raise ModelError(
                f"teacher {self.name} must give finite logits; {int((~np.isfinite(logits)).sum())} of "
                f"{logits.size} are not (teacher.scale, offset, mean and std say what values it is given)"
            )
        # 21,000 probabilities would pass for logits and teach next to nothing.
        if (logits >= 0).all() and np.allclose(logits.sum(axis=1), 1, atol=1e-3):
            raise ModelError(
                f"teacher {self.name} must give logits, and these are probabilities: "
                "none is negative and each row sums to 1"
            )
        if self.classes is not None and len(self.classes) != logits.shape[1]:
            raise ModelError(
                f"teacher {self.name} gives {logits.shape[1]} logits, but its classes are {len(self.classes)}"
            )
        self.outputs = int(logits.shape[1])
        return self.outputs
