"""Move the pixels of a picture along straight lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf


def affine(picture: tf.Tensor, across: list[tf.Tensor | float], down: list[tf.Tensor | float]) -> tf.Tensor:
    """A picture of the same size whose pixel (x, y) is taken from (a x + b y + c, d x + e y + f).

    across: a, b, c; down: d, e, f; x to the right and y down, in pixels from the centre of the first one.
    Bilinear between pixels; beyond an edge the pixels of the edge go on.
    """
    from training.backend import tf

    numbers = [tf.cast(each, tf.float32) for each in (*across, *down, 0.0, 0.0)]
    found = tf.raw_ops.ImageProjectiveTransformV3(
        images=picture[None],
        transforms=tf.stack(numbers)[None],
        output_shape=tf.shape(picture)[:2],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )[0]
    return tf.ensure_shape(found, picture.shape)


def middle(size: tf.Tensor) -> tf.Tensor:
    """Where the middle of so many pixels is, in pixels from the centre of the first one."""
    from training.backend import tf

    return (tf.cast(size, tf.float32) - 1) / 2
