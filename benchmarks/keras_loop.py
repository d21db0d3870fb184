"""The baseline of benchmarks.predict: a folder predicted with TensorFlow and Keras alone.

    python -m benchmarks.keras_loop --model FOLDER --images DIR --output FILE.tsv [--input loop|tfdata]

Written as one would without this project, so it imports nothing of it: tf.io.decode_image, tf.image.resize,
model.predict. `loop` decodes one picture after the other; `tfdata` lets tf.data decode on all CPUs.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow as tf

READABLE = (".jpg", ".jpeg", ".png", ".gif", ".bmp")
CHUNK = 1024


def decoded(path: Any, size: int) -> Any:
    """(size, size, 3) float32, 0-255."""
    picture = tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
    return tf.image.resize(picture, (size, size))


def loop(model: keras.Model, paths: list[str], batch: int) -> Iterator[Any]:
    """Logits of shape (n, K), one chunk after the other."""
    size = model.input_shape[1]
    for start in range(0, len(paths), CHUNK):
        pictures = tf.stack([decoded(path, size) for path in paths[start : start + CHUNK]])
        yield model.predict(pictures, batch_size=batch, verbose=0)


def tfdata(model: keras.Model, paths: list[str], batch: int) -> Iterator[Any]:
    """As `loop`, in one chunk."""
    size = model.input_shape[1]

    def load(path: Any) -> Any:
        picture = decoded(path, size)
        picture.set_shape((size, size, 3))
        return picture

    pictures = tf.data.Dataset.from_tensor_slices(paths).map(load, num_parallel_calls=tf.data.AUTOTUNE)
    yield model.predict(pictures.batch(batch).prefetch(tf.data.AUTOTUNE), verbose=0)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.keras_loop", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--model", type=Path, required=True, help="a model folder")
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--input", choices=("loop", "tfdata"), default="loop")
    arguments = parser.parse_args()

    model = keras.models.load_model(arguments.model / "model.keras", compile=False)
    description = json.loads((arguments.model / "model.json").read_text(encoding="utf-8"))
    files = sorted(file for file in arguments.images.rglob("*") if file.suffix.lower() in READABLE)
    predict = loop if arguments.input == "loop" else tfdata
    logits = predict(model, [str(file) for file in files], arguments.batch)
    with arguments.output.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, delimiter="\t", lineterminator="\n")
        names = [one["name"] for one in description["classes"]]
        rows.writerow(["file", "prediction", *names])
        probabilities = (row for chunk in logits for row in tf.nn.softmax(chunk).numpy())
        for file, row in zip(files, probabilities, strict=True):
            name = file.relative_to(arguments.images).as_posix()
            rows.writerow([name, names[int(row.argmax())], *(f"{value:.6f}" for value in row)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
