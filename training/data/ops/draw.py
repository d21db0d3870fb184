"""Random numbers of ops: always from a seed that is given, and the same on every device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf


def uniform(seed: tf.Tensor, shape: Sequence[int] = (), low: float = 0.0, high: float = 1.0) -> tf.Tensor:
    """float32 of low to high."""
    from training.backend import tf

    return tf.random.stateless_uniform(shape, seed, low, high, alg="philox")


def normal(seed: tf.Tensor, shape: tf.Tensor) -> tf.Tensor:
    """float32 around 0 with the standard deviation 1."""
    from training.backend import tf

    return tf.random.stateless_normal(shape, seed, alg="philox")
