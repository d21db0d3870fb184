"""What teacher and student said, and where they differ. Importing this needs no TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Answers:
    """Of N pictures in their order: their classes in the data, the largest output of teacher and student, all
    whole numbers (N,), and the divergence, float32 (N,)."""

    labels: np.ndarray
    teacher: np.ndarray
    student: np.ndarray
    divergence: np.ndarray

    @property
    def agree(self) -> np.ndarray:
        return self.teacher == self.student


def counts(answers: Answers, chosen: np.ndarray, *, labelled: bool) -> dict[str, Any]:
    """Pictures and agreement among those chosen (a mask); with labels, who was right.

    Shares are None where there are no pictures.
    """
    teacher = answers.teacher[chosen] == answers.labels[chosen]
    student = answers.student[chosen] == answers.labels[chosen]
    found: dict[str, Any] = {
        "pictures": int(chosen.sum()),
        "agreement": _share(answers.agree[chosen]),
        "divergence": _share(answers.divergence[chosen]),
    }
    if labelled:
        found |= {
            "teacher_accuracy": _share(teacher),
            "student_accuracy": _share(student),
            "both_right": int((teacher & student).sum()),
            "only_teacher_right": int((teacher & ~student).sum()),
            "only_student_right": int((~teacher & student).sum()),
            "both_wrong": int((~teacher & ~student).sum()),
        }
    return found


def _share(values: np.ndarray) -> float | None:
    return float(values.mean(dtype=np.float64)) if values.size else None
