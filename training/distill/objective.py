"""What a student minimises: the divergence of its softened answers from those of its teacher.

Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural Network"
(https://arxiv.org/abs/1503.02531). With p and q the softmax of teacher's and student's logits, each divided
by a temperature T, a picture's loss is KL(p || q) = sum p (log p - log q).

The gradient of that shrinks with 1/T². Section 2 of the paper multiplies by T² when true labels are mixed in,
so that the mixture does not change with T. The published distillation has no labels and no T²; that is the
default. Without labels T² is a factor of the whole loss: to Adam and AdamW, which divide by the size of the
gradient, it makes a difference only beside the penalties on weights, which then count T² times less.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from training.backend import keras, tf
from training.distill.answers import Answers
from training.metrics import accuracy, confusion, macro_f1
from training.teachers import Teacher


def divergence(taught: tf.Tensor, learned: tf.Tensor, temperature: float) -> tf.Tensor:
    """KL of softened answers. taught, learned: logits (B, C). Returns float32 (B,), in nats, without T²."""
    log_p = tf.nn.log_softmax(tf.cast(taught, tf.float32) / temperature)
    log_q = tf.nn.log_softmax(tf.cast(learned, tf.float32) / temperature)
    return tf.reduce_sum(tf.exp(log_p) * (log_p - log_q), axis=-1)


class Distillation:
    """The objective of a distillation, for :func:`training.loop.fit`.

    temperature: above 0. squared: whether the divergence is multiplied by its square. alpha: share of the
    cross-entropy with the targets of the batches, 0-1. labelled: whether the teacher's outputs are the
    classes of the data; without, nothing is made of the labels and alpha must be 0. guard: called after each
    epoch, before anything of it is kept; raises where the teacher has changed.
    """

    name = "distillation"

    def __init__(
        self,
        teacher: Teacher,
        *,
        temperature: float,
        squared: bool = False,
        alpha: float = 0.0,
        labelled: bool = False,
    ) -> None:
        if not temperature > 0:
            raise ValueError(f"temperature must be above 0, got {temperature!r}")
        if not 0 <= alpha <= 1:
            raise ValueError(f"alpha must be from 0 to 1, got {alpha!r}")
        if alpha and not labelled:
            raise ValueError(
                f"alpha must be 0 where the teacher's outputs are not the classes of the data, got {alpha!r}"
            )
        self.teacher = teacher
        self.temperature = temperature
        self.factor = temperature**2 if squared else 1.0
        self.alpha = alpha
        self.labelled = labelled
        self.guard: Callable[[], object] = lambda: None
        self._answer: Any = None
        self._answers_of: Any = None

    def loss(
        self, model: keras.Model, images: tf.Tensor, targets: tf.Tensor, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Mean loss of the batch, and the part of it that is divergence. targets (B, classes of the data)."""
        taught, learned = self.teacher.logits(images), model(images, training=training)
        soft = tf.reduce_mean(divergence(taught, learned, self.temperature))
        parts = {"kl": soft}
        loss = self.factor * soft
        if self.alpha:
            logits = tf.cast(learned, tf.float32)
            hard = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets, logits))
            parts["labels"] = hard
            loss = (1 - self.alpha) * loss + self.alpha * hard
        return loss, parts

    def answers(self, model: keras.Model, batches: tf.data.Dataset) -> Answers:
        """What teacher and student say to pictures; batches of (images, categories)."""
        if self._answers_of is not model:
            self._answers_of, self._answer = model, self._compiled(model)
        found = [
            (categories.numpy(), *(value.numpy() for value in self._answer(images)))
            for images, categories in batches
        ]
        return Answers(*(np.concatenate(parts) for parts in zip(*found, strict=True)))

    def validate(self, model: keras.Model, batches: tf.data.Dataset) -> dict[str, float]:
        """loss, of which the labels are no part; agreement; where the classes are those of the data, more."""
        self.guard()
        answers = self.answers(model, batches)
        figures = {
            "loss": self.factor * float(answers.divergence.mean(dtype=np.float64)),
            "agreement": float(answers.agree.mean()),
        }
        if self.labelled:
            classes = int(self.teacher.outputs or 0)
            student = confusion(answers.labels, answers.student, classes)
            figures["accuracy"] = float(accuracy(student))
            figures["macro_f1"] = float(macro_f1(student))
            figures["teacher_accuracy"] = float(accuracy(confusion(answers.labels, answers.teacher, classes)))
        return figures

    def _compiled(self, model: keras.Model) -> Any:
        shape = (None, *model.input_shape[1:])

        @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32)])
        def answer(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            taught, learned = self.teacher.logits(images), model(images, training=False)
            each = divergence(taught, learned, self.temperature)
            return tf.argmax(taught, axis=-1), tf.argmax(learned, axis=-1), each

        return answer
