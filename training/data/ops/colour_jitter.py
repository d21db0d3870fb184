"""Change brightness, contrast, saturation and hue of a picture a little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.data.ops.draw import uniform
from training.data.ops.grayscale import luma
from training.data.ops.parameters import Number
from training.data.ops.registry import register

if TYPE_CHECKING:
    import tensorflow as tf

FACTOR = Number(0.4, 0, 1)


@register(
    "colour_jitter",
    chance=0.8,
    brightness=FACTOR,
    contrast=FACTOR,
    saturation=FACTOR,
    hue=Number(0.1, 0, 0.5),
)
def colour_jitter(
    picture: tf.Tensor, seed: tf.Tensor, *, brightness: float, contrast: float, saturation: float, hue: float
) -> tf.Tensor:
    """Multiply each of the three by a factor of 1 - x to 1 + x, x being its parameter, and turn the hue by up
    to `hue` of the circle to either side; in this order, values cut off at 0 and 255 after each."""
    by = uniform(seed, (4,), low=-1.0, high=1.0)
    if brightness:
        picture = brightened(picture, 1 + brightness * by[0])
    if contrast:
        picture = contrasted(picture, 1 + contrast * by[1])
    if saturation:
        picture = saturated(picture, 1 + saturation * by[2])
    if hue:
        picture = turned(picture, hue * by[3])
    return picture


def brightened(picture: tf.Tensor, factor: tf.Tensor | float) -> tf.Tensor:
    """Away from black."""
    from training.backend import tf

    return _between(tf.zeros([]), picture, factor)


def contrasted(picture: tf.Tensor, factor: tf.Tensor | float) -> tf.Tensor:
    """Away from the mean luma of the picture."""
    from training.backend import tf

    return _between(tf.reduce_mean(luma(picture)), picture, factor)


def saturated(picture: tf.Tensor, factor: tf.Tensor | float) -> tf.Tensor:
    """Away from the luma of each pixel."""
    return _between(luma(picture), picture, factor)


def turned(picture: tf.Tensor, turn: tf.Tensor | float) -> tf.Tensor:
    """Hue by a part of the circle."""
    from training.backend import tf

    return tf.clip_by_value(tf.image.adjust_hue(picture / 255.0, turn) * 255.0, 0.0, 255.0)


def _between(start: tf.Tensor, picture: tf.Tensor, factor: tf.Tensor | float) -> tf.Tensor:
    from training.backend import tf

    return tf.clip_by_value(start + (picture - start) * factor, 0.0, 255.0)
