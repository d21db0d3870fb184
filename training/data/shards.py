"""The records of a TFRecord file, read and checked without TensorFlow.

Format of the file: length (uint64), its checksum, the record, its checksum; little endian, checksums masked
CRC-32C (tensorflow/core/lib/io/record_reader.cc). TensorFlow tells of a damaged record where in its stream it
was, not in which file or which record.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from inference.records import masked_crc32c, parse_example
from training.data.errors import DataError
from training.data.examples import Example

HEAD = 12  # bytes before a record
TAIL = 4  # and behind it
CHUNK = 1024  # records that are read one behind the other when a shard is shuffled
JPEG = b"\xff\xd8\xff"


class Record(NamedTuple):
    """offset: of the record in its file, in bytes."""

    offset: int
    example: Example
    image: bytes


class Chunk(NamedTuple):
    """Records that stand one behind the other. offset: of the first one, in bytes. counts: category ->
    records."""

    path: Path
    offset: int
    records: int
    counts: Counter[int]


def read_shard(path: Path, records: int, classes: int) -> Iterator[Record]:
    """All records of a shard. records: how many it must hold; classes: categories are below this.

    Raises DataError naming the shard and the record, counted from 0.
    """
    number = offset = 0
    for offset, record in _framed(path, records):
        yield Record(offset, *_parsed(path, number, record, classes))
        number += 1
    if number != records:
        raise DataError(f"{path} must hold {records:,} records, it ends after {number:,}")


def chunks(path: Path, records: int, classes: int) -> tuple[Chunk, ...]:
    """A shard in parts of CHUNK records, all of it checked as `read_shard` does.

    What was found is kept as long as the file keeps its size and time of change, as each epoch asks again.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    return _chunks(path, records, classes, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=4096)
def _chunks(path: Path, records: int, classes: int, _size: int, _changed: int) -> tuple[Chunk, ...]:
    found: list[Chunk] = []
    for number, record in enumerate(read_shard(path, records, classes)):
        if number % CHUNK == 0:
            found.append(Chunk(path, record.offset, min(CHUNK, records - number), Counter()))
        found[-1].counts[record.example.category] += 1
    return tuple(found)


def _framed(path: Path, expected: int) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each record."""
    try:
        with path.open("rb") as file:
            number = 0
            while head := file.read(HEAD):
                offset = file.tell() - len(head)
                if len(head) < HEAD or _masked(head[:8]) != head[8:]:
                    raise _damaged(path, number, expected, "its length does not fit its checksum")
                (length,) = struct.unpack("<Q", head[:8])
                record, tail = file.read(length), file.read(TAIL)
                if len(record) < length or len(tail) < TAIL:
                    raise _damaged(path, number, expected, "the file ends within it")
                if _masked(record) != tail:
                    raise _damaged(path, number, expected, "its bytes do not fit their checksum")
                yield offset, record
                number += 1
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}") from error


def _parsed(path: Path, number: int, record: bytes, classes: int) -> tuple[Example, bytes]:
    where = f"{path}, record {number}"
    try:
        features = parse_example(record)
        (image,), (category,) = features["image"], features["category"]
        (id,), (source,), (licence,) = features["id"], features["source"], features["licence"]
        if not isinstance(image, bytes) or not isinstance(category, int):
            raise ValueError("image must be bytes and category a number")
        words = [str(each, "utf-8") for each in (id, source, licence) if isinstance(each, bytes)]
        example = Example(words[0], category, words[1], words[2])
    except KeyError as error:
        raise DataError(f"{where}: must have the feature {error.args[0]!r}, it has none") from error
    except (ValueError, IndexError) as error:
        raise DataError(f"{where}: must be a tf.train.Example as exported: {error}") from error
    if not 0 <= category < classes:
        raise DataError(f"{where}: category must be 0 to {classes - 1}, got {category}")
    if not image.startswith(JPEG):
        raise DataError(f"{where}: image must be a JPEG, it begins with {image[:3]!r}")
    return example, image


def _damaged(path: Path, number: int, expected: int, why: str) -> DataError:
    return DataError(
        f"{path}, record {number} of {expected}: damaged, {why}; compare the file with SHA256SUMS"
    )


def _masked(content: bytes) -> bytes:
    return struct.pack("<I", masked_crc32c(content))
