"""Mirror a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.data.ops.registry import register

if TYPE_CHECKING:
    import tensorflow as tf


@register("flip_left_right", chance=0.5)
def flip_left_right(picture: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Left becomes right."""
    return picture[:, ::-1]


@register("flip_up_down", chance=0.5)
def flip_up_down(picture: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Up becomes down."""
    return picture[::-1]
