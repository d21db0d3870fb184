"""Blur a picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from training.data.ops.draw import uniform
from training.data.ops.parameters import Span
from training.data.ops.registry import register

if TYPE_CHECKING:
    import tensorflow as tf


@register("blur", chance=0.1, sigma=Span((0.1, 2.0), 0.01, 16))
def blur(picture: tf.Tensor, seed: tf.Tensor, *, sigma: tuple[float, float]) -> tf.Tensor:
    """A Gaussian whose standard deviation, in pixels, is drawn from `sigma`. Beyond an edge its pixels go
    on."""
    return blurred(picture, uniform(seed, low=sigma[0], high=sigma[1]), math.ceil(3 * sigma[1]))


def blurred(picture: tf.Tensor, sigma: tf.Tensor | float, radius: int) -> tf.Tensor:
    """The Gaussian is cut off `radius` pixels from its middle, and sums to 1."""
    from training.backend import tf

    away = tf.range(-radius, radius + 1, dtype=tf.float32)
    weights = tf.exp(-tf.square(away / sigma) / 2)
    weights /= tf.reduce_sum(weights)
    # As two products with a matrix: there are few pixels, and tf.pad can't repeat an edge.
    high, wide = tf.shape(picture)[0], tf.shape(picture)[1]
    found = tf.einsum("ij,jwc->iwc", _spread(high, weights, radius), picture)
    found = tf.einsum("ij,hjc->hic", _spread(wide, weights, radius), found)
    return tf.ensure_shape(tf.clip_by_value(found, 0.0, 255.0), picture.shape)


def _spread(size: tf.Tensor, weights: tf.Tensor, radius: int) -> tf.Tensor:
    """(size, size): what each pixel of a line gets from each."""
    from training.backend import tf

    sources = tf.clip_by_value(tf.range(size)[:, None] + tf.range(-radius, radius + 1)[None], 0, size - 1)
    return tf.reduce_sum(tf.one_hot(sources, size) * weights[None, :, None], axis=1)
