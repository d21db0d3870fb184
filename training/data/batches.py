"""A split as batches of pictures, for training and for evaluation.

What training sees is a function of the files, the seed and the number of the epoch alone: it does not depend
on the number of CPUs, on what was drawn before or on TensorFlow's own seed. So an epoch can be had again,
which is what an exact resume needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from training.data.release import ReleaseData
from training.data.seeds import at, check_whole, seed_of

if TYPE_CHECKING:
    import tensorflow as tf

    from training.data.augment import Augmentation

SHUFFLE_BUFFER = 8192  # encoded pictures, some 50 MB


def training_batches(
    data: ReleaseData,
    split: str,
    *,
    image_size: int,
    batch: int,
    seed: int,
    epoch: int,
    augment: Augmentation | None,
    shuffle_buffer: int = SHUFFLE_BUFFER,
    repeat: int = 1,
) -> tf.data.Dataset:
    """The pictures of an epoch, in an order of its own and augmented.

    image_size: pixels of both sides of what is given out. augment: None for pictures as they are. repeat:
    times that each picture comes, in another order and augmented anew. `len()` of the result is the number of
    batches; the last one has what is left.

    Returns pairs: pictures, float32 (B, image_size, image_size, 3) with values 0-255; targets, float32
    (B, C), each summing to 1. Raises DataError where the split can't be read (all of its records are looked
    at when it is first used), ValueError for a number that makes no sense.
    """
    from training.backend import tf
    from training.data import sources

    data.check_split(split)
    check_whole(image_size=image_size, batch=batch, shuffle_buffer=shuffle_buffer, repeat=repeat)
    check_whole(least=0, seed=seed, epoch=epoch)
    classes = len(data.classes)
    per_picture, per_batch = seed_of(seed, epoch, "pictures"), seed_of(seed, epoch, "batches")
    found = sources.shuffled(data, split, seed, epoch, 0, shuffle_buffer)
    for again in range(1, repeat):
        found = found.concatenate(sources.shuffled(data, split, seed, epoch, again, shuffle_buffer))
    found = found.apply(tf.data.experimental.assert_cardinality(data.size(split) * repeat))

    @tf.autograph.experimental.do_not_convert  # there is nothing to, and looking takes its time
    def prepare(number: tf.Tensor, source: Any) -> tuple[tf.Tensor, tf.Tensor]:
        picture, category = sources.decoded(data, *(source if isinstance(source, tuple) else (source,)))
        if augment is None:
            picture = sized(picture, image_size)
        else:
            picture = augment.picture(picture, at(per_picture, number), image_size)
        return picture, tf.one_hot(category, classes)

    found = found.enumerate().map(prepare, num_parallel_calls=tf.data.AUTOTUNE).batch(batch)
    if augment is not None and augment.mixes:
        counts = [n * repeat for n in data.class_counts(split)]

        @tf.autograph.experimental.do_not_convert
        def mix(number: tf.Tensor, some: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
            return augment.batch(*some, at(per_batch, number), counts)

        found = found.enumerate().map(mix, num_parallel_calls=tf.data.AUTOTUNE)
    return _finished(found)


def evaluation_batches(data: ReleaseData, split: str, *, image_size: int, batch: int) -> tf.data.Dataset:
    """The pictures of a split in their order, which is that of `examples`.

    Returns pairs: pictures, float32 (B, image_size, image_size, 3) with values 0-255, bit for bit those of
    `inference.preprocess`; categories, int64 (B,). Raises as `training_batches`.
    """
    from training.backend import tf
    from training.data import sources

    data.check_split(split)
    check_whole(image_size=image_size, batch=batch)

    @tf.autograph.experimental.do_not_convert
    def prepare(*source: Any) -> tuple[tf.Tensor, tf.Tensor]:
        picture, category = sources.decoded(data, *source)
        return sized(picture, image_size), category

    found = sources.in_order(data, split)
    found = found.apply(tf.data.experimental.assert_cardinality(data.size(split)))
    return _finished(found.map(prepare, num_parallel_calls=tf.data.AUTOTUNE).batch(batch))


def sized(picture: tf.Tensor, image_size: int) -> tf.Tensor:
    """(H, W, 3) to float32 (image_size, image_size, 3): bilinear, neither antialiased nor keeping the aspect,
    as `inference.preprocess` does."""
    from training.backend import tf

    if picture.shape[:2] != (image_size, image_size):
        picture = tf.image.resize(picture, (image_size, image_size))
    return tf.ensure_shape(tf.cast(picture, tf.float32), (image_size, image_size, 3))


def _finished(batches: tf.data.Dataset) -> tf.data.Dataset:
    from training.backend import tf

    options = tf.data.Options()
    options.deterministic = True
    # Files can't be shared out between replicas where there is one; batches can.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return batches.prefetch(tf.data.AUTOTUNE).with_options(options)
