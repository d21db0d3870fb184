"""Take the colour out of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.data.ops.registry import register

if TYPE_CHECKING:
    import tensorflow as tf

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue: ITU-R BT.601


@register("grayscale", chance=0.1)
def grayscale(picture: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """All three channels become the luma."""
    from training.backend import tf

    return tf.broadcast_to(luma(picture), tf.shape(picture))


def luma(picture: tf.Tensor) -> tf.Tensor:
    """(H, W, 3) to (H, W, 1)."""
    from training.backend import tf

    return tf.reduce_sum(picture * tf.constant(LUMA), axis=-1, keepdims=True)
