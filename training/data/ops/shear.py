"""Slant a picture about its middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.data.ops.draw import uniform
from training.data.ops.parameters import Number
from training.data.ops.registry import register
from training.data.ops.transform import affine, middle

if TYPE_CHECKING:
    import tensorflow as tf

PROPORTION = Number(0.1, 0, 1)


@register("shear_x", chance=0.5, proportion=PROPORTION)
def shear_x(picture: tf.Tensor, seed: tf.Tensor, *, proportion: float) -> tf.Tensor:
    """Rows move sideways, each next one by up to `proportion` of a pixel more, to either side."""
    return sheared_x(picture, uniform(seed, low=-proportion, high=proportion))


@register("shear_y", chance=0.5, proportion=PROPORTION)
def shear_y(picture: tf.Tensor, seed: tf.Tensor, *, proportion: float) -> tf.Tensor:
    """Columns move up or down, each next one by up to `proportion` of a pixel more."""
    return sheared_y(picture, uniform(seed, low=-proportion, high=proportion))


def sheared_x(picture: tf.Tensor, slant: tf.Tensor | float) -> tf.Tensor:
    """slant: pixels to the right that each next row is moved by; the middle row stays."""
    from training.backend import tf

    return affine(picture, [1.0, -slant, slant * middle(tf.shape(picture)[0])], [0.0, 1.0, 0.0])


def sheared_y(picture: tf.Tensor, slant: tf.Tensor | float) -> tf.Tensor:
    """slant: pixels down that each next column is moved by; the middle column stays."""
    from training.backend import tf

    return affine(picture, [1.0, 0.0, 0.0], [-slant, 1.0, slant * middle(tf.shape(picture)[1])])
