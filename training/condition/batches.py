"""Pictures that are mapped into memory as batches; an epoch is a function of data, seed and its number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from training.data.augment import Augmentation
from training.data.seeds import at, generator, seed_of

if TYPE_CHECKING:
    import tensorflow as tf

Places = NDArray[np.int64]


class Pictures(Protocol):
    """Labelled pictures of one size that are read by their places."""

    @property
    def labels(self) -> NDArray[np.int64]: ...

    def read(self, places: Places) -> NDArray[np.uint8]: ...


def order(labels: NDArray[np.int64], seed: int, epoch: int, *, even: bool, most: int = 0) -> Places:
    """The places of an epoch in a drawn order.

    even: each class as often as the others, small ones several times over (all of it before any comes again);
    the epoch is as long as without. most: at most so many, 0 for all.
    """
    random = generator(seed, epoch, "order")
    if not even:
        drawn: Places = random.permutation(len(labels))
        return drawn[: most or len(drawn)]
    classes = np.unique(labels)
    length = min(most or len(labels), len(labels))
    parts = []
    for number, label in enumerate(classes):
        own = np.flatnonzero(labels == label)
        wanted = length // len(classes) + (number < length % len(classes))
        rounds = -(-wanted // len(own))
        parts.append(np.concatenate([random.permutation(own) for _ in range(rounds)])[:wanted])
    return random.permutation(np.concatenate(parts))


def training_batches(
    pictures: Pictures, settings: Mapping[str, Any], classes: int, image_size: int, epoch: int
) -> tf.data.Dataset:
    """Pairs: augmented pictures, float32 (B, image_size, image_size, 3), 0-255; targets, float32 (B, C)."""
    from training.backend import tf

    seed, batch = settings["seed"], settings["batch"]
    places = order(
        pictures.labels,
        seed,
        epoch,
        even=settings["balance"] == "sampling",
        most=settings.get("tiles_an_epoch", 0),
    )
    augment = Augmentation.from_config(settings["augment"])
    per_picture, per_batch = seed_of(seed, epoch, "pictures"), seed_of(seed, epoch, "batches")

    @tf.autograph.experimental.do_not_convert
    def prepare(number: tf.Tensor, source: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        picture, label = source
        return augment.picture(picture, at(per_picture, number), image_size), tf.one_hot(label, classes)

    found = _read(pictures, places, image_size, batch).unbatch().enumerate()
    found = found.map(prepare, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).batch(batch)
    if augment.mixes:
        counts = np.bincount(pictures.labels, minlength=classes).tolist()

        @tf.autograph.experimental.do_not_convert
        def mix(number: tf.Tensor, some: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
            return augment.batch(*some, at(per_batch, number), counts)

        found = found.enumerate().map(mix)
    length = tf.data.experimental.assert_cardinality(-(-len(places) // batch))
    return found.apply(length).prefetch(tf.data.AUTOTUNE)


def validation_batches(pictures: Pictures, image_size: int, batch: int) -> tf.data.Dataset:
    """Pairs of pictures as they are, and their classes (B,), in their order."""
    from training.backend import tf

    found = _read(pictures, np.arange(len(pictures.labels)), image_size, batch)
    return found.map(lambda some, labels: (tf.cast(some, tf.float32), labels)).prefetch(tf.data.AUTOTUNE)


def _read(pictures: Pictures, places: Places, image_size: int, batch: int) -> tf.data.Dataset:
    """Batches of bytes and classes. A batch is read by one call into Python: a call a picture takes longer
    than the picture."""
    from training.backend import tf

    def read(some: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        pixels = tf.numpy_function(pictures.read, [some], tf.uint8)
        return tf.ensure_shape(pixels, (None, image_size, image_size, 3)), tf.gather(labels, some)

    labels = tf.constant(pictures.labels)
    return tf.data.Dataset.from_tensor_slices(places).batch(batch).map(read)
