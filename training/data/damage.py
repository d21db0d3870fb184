"""Which picture it was, where reading a split failed. TensorFlow does not say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inference.errors import PictureError
from inference.preprocess import decode_rgb
from training.data.errors import DataError
from training.data.labels import read_labels
from training.data.release import ReleaseData
from training.data.shards import read_shard


@contextmanager
def named_damage(data: ReleaseData, *splits: str) -> Iterator[None]:
    """Around what goes through batches of the splits: DataError naming the picture that can't be read,
    instead of TensorFlow's error. An error where all can be read has another cause and is left as it is."""
    from training.backend import tf

    try:
        yield
    except (tf.errors.DataLossError, tf.errors.InvalidArgumentError, tf.errors.NotFoundError) as error:
        for split in splits:
            if found := find_damage(data, split):
                raise found from error
        raise


def find_damage(data: ReleaseData, split: str) -> DataError | None:
    """Decode one picture of the split after the other, until one can't be."""
    try:
        for where, picture in _pictures(data, split):
            try:
                shape = decode_rgb(picture).shape[:2]
            except PictureError as error:
                return DataError(f"{where} can't be decoded: {error}")
            if data.side and shape != (data.side, data.side):
                return DataError(f"{where} must have {data.side} x {data.side} pixels, got {shape}")
    except DataError as error:
        return error
    return None


def _pictures(data: ReleaseData, split: str) -> Iterator[tuple[str, bytes]]:
    if data.format == "tfrecord":
        for shard in data.files[split]:
            records = read_shard(shard, data.records[shard.name], len(data.classes))
            for number, record in enumerate(records):
                yield f"{shard}, record {number}: the picture", record.image
        return
    for line in read_labels(data, split):
        path = Path(data.folder, line.path)
        try:
            yield str(path), path.read_bytes()
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error}") from error
