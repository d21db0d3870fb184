"""Make a negative of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.data.ops.registry import register

if TYPE_CHECKING:
    import tensorflow as tf


@register("invert", chance=0.1)
def invert(picture: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Light becomes dark: 255 less the value."""
    return 255.0 - picture
