"""Read TFRecord files of pictures and categories, as training does. Other features are passed over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf


def read_records(paths: Sequence[Path], *, image_size: int = 96) -> tf.data.Dataset:
    """The records of the shards in their order.

    paths: one or more shards of one split. image_size: pixels of both sides of every picture.
    Returns a dataset of pairs: picture, uint8 (image_size, image_size, 3) with values 0-255; category,
    int64 scalar. Raises ValueError without paths; reading raises tf.errors.DataLossError for a damaged
    record and tf.errors.InvalidArgumentError for one without the two features, or with another size.
    """
    from training.backend import tf

    if not paths:
        raise ValueError("paths must name at least one TFRecord file, got none")
    features = {
        "image": tf.io.FixedLenFeature([], tf.string),
        "category": tf.io.FixedLenFeature([], tf.int64),
    }

    def decode(record: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        found = tf.io.parse_single_example(record, features)
        picture = tf.io.decode_jpeg(found["image"], channels=3)
        return tf.ensure_shape(picture, (image_size, image_size, 3)), found["category"]

    records = tf.data.TFRecordDataset([str(path) for path in paths])
    return records.map(decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
