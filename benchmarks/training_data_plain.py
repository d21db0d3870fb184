"""The baseline of benchmarks.training_data: batches for training with Pillow and numpy alone.

    python -m benchmarks.training_data_plain BATCH FILE.tfr [...]

Written as one would without this project, so it imports nothing of it: records shuffled in memory, each
picture decoded, cropped and resized by Pillow, the batch mixed by numpy. Prints the seconds of the loop,
imports left out, as JSON.
"""

from __future__ import annotations

import io
import json
import math
import os
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from PIL import Image

SIDE = 96
CLASSES = 17


def box(wide: int, high: int) -> tuple[int, int, int, int]:
    for _ in range(10):
        area = wide * high * random.uniform(0.08, 1)
        ratio = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if w <= wide and h <= high:
            left, top = random.randint(0, wide - w), random.randint(0, high - h)
            return left, top, left + w, top + h
    return 0, 0, wide, high


def batches(paths: list[str], size: int) -> Iterator[tuple[Any, Any]]:
    records = list(tf.data.TFRecordDataset(paths).as_numpy_iterator())
    random.shuffle(records)
    for start in range(0, len(records), size):
        some = records[start : start + size]
        pictures = np.empty((len(some), SIDE, SIDE, 3), np.float32)
        targets = np.zeros((len(some), CLASSES), np.float32)
        for place, record in enumerate(some):
            features = tf.train.Example.FromString(record).features.feature
            with Image.open(io.BytesIO(features["image"].bytes_list.value[0])) as picture:
                part = picture.convert("RGB").resize(
                    (SIDE, SIDE), Image.Resampling.BILINEAR, box=box(*picture.size)
                )
            pictures[place] = np.asarray(part)
            targets[place, features["category"].int64_list.value[0]] = 1
        weights = np.random.rand(len(some)).astype(np.float32)
        others = np.random.permutation(len(some))
        blended = weights[:, None, None, None]
        pictures = pictures * blended + pictures[others] * (1 - blended)
        targets = targets * weights[:, None] + targets[others] * (1 - weights[:, None])
        yield tf.constant(pictures), tf.constant(targets)


def main() -> int:
    size, *paths = sys.argv[1:]
    begun, worked = time.perf_counter(), time.process_time()
    pictures = sum(int(targets.shape[0]) for _, targets in batches(paths, int(size)))
    seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    print(json.dumps({"pictures": pictures, "seconds": seconds, "cpu_seconds": cpu}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
