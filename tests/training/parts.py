"""What tests of the training loop are made of: a small network with dropout and noise, noisy pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from training.backend import keras, tf
from training.loop import FitResult, fit
from training.progress import Progress, Silent
from training.runs.folder import RunFolder

CLASSES = 3
SIZE = 8


def network(seed: int = 0, *, noisy: bool = True) -> keras.Model:
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.GaussianNoise(0.1)(x) if noisy else x
    x = keras.layers.Conv2D(4, 3, kernel_regularizer=keras.regularizers.L2(1e-3), name="conv")(x)
    x = keras.layers.LayerNormalization(name="norm")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(0.2)(x) if noisy else x
    return keras.Model(inputs, keras.layers.Dense(CLASSES, name="logits")(x))


def pictures(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures whose class is the brightest channel, and one-hot targets."""
    random = np.random.default_rng(seed)
    images = random.uniform(0, 255, (count, SIZE, SIZE, 3)).astype(np.float32)
    labels = random.integers(0, CLASSES, count)
    images[np.arange(count), :, :, labels] += 60
    return images, np.eye(CLASSES, dtype=np.float32)[labels]


class Plain:
    """Cross-entropy, judged by loss and accuracy."""

    name = "plain"

    def loss(self, model: Any, images: Any, targets: Any, training: bool) -> tuple[Any, dict[str, Any]]:
        logits = model(images, training=training)
        each = keras.losses.categorical_crossentropy(targets, logits, from_logits=True)
        return tf.reduce_mean(each), {"largest": tf.reduce_mean(tf.reduce_max(logits, -1))}

    def validate(self, model: Any, batches: Any) -> dict[str, float]:
        right, losses = [], []
        for images, targets in batches:
            logits = model(images, training=False)
            right += list(np.argmax(logits, -1) == np.argmax(targets, -1))
            losses += list(
                np.asarray(keras.losses.categorical_crossentropy(targets, logits, from_logits=True))
            )
        return {"accuracy": float(np.mean(right)), "loss": float(np.mean(losses))}


def batches(epoch: int, *, count: int = 20, batch: int = 6, seed: int = 0) -> tf.data.Dataset:
    """The same pictures in another order each epoch; the last batch is smaller."""
    images, targets = pictures(count, seed)
    order = np.random.default_rng((seed, epoch)).permutation(count)
    return tf.data.Dataset.from_tensor_slices((images[order], targets[order])).batch(batch)


def held_back() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(pictures(12, seed=9)).batch(5)


def train(
    folder: Path, model: keras.Model | None = None, *, progress: Progress | None = None, **options: Any
) -> tuple[keras.Model, FitResult]:
    """Fit a small network in a run folder."""
    model = model or network()
    run = RunFolder.create(folder, "train", {"seed": 0}, None)
    settings: dict[str, Any] = {
        "train": batches,
        "validation": held_back,
        "optimizer": keras.optimizers.AdamW(0.01),
        "stage": 1,
        "epochs": 3,
        "patience": 10,
        "monitor": "accuracy",
        "mode": "max",
        **options,
    }
    objective = settings.pop("objective", Plain())
    return model, fit(model, objective, run=run, progress=progress or Silent(), **settings)
