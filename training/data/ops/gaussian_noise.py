"""Add noise to a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.data.ops.draw import normal, uniform
from training.data.ops.parameters import Number
from training.data.ops.registry import register

if TYPE_CHECKING:
    import tensorflow as tf


@register("gaussian_noise", chance=0.1, max_sd=Number(0.1, 0, 1))
def gaussian_noise(picture: tf.Tensor, seed: tf.Tensor, *, max_sd: float) -> tf.Tensor:
    """Each value gets noise of its own, with a standard deviation of 0 to `max_sd` of the range 0-255 that is
    drawn for the picture; what leaves the range is cut off."""
    from training.backend import tf

    sd = uniform(seed, high=max_sd * 255.0)
    # The seed of the noise must be another one, or the first value would tell the deviation.
    noise = normal(tf.reverse(seed, [0]), tf.shape(picture))
    return tf.clip_by_value(picture + sd * noise, 0.0, 255.0)
