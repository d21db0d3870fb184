"""Take a part of a picture and stretch it to the size that is wanted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from training.data.ops.draw import uniform
from training.data.ops.parameters import Span
from training.data.ops.registry import register

if TYPE_CHECKING:
    import tensorflow as tf

TRIES = 10


@register(
    "random_resized_crop",
    sizes=True,
    scale=Span((0.08, 1.0), 0.001, 1),
    ratio=Span((0.75, 1.3333), 0.01, 100),
)
def random_resized_crop(
    picture: tf.Tensor,
    seed: tf.Tensor,
    image_size: int,
    *,
    scale: tuple[float, float],
    ratio: tuple[float, float],
) -> tf.Tensor:
    """A part of the area drawn from `scale` with a width-to-height ratio drawn evenly on a logarithmic scale
    from `ratio`, anywhere in the picture (Szegedy et al. 2015, arXiv:1409.4842, section 6).

    Where none of ten drawn fits, the largest centred part with an allowed ratio. Bilinear, not antialiased.
    (H, W, 3) bytes or float32 to float32 (image_size, image_size, 3).
    """
    from training.backend import tf

    top, left, high, wide = crop_box(tf.shape(picture), seed, scale, ratio)
    part = tf.slice(picture, tf.stack([top, left, 0]), tf.stack([high, wide, 3]))
    return tf.image.resize(part, (image_size, image_size))


def crop_box(
    shape: tf.Tensor, seed: tf.Tensor, scale: tuple[float, float], ratio: tuple[float, float]
) -> tuple[tf.Tensor, ...]:
    """Top, left, height and width of the part, in pixels. shape: height and width first."""
    from training.backend import tf

    size = tf.cast(shape[:2], tf.float32)
    drawn = uniform(seed, (4, TRIES))
    area = size[0] * size[1] * (scale[0] + (scale[1] - scale[0]) * drawn[0])
    low, high = math.log(ratio[0]), math.log(ratio[1])
    shapes = tf.exp(low + (high - low) * drawn[1])
    sides = tf.round(tf.stack([tf.sqrt(area / shapes), tf.sqrt(area * shapes)]))  # (2, TRIES)
    fits = tf.reduce_all((sides >= 1) & (sides <= size[:, None]), axis=0)
    first = tf.argmax(fits)
    found = tf.where(fits[first], sides[:, first], centred_box(size, ratio))
    # Rounding could give 1 past the last place, as a float32 below 1 times a size may be that size.
    place = tf.minimum(tf.floor((size - found + 1) * drawn[2:, first]), size - found)
    place = tf.where(fits[first], place, tf.floor((size - found) / 2))
    top, left = tf.unstack(tf.cast(place, tf.int32))
    tall, wide = tf.unstack(tf.cast(found, tf.int32))
    return top, left, tall, wide


def centred_box(size: tf.Tensor, ratio: tuple[float, float]) -> tf.Tensor:
    """Height and width of the largest part with a ratio within bounds."""
    from training.backend import tf

    high, wide = size[0], size[1]
    tall = tf.clip_by_value(tf.round(wide / ratio[0]), 1.0, high)
    broad = tf.clip_by_value(tf.round(high * ratio[1]), 1.0, wide)
    return tf.stack([tall, broad])
