"""The baseline of benchmarks.tfrecord: pictures to TFRecords with Pillow and TensorFlow alone.

    python -m benchmarks.tfrecord_plain LIST.tsv FILE.tfr

Written as one would without this project, so it imports nothing of it. LIST: path, category, id, source and
licence of each picture. Prints the seconds of the loop, imports left out, as JSON.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf
from PIL import Image


def text(value: bytes) -> Any:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def main() -> int:
    listed, out = sys.argv[1:]
    with Path(listed).open(newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))
    begun, worked = time.perf_counter(), time.process_time()
    with tf.io.TFRecordWriter(out) as writer:
        for path, category, sha256, source, licence in rows:
            with Image.open(path) as picture:
                small = picture.convert("RGB").resize((96, 96), Image.Resampling.BILINEAR)
            jpeg = io.BytesIO()
            small.save(jpeg, "JPEG", quality=94, subsampling="4:4:4")
            features = {
                "image": text(jpeg.getvalue()),
                "category": tf.train.Feature(int64_list=tf.train.Int64List(value=[int(category)])),
                "id": text(sha256.encode()),
                "source": text(source.encode()),
                "licence": text(licence.encode()),
            }
            example = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(example.SerializeToString())
    seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
