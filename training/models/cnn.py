"""A small convolutional network: quick on a CPU, and enough for what shows in few pixels, as stains do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.backend import keras
from training.models.seeds import seed_for


def build_cnn(
    classes: int,
    image_size: int,
    *,
    filters: Sequence[int],
    dropout: float,
    seed: int | None = None,
    name: str = "cnn",
) -> keras.Model:
    """RGB pictures (N, image_size, image_size, 3), float32 0-255, to logits (N, classes), float32.

    A 3x3 convolution with stride 2, batch normalisation and ReLU for each of the filters; then mean and
    maximum of each channel side by side, because a small stain on a large sheet drowns in the mean. With the
    same ``seed`` the weights are the same. Raises ValueError naming the argument, the rule and the value.
    """
    _check(classes, image_size, filters, dropout)
    inputs = keras.Input((image_size, image_size, 3), name="input")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(inputs)
    for place, count in enumerate(filters):
        x = keras.layers.Conv2D(
            count,
            3,
            strides=2,
            padding="same",
            use_bias=False,
            kernel_initializer=_drawn(seed, f"conv{place}"),
            name=f"conv{place}",
        )(x)
        x = keras.layers.BatchNormalization(momentum=0.9, name=f"norm{place}")(x)
        x = keras.layers.ReLU(name=f"relu{place}")(x)
    x = keras.layers.Concatenate(name="output_pool")(
        [
            keras.layers.GlobalAveragePooling2D(name="output_mean")(x),
            keras.layers.GlobalMaxPooling2D(name="output_max")(x),
        ]
    )
    if dropout:
        x = keras.layers.Dropout(dropout, seed=seed_for(seed, "dropout"), name="output_dropout")(x)
    logits = keras.layers.Dense(
        classes, kernel_initializer=_drawn(seed, "output_dense"), dtype="float32", name="output_dense"
    )
    return keras.Model(inputs, logits(x), name=name)


def _drawn(seed: int | None, name: str) -> Any:
    return keras.initializers.HeNormal(seed=seed_for(seed, name))


def _check(classes: int, image_size: int, filters: Sequence[int], dropout: float) -> None:
    if not filters or not all(
        isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in filters
    ):
        raise ValueError(f"filters must be at least one whole number of at least 1, got {list(filters)!r}")
    for name, value, least in (("classes", classes, 1), ("image_size", image_size, 2 ** len(filters))):
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout must be at least 0 and below 1, got {dropout!r}")
