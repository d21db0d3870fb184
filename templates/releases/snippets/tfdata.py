# Release {{ release }} with tf.data: 96 x 96 pixels, number of the class.
from pathlib import Path

import tensorflow as tf

FOLDER = Path("{{ folder }}")  # what the ZIP unpacks to
FILES = """
{{ files }}
""".split()
SPLITS = "{{ splits }}".split()


def parse(record):
    features = {
        "image": tf.io.FixedLenFeature([], tf.string),
        "category": tf.io.FixedLenFeature([], tf.int64),
    }
    found = tf.io.parse_single_example(record, features)
    return tf.io.decode_jpeg(found["image"], channels=3), found["category"]


def load(split):
    files = [str(FOLDER / name) for name in FILES if name.startswith(f"{{ release }}-96-{split}")]
    pictures = tf.data.TFRecordDataset(files).map(parse, tf.data.AUTOTUNE)
    return pictures.batch(256).prefetch(tf.data.AUTOTUNE)


data = {split: load(split) for split in SPLITS}
