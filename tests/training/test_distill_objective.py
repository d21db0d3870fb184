"""The objective of distillation by hand: divergence, gradient, what is counted."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from training.backend import tf
from training.distill.answers import Answers, counts
from training.distill.objective import Distillation, divergence
from training.teachers import Preparation, Teacher


def test_the_divergence_by_hand() -> None:
    """T = 2 makes of the logits 2, 0 the odds e : 1, and p = .731059, .268941; q is a half each.

    KL(p || q) = ln 2 - H(p) = .693147 - .582203; the other way round it would be .120115.
    """
    found = divergence(tf.constant([[2.0, 0.0]]), tf.constant([[5.0, 5.0]]), 2.0)
    assert found.numpy()[0] == pytest.approx(0.110944, abs=1e-6)
    assert divergence(tf.constant([[3.0, 1.0]]), tf.constant([[13.0, 11.0]]), 12.5).numpy()[0] == 0


def test_the_gradient_is_the_difference_of_the_softened_answers_over_the_temperature() -> None:
    taught, learned = tf.constant([[4.0, 0.0, -4.0]]), tf.constant([[0.0, 1.0, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(learned)
        loss = divergence(taught, learned, 4.0)
    softened = [np.exp(one / 4) / np.exp(one / 4).sum() for one in (taught.numpy(), learned.numpy())]
    np.testing.assert_allclose(tape.gradient(loss, learned), (softened[1] - softened[0]) / 4, atol=1e-6)


def teacher_of(answer: Any, outputs: int = 2) -> Teacher:
    return Teacher("by hand", "function", answer, Preparation(8), "0" * 64, outputs=outputs)


def test_temperature_squared_and_true_labels_by_hand() -> None:
    images, targets = tf.zeros((2, 8, 8, 3)), tf.constant([[1.0, 0.0], [0.0, 1.0]])
    teacher = teacher_of(lambda pictures: tf.tile([[2.0, 0.0]], (2, 1)))

    def student(pictures: Any, training: bool) -> Any:
        return tf.constant([[0.0, math.log(3)], [0.0, math.log(3)]])

    # q = softmax of (0, ln 3) / 2 = 1 : sqrt 3; the cross-entropies are ln 4 and ln 4/3.
    p = 1 / (1 + math.exp(-1))
    q = 1 / (1 + math.sqrt(3))
    kl = p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))
    hard = (math.log(4) + math.log(4 / 3)) / 2
    for squared, alpha, wanted in (
        (False, 0.0, kl),
        (True, 0.0, 4 * kl),
        (True, 0.25, 0.75 * 4 * kl + 0.25 * hard),
    ):
        objective = Distillation(teacher, temperature=2.0, squared=squared, alpha=alpha, labelled=True)
        loss, parts = objective.loss(student, images, targets, training=True)
        assert float(loss) == pytest.approx(wanted, rel=1e-5)
        assert float(parts["kl"]) == pytest.approx(kl, rel=1e-5)
        assert ("labels" in parts) == bool(alpha)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"temperature": 0.0}, "temperature must be above 0"),
        ({"temperature": 1.0, "alpha": 1.5, "labelled": True}, "alpha must be from 0 to 1"),
        ({"temperature": 1.0, "alpha": 0.5}, "the teacher's outputs are not the classes of the data"),
    ],
)
def test_objectives_that_make_no_sense(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Distillation(teacher_of(None), **options)


def test_who_was_right_by_hand() -> None:
    answers = Answers(
        labels=np.array([0, 0, 0, 1, 1, 2]),
        teacher=np.array([0, 0, 1, 1, 0, 0]),
        student=np.array([0, 1, 0, 1, 0, 1]),
        divergence=np.float32([1, 2, 3, 4, 5, 6]),
    )
    first = counts(answers, answers.labels == 0, labelled=True)
    assert first == {
        "pictures": 3,
        "agreement": pytest.approx(1 / 3),
        "divergence": 2.0,
        "teacher_accuracy": pytest.approx(2 / 3),
        "student_accuracy": pytest.approx(2 / 3),
        "both_right": 1,
        "only_teacher_right": 1,
        "only_student_right": 1,
        "both_wrong": 0,
    }
    assert counts(answers, answers.labels == 2, labelled=True)["both_wrong"] == 1
    assert counts(answers, answers.labels == 9, labelled=False) == {
        "pictures": 0,
        "agreement": None,
        "divergence": None,
    }
