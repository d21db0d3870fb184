"""Training records, made without TensorFlow: a small JPEG, a tf.train.Example around it, TFRecord framing.

The bytes are those of `Example.SerializeToString(deterministic=True)` and tf.io.TFRecordWriter. Imports
neither Django nor TensorFlow, so that the processes of `crew` start at once.

Format of the file: length (uint64), its checksum, the record, its checksum; little endian, checksums masked
CRC-32C (tensorflow/core/lib/io/record_writer.h, tensorflow/core/lib/hash/crc32c.h). Format of the record:
tensorflow/core/example/example.proto and feature.proto, in protocol buffers' wire format.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import NamedTuple

from curation.services.exports.crew_files import LOST, content
from curation.services.exports.training_jpeg import training_jpeg
from inference.errors import PictureError
from inference.records import masked_crc32c


class Task(NamedTuple):
    """What a record is made of. picture: the dataset rendition, as the path of its file or as its bytes."""

    picture: str | bytes
    category: int
    sha256: str
    source: str
    licence: str


class Made(NamedTuple):
    """Framed records one behind the other, and the SHA-256 of each picture in them.

    fault: what is wrong with the task behind the last one that was made, where something is: LOST or words.
    """

    records: bytes
    sums: list[str]
    fault: str = ""


def made(tasks: Sequence[Task]) -> Made:
    """The records of some pictures, up to the first that can't be read."""
    records: list[bytes] = []
    sums: list[str] = []
    for task in tasks:
        try:
            jpeg = training_jpeg(content(task.picture))
        except FileNotFoundError:
            return Made(b"".join(records), sums, LOST)
        except (OSError, PictureError) as error:
            return Made(b"".join(records), sums, str(error))
        records.append(framed(example(jpeg, task.category, task.sha256, task.source, task.licence)))
        sums.append(hashlib.sha256(jpeg).hexdigest())
    return Made(b"".join(records), sums)


def example(image: bytes, category: int, sha256: str, source: str, licence: str) -> bytes:
    """A tf.train.Example. Its features stand in the order of their names: a map has none of its own, and
    without one the same release could give other bytes. Raises ValueError for a category below 0."""
    features = b"".join(
        (
            # An Int64List packs its values.
            _feature(b"category", _field(3, _field(1, _varint(category)))),
            _feature(b"id", _text(sha256.encode())),
            _feature(b"image", _text(image)),
            _feature(b"licence", _text(licence.encode())),
            _feature(b"source", _text(source.encode())),
        )
    )
    return _field(1, features)


def _feature(name: bytes, value: bytes) -> bytes:
    """An entry of the map Features.feature."""
    return _field(1, _field(1, name) + _field(2, value))


def _text(value: bytes) -> bytes:
    """A Feature with a BytesList of one value."""
    return _field(1, _field(1, value))


def _field(number: int, content: bytes) -> bytes:
    """A field with a length (wire type 2)."""
    return bytes((number << 3 | 2,)) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    if value < 0:
        raise ValueError(f"expected 0 or more, got {value}")
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def framed(record: bytes) -> bytes:
    """A record as it stands in a TFRecord file."""
    length = struct.pack("<Q", len(record))
    return b"".join((length, _checksum(length), record, _checksum(record)))


def _checksum(content: bytes) -> bytes:
    return struct.pack("<I", masked_crc32c(content))
