"""Proof that a teacher taught and did not learn.

In Keras' own example of distillation teacher and student were once exchanged, and nothing failed. So the
weights are hashed before and after, and the same pictures are asked before and after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from inference.errors import ModelError
from training.fingerprint import sha256_of_arrays
from training.teachers.teacher import Teacher

if TYPE_CHECKING:
    import tensorflow as tf

# Sums of a GPU may be taken in another order the second time; a step of training moves more than this.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class TeacherState:
    """What a teacher is at one moment. sha256 is None where its variables cannot be reached."""

    sha256: str | None
    variables: int
    probe: np.ndarray  # logits (B, C) of some pictures

    def as_json(self) -> dict[str, Any]:
        return {
            "weights_sha256": self.sha256,
            "variables": self.variables,
            "probe_sha256": sha256_of_arrays([self.probe]),
        }


def state_of(teacher: Teacher, pictures: tf.Tensor) -> TeacherState:
    """Hash all variables and answer ``pictures``, float32 (B, S, S, 3)."""
    arrays = [variable.numpy() for variable in teacher.variables]
    return TeacherState(
        sha256_of_arrays(arrays) if arrays else None, len(arrays), np.asarray(teacher.logits(pictures))
    )


def check_unmoved(name: str, before: TeacherState, after: TeacherState) -> float:
    """The largest difference between the answers before and after, relative to the largest logit.

    Raises ModelError when a weight has changed, or an answer by more than ``TOLERANCE``.
    """
    if before.sha256 != after.sha256:
        raise ModelError(
            f"the weights of teacher {name} must not move, and they did: SHA-256 {before.sha256} before, "
            f"{after.sha256} after"
        )
    if before.probe.shape != after.probe.shape:
        raise ModelError(
            f"teacher {name} gave logits of shape {before.probe.shape} before, {after.probe.shape} after"
        )
    largest = max(float(np.abs(before.probe).max()), float(np.finfo(np.float32).tiny))
    difference = float(np.abs(before.probe - after.probe).max()) / largest
    if not difference <= TOLERANCE:
        raise ModelError(
            f"teacher {name} must answer the same pictures the same before and after, to {TOLERANCE:g} of "
            f"its largest logit; the answers differ by {difference:g}"
        )
    return difference
