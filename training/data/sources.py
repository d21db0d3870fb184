"""The encoded pictures of a split, in their order or shuffled, and what decodes them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from training.data.labels import LABELS_FILE, read_labels
from training.data.release import ReleaseData
from training.data.seeds import generator, seed_of
from training.data.shards import Chunk, chunks

if TYPE_CHECKING:
    import tensorflow as tf

AT_ONCE = 16  # parts of shards that are read in turn
READ_BUFFER = 1 << 18  # bytes, of each of them
LISTS = 8  # splits whose lists of pictures are kept
_LISTED: dict[Any, tuple[Any, Any]] = {}


def in_order(data: ReleaseData, split: str) -> tf.data.Dataset:
    """Records, or pairs of path and category, in the order of the shards or of the labels."""
    from training.backend import tf

    if data.format == "imagefolder":
        return tf.data.Dataset.from_tensor_slices(_listed(data, split))
    _parts(data, split)  # checks them
    return tf.data.TFRecordDataset([str(shard) for shard in data.files[split]])


def shuffled(
    data: ReleaseData, split: str, seed: int, epoch: int, again: int, buffer: int
) -> tf.data.Dataset:
    """The same in an order that follows from seed, epoch and again.

    Shards are read in parts that are shuffled and taken in turn, as a release may have one shard a split, and
    the records go through a buffer. Pictures of a folder are shuffled as a whole.
    """
    from training.backend import tf

    random = generator(seed, epoch, again, "order")
    if data.format == "imagefolder":
        paths, categories = _listed(data, split)
        order = random.permutation(len(paths))
        return tf.data.Dataset.from_tensor_slices((paths[order], categories[order]))
    parts = _parts(data, split)
    order = random.permutation(len(parts))
    columns = (
        np.array([str(parts[place].path).encode() for place in order], object),
        np.array([parts[place].offset for place in order], np.int64),
        np.array([parts[place].records for place in order], np.int64),
    )
    part = tf.autograph.experimental.do_not_convert(_part)
    records = tf.data.Dataset.from_tensor_slices(columns).interleave(
        part, cycle_length=AT_ONCE, block_length=1, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
    return _through_buffer(records, min(buffer, data.size(split)), seed_of(seed, epoch, again, "buffer"))


def decoded(data: ReleaseData, *source: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """One record, or path and category: its picture, uint8 (H, W, 3), and category, int64.

    The picture is that of `inference.preprocess.decode_rgb`: libjpeg-turbo with the fast DCT.
    """
    from training.backend import tf

    if data.format == "imagefolder":
        path, category = source
        jpeg = tf.io.read_file(tf.strings.join([f"{data.folder}/", path]))
        return tf.io.decode_jpeg(jpeg, channels=3, dct_method="INTEGER_FAST"), category
    features = {
        "image": tf.io.FixedLenFeature([], tf.string),
        "category": tf.io.FixedLenFeature([], tf.int64),
    }
    found = tf.io.parse_single_example(source[0], features)
    picture = tf.io.decode_jpeg(found["image"], channels=3, dct_method="INTEGER_FAST")
    return tf.ensure_shape(picture, (data.side, data.side, 3)), found["category"]


def _listed(data: ReleaseData, split: str) -> tuple[Any, Any]:
    """Paths from the folder of the export, bytes, and categories, int64: some 100 bytes a picture.

    Kept as long as the labels keep their size and time of change, as each epoch asks again.
    """
    path = data.folder / LABELS_FILE
    stat = path.stat() if path.exists() else None
    key = (str(path), split, stat and stat.st_size, stat and stat.st_mtime_ns)
    if key not in _LISTED:
        lines = [(line.path.encode(), line.example.category) for line in read_labels(data, split)]
        paths, categories = zip(*lines, strict=True)
        while len(_LISTED) >= LISTS:
            del _LISTED[next(iter(_LISTED))]
        _LISTED[key] = np.array(paths, object), np.array(categories, np.int64)
    return _LISTED[key]


def _parts(data: ReleaseData, split: str) -> list[Chunk]:
    classes = len(data.classes)
    found = [part for shard in data.files[split] for part in chunks(shard, data.records[shard.name], classes)]
    data.check_counts(split, sum((part.counts for part in found), Counter()))
    return found


def _part(path: tf.Tensor, offset: tf.Tensor, records: tf.Tensor) -> tf.data.Dataset:
    """Records from an offset on, which tf.data.TFRecordDataset has no argument for."""
    from training.backend import tf

    variant = tf.raw_ops.TFRecordDatasetV2(
        filenames=[path], compression_type="", buffer_size=READ_BUFFER, byte_offsets=[offset]
    )
    return tf.data.experimental.from_variant(variant, tf.TensorSpec([], tf.string)).take(records)


def _through_buffer(records: tf.data.Dataset, buffer: int, seed: Any) -> tf.data.Dataset:
    """`records.shuffle(buffer)`, which would mix tf.random.set_seed into its seed."""
    from training.backend import tf

    variant = tf.raw_ops.ShuffleDatasetV3(
        input_dataset=tf.data.experimental.to_variant(records),
        buffer_size=buffer,
        seed=seed[0],
        seed2=seed[1],
        seed_generator=tf.raw_ops.DummySeedGenerator(),
        output_types=[tf.string],
        output_shapes=[tf.TensorShape([])],
        reshuffle_each_iteration=False,
    )
    return tf.data.experimental.from_variant(variant, records.element_spec)
