"""Turn a picture counter-clockwise by one, two or three quarters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.data.ops.registry import register

if TYPE_CHECKING:
    import tensorflow as tf


@register("rotate_90", chance=0.25)
def rotate_90(picture: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """By a quarter: what was at the right is at the top."""
    return _turned(picture, 1)


@register("rotate_180", chance=0.25)
def rotate_180(picture: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """By a half."""
    return _turned(picture, 2)


@register("rotate_270", chance=0.25)
def rotate_270(picture: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """By three quarters: what was at the left is at the top."""
    return _turned(picture, 3)


def _turned(picture: tf.Tensor, quarters: int) -> tf.Tensor:
    from training.backend import tf

    return tf.image.rot90(picture, quarters)
