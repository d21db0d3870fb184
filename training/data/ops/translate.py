"""Move a picture by whole pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.data.ops.draw import uniform
from training.data.ops.parameters import Number
from training.data.ops.registry import register
from training.data.ops.transform import affine

if TYPE_CHECKING:
    import tensorflow as tf

PROPORTION = Number(0.1, 0, 1)


@register("translate_x", chance=0.5, proportion=PROPORTION)
def translate_x(picture: tf.Tensor, seed: tf.Tensor, *, proportion: float) -> tf.Tensor:
    """Sideways by up to `proportion` of the width, to either side."""
    return moved_x(picture, uniform(seed, low=-proportion, high=proportion))


@register("translate_y", chance=0.5, proportion=PROPORTION)
def translate_y(picture: tf.Tensor, seed: tf.Tensor, *, proportion: float) -> tf.Tensor:
    """Up or down by up to `proportion` of the height."""
    return moved_y(picture, uniform(seed, low=-proportion, high=proportion))


def moved_x(picture: tf.Tensor, part: tf.Tensor | float) -> tf.Tensor:
    """part: of the width, to the right; rounded to whole pixels."""
    return affine(picture, [1.0, 0.0, -_pixels(picture, 1, part)], [0.0, 1.0, 0.0])


def moved_y(picture: tf.Tensor, part: tf.Tensor | float) -> tf.Tensor:
    """part: of the height, down; rounded to whole pixels."""
    return affine(picture, [1.0, 0.0, 0.0], [0.0, 1.0, -_pixels(picture, 0, part)])


def _pixels(picture: tf.Tensor, axis: int, part: tf.Tensor | float) -> tf.Tensor:
    from training.backend import tf

    return tf.round(tf.cast(tf.shape(picture)[axis], tf.float32) * part)
