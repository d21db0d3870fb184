"""Lighten or darken what is dark in a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.data.ops.parameters import Number
from training.data.ops.registry import register

if TYPE_CHECKING:
    import tensorflow as tf


@register("solarize_add", chance=0.1, addition=Number(0.1, -1, 1), threshold=Number(0.1, 0, 1))
def solarize_add(picture: tf.Tensor, seed: tf.Tensor, *, addition: float, threshold: float) -> tf.Tensor:
    """Add to all values below the threshold, as AutoAugment's SolarizeAdd does (Cubuk et al. 2019,
    arXiv:1805.09501). Both as a part of the range 0-255."""
    from training.backend import tf

    lit = tf.clip_by_value(picture + addition * 255.0, 0.0, 255.0)
    return tf.where(picture < threshold * 255.0, lit, picture)
