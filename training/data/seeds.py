"""Seeds of what is drawn at random, each following from the seed and the epoch alone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import tensorflow as tf


def check_whole(least: int = 1, **values: int) -> None:
    """ValueError for a value that is no whole number of at least `least`, naming it."""
    for name, value in values.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")


def seed_of(*of: int | str) -> NDArray[np.int64]:
    """Two numbers, as tf.random.stateless_* take them, that follow from what they are for."""
    digest = hashlib.sha256(":".join(map(str, of)).encode()).digest()
    return np.frombuffer(digest[:16], "<i8")


def generator(*of: int | str) -> np.random.Generator:
    """numpy's generator, seeded by what it is for."""
    return np.random.default_rng(seed_of(*of).view(np.uint64))


def at(seed: NDArray[np.int64] | tf.Tensor, place: tf.Tensor) -> tf.Tensor:
    """The seed of a picture or batch by its place in the epoch, int64 (2,). Neighbours are as independent as
    any two: Philox scrambles its key."""
    from training.backend import tf

    return tf.stack([seed[0], seed[1] + tf.cast(place, tf.int64)])


def of_op(seed: tf.Tensor, number: int) -> tf.Tensor:
    """The seed of one operation on a picture or batch, the others of which it shares no numbers with."""
    from training.backend import tf

    return tf.stack([seed[0] + number, seed[1]])
