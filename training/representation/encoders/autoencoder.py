"""The autoencoder: a picture is drawn again from what the encoder kept of it.

After the features come a dense layer to the latent values, and a decoder that doubles the sides again and
again by repeating pixels, each time followed by a convolution: transposed convolutions would leave chequered
patterns (Odena et al. 2016, https://doi.org/10.23915/distill.00003). The last layer is a sigmoid; the loss is
the mean squared difference from the picture with values 0-1.
"""

from __future__ import annotations

from typing import Any

from training.backend import keras, tf
from training.config import ConfigError

LARGEST_START = 16
FIRST_CHANNELS = 256
LEAST_CHANNELS = 16


def build_autoencoder(encoder: keras.Model, latent: int = 256) -> keras.Model:
    """Pictures (N, S, S, 3) with values 0-255 in, the same with 0-1 out. It shares the encoder's layers.

    S is halved down to at least 4 as long as it is even; the decoder begins there. Raises ConfigError where
    that leaves more than 16.
    """
    size = int(encoder.input_shape[1])
    start, doublings = _start(size)
    layers = keras.layers
    x = layers.Dense(latent, name="latent")(encoder.output)
    x = layers.Dense(start * start * FIRST_CHANNELS, name="decoder_first")(x)
    x = layers.Reshape((start, start, FIRST_CHANNELS), name="decoder_reshape")(x)
    channels = FIRST_CHANNELS
    for number in range(1, doublings + 1):
        channels = max(channels // 2, LEAST_CHANNELS)
        name = f"decoder{number}"
        x = layers.UpSampling2D(2, interpolation="nearest", name=f"{name}_double")(x)
        x = layers.Conv2D(channels, 3, padding="same", use_bias=False, name=f"{name}_conv")(x)
        x = layers.BatchNormalization(epsilon=1e-5, momentum=0.9, name=f"{name}_norm")(x)
        x = layers.Activation("relu", name=f"{name}_relu")(x)
    x = layers.Conv2D(3, 3, padding="same", activation="sigmoid", name="drawn")(x)
    return keras.Model(encoder.inputs[0], x, name="autoencoder")


def _start(size: int) -> tuple[int, int]:
    """Side that the decoder begins with, and how often it is doubled."""
    start, doublings = size, 0
    while start % 2 == 0 and start >= 8:
        start, doublings = start // 2, doublings + 1
    if start > LARGEST_START:
        raise ConfigError(
            f"image_size of an autoencoder must come to at most {LARGEST_START} by halving, as 256 and 224 "
            f"do; got {size}, which comes to {start}"
        )
    return start, doublings


class Reconstruction:
    """Mean squared difference between the picture, 0-1, and what was drawn."""

    name = "reconstruction"

    def __init__(self) -> None:
        self._each: Any = None

    def loss(
        self, model: Any, images: tf.Tensor, targets: tf.Tensor, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        return tf.reduce_mean(squared(images, model(images, training=training))), {}

    def validate(self, model: Any, batches: tf.data.Dataset) -> dict[str, float]:
        if self._each is None:
            signature = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
            self._each = tf.function(lambda some: squared(some, model(some, training=False)), [signature])
        losses = tf.concat([self._each(images) for images, _targets in batches], axis=0)
        return {"loss": float(tf.reduce_mean(losses))}


def squared(images: tf.Tensor, drawn: tf.Tensor) -> tf.Tensor:
    """Loss of each picture, (N,). images 0-255, drawn 0-1."""
    return tf.reduce_mean(tf.square(images / 255.0 - drawn), axis=(1, 2, 3))
