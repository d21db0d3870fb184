"""The `tfrecord` format: TFRecord files of 96 x 96 JPEGs, as the published training scripts read them.

Each record is a tf.train.Example with `image` (JPEG bytes) and `category` (int64), and besides `id` (SHA-256
of the original), `source` and `licence` (bytes), which readers that do not ask for them pass over.

TensorFlow is imported when pictures are written: the web process must not call `write`.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import simplejpeg
from django.template.loader import render_to_string

from curation.models import Release
from curation.selectors import crosstab
from curation.services.exports import tables
from curation.services.exports.content import READERS, Content, chunks, dataset_files
from curation.services.exports.folder import ExportFile, finish, write_tables
from curation.services.exports.output import Output
from curation.services.manifest import Row
from curation.services.progress import Progress
from inference.preprocess import make_preprocessing

SIDE = 96
QUALITY = 94
CHANGES = f"Changes: scaled to {SIDE} × {SIDE} pixels, aspect not kept, and saved as JPEG."
README_FILE = "README.md"
TABLES = {
    tables.LABELS_FILE: tables.TFRECORD_COLUMNS,
    tables.ATTRIBUTION_FILE: tables.ATTRIBUTION_COLUMNS,
}
OWN = ("id", "shard", "record", "file_sha256")
SHARD_PICTURES = 200_000  # one shard a split up to the size of the published set
# As the published files are named.
SPLIT_WORDS = {"train": "train", "test": "test", "validate": "validation", "survey": "survey"}
AT_ONCE = 64


def shard_names(release: Release, split: str, pictures: int, shard_pictures: int) -> list[str]:
    """NAME-96-train.tfr, or NAME-96-train-00000-of-00003.tfr and so on where there are several."""
    stem = f"{release.name}-{SIDE}-{SPLIT_WORDS[split]}"
    shards = -(-pictures // shard_pictures)
    if shards == 1:
        return [f"{stem}.tfr"]
    return [f"{stem}-{number:05d}-of-{shards:05d}.tfr" for number in range(shards)]


def training_jpeg(dataset_jpeg: bytes) -> bytes:
    """96 x 96 JPEG of a dataset rendition, resized as a model's input is (inference.preprocess: bilinear,
    no antialiasing, aspect not kept), so that training and prediction see the same pixels."""
    pixels = np.rint(make_preprocessing(SIDE)(dataset_jpeg)).clip(0, 255).astype(np.uint8)
    return bytes(
        simplejpeg.encode_jpeg(
            np.ascontiguousarray(pixels), quality=QUALITY, colorspace="RGB", colorsubsampling="444"
        )
    )


def write(
    content: Content, output: Output, progress: Progress, *, shard_pictures: int = SHARD_PICTURES
) -> list[ExportFile]:
    """Write everything; returns the list of files.

    The records of a split are shuffled by the release's seed (Content.shuffled), so that a reader need not
    shuffle all of it.
    """
    if shard_pictures < 1:
        raise ValueError(f"shard_pictures must be at least 1, got {shard_pictures}")
    shards: dict[str, dict[str, int]] = {}
    pictures = content.count("split")
    for split in content.splits:
        rows = content.shuffled(split)
        for name in shard_names(content.release, split, pictures[split], shard_pictures):
            own = islice(rows, shard_pictures)
            shards.setdefault(split, {})[name] = output.make(name, partial(_shard, own, progress), progress)
            deque(own, maxlen=0)  # those of a shard that was finished before
            progress.log(f"{name}: {shards[split][name]:,} records")
    folder = output.folder
    write_tables(content, folder, TABLES, (OWN, output.lines), CHANGES)
    (folder / README_FILE).write_bytes(readme(content, shards).encode())
    return finish(folder, content.facts(side=SIDE, shards=shards, shard_pictures=shard_pictures))


def _shard(rows: Iterable[Row], progress: Progress, path: Path) -> Iterator[list[str]]:
    """One file of records; yields the cells of OWN for each."""
    from training.backend import tf

    with tf.io.TFRecordWriter(str(path)) as writer:
        for number, (row, jpeg) in enumerate(_training_files(rows)):
            writer.write(_example(tf, row, jpeg))
            yield [row.sha256, path.name, str(number), hashlib.sha256(jpeg).hexdigest()]
            progress.advance()


def _training_files(rows: Iterable[Row]) -> Iterator[tuple[Row, bytes]]:
    with ThreadPoolExecutor(READERS) as pool:
        for some in chunks(dataset_files(rows), AT_ONCE):
            made = pool.map(training_jpeg, [picture for _, picture in some])
            yield from zip((row for row, _ in some), made, strict=True)


def _example(tf: Any, row: Row, jpeg: bytes) -> bytes:
    def text(value: bytes) -> Any:
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    features = {
        "image": text(jpeg),
        "category": tf.train.Feature(int64_list=tf.train.Int64List(value=[row.category_index])),
        "id": text(row.sha256.encode()),
        "source": text(row.source.encode()),
        "licence": text(row.licence.encode()),
    }
    example = tf.train.Example(features=tf.train.Features(feature=features))
    # Map fields have no order of their own; without this the same release could give other bytes.
    return bytes(example.SerializeToString(deterministic=True))


def readme(content: Content, shards: dict[str, dict[str, int]]) -> str:
    counts = crosstab.Crosstab.of(content.count("category", "source"))
    return render_to_string(
        "releases/readme/tfrecord.md",
        {
            "content": content,
            "crosstab": crosstab.to_markdown(counts),
            "shards": [
                (split, name, records) for split, each in shards.items() for name, records in each.items()
            ],
            "tables": [
                (name, [(column, tables.described(column)) for column in columns])
                for name, columns in TABLES.items()
            ],
            "side": SIDE,
            "quality": QUALITY,
        },
    )
