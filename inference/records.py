"""TFRecord files of tf.train.Example, read without TensorFlow.

Format of the file: length (uint64), its checksum, the record, its checksum; little endian, checksums masked
CRC-32C (tensorflow/core/lib/io/record_reader.h, tensorflow/core/lib/hash/crc32c.h). Format of the record:
tensorflow/core/example/example.proto and feature.proto, in protocol buffers' wire format.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from google_crc32c import value as crc32c

from inference.errors import InputError

Values = list[bytes] | list[int]

_HEADER = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
MOST_BYTES = 1 << 31  # of a record; TensorFlow's own messages are below 2 GiB
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


def read_records(path: Path, start: int = 0) -> Iterator[bytes | None]:
    """The records of a file from number ``start`` (from 0) on; None for one that its checksum does not fit.

    Raises InputError where it cannot be known where the next record begins: the file ends inside a record,
    or a length is damaged.
    """
    size = path.stat().st_size
    number = 0
    with path.open("rb") as stream:
        while (length := _length(stream, path, number, size)) is not None:
            if number >= start:
                record = stream.read(length)
                (checksum,) = _CHECKSUM.unpack(stream.read(4))
                yield record if masked_crc32c(record) == checksum else None
            else:
                stream.seek(length + 4, 1)
            number += 1


def _length(stream: BinaryIO, path: Path, number: int, size: int) -> int | None:
    """Bytes of the record that begins here, all of which are in the file; None at its end."""
    header = stream.read(_HEADER.size)
    if not header:
        return None
    if len(header) == _HEADER.size:
        length, checksum = _HEADER.unpack(header)
        if masked_crc32c(header[:8]) != checksum or length > MOST_BYTES:
            raise InputError(
                f"{path}: the length of record {number} must fit its CRC-32C, got {length:,}; "
                "the file is damaged there"
            )
        if stream.tell() + length + 4 <= size:
            return int(length)
    raise InputError(f"{path}: the file ends inside record {number}, after {size:,} bytes; it was cut off")


def masked_crc32c(content: bytes) -> int:
    """The checksum of a length or a record."""
    crc: int = crc32c(content)
    # Masked, as a checksum of something that holds checksums would be a poor one.
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def parse_example(record: bytes) -> dict[str, Values]:
    """The bytes and int64 features of a tf.train.Example by name; ValueError where it is none."""
    found: dict[str, Values] = {}
    for features in _messages(record, 1):
        for entry in _messages(features, 1):
            name = b"".join(_messages(entry, 1)).decode()
            for feature in _messages(entry, 2):
                found[name] = _values(feature)
    return found


def _values(feature: bytes) -> Values:
    texts = [value for each in _messages(feature, 1) for value in _messages(each, 1)]
    if texts:
        return texts
    numbers: list[int] = []
    for each in _messages(feature, 3):
        for number, kind, value in _fields(each):
            if number == 1 and kind == _VARINT and isinstance(value, int):
                numbers.append(value)
            elif number == 1 and isinstance(value, bytes):  # packed, as is usual
                at = 0
                while at < len(value):
                    one, at = _varint(value, at)
                    numbers.append(one)
    return [n - (1 << 64) if n >> 63 else n for n in numbers]


def _messages(content: bytes, wanted: int) -> Iterator[bytes]:
    for number, _kind, value in _fields(content):
        if number == wanted:
            if not isinstance(value, bytes):
                raise ValueError("a number stands where a message must")
            yield value


def _fields(content: bytes) -> Iterator[tuple[int, int, bytes | int]]:
    """Number, wire type and value of each field of a message."""
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        kind = tag & 7
        value: bytes | int
        if kind == _VARINT:
            value, at = _varint(content, at)
        else:
            if kind == _LENGTH:
                length, at = _varint(content, at)
            elif kind in (_FIXED64, _FIXED32):
                length = 8 if kind == _FIXED64 else 4
            else:
                raise ValueError(f"wire type {kind} at byte {at}")
            value = content[at : at + length]
            if len(value) < length:
                raise ValueError(f"a field of {length} bytes at byte {at} of {len(content)}")
            at += length
        yield tag >> 3, kind, value


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """A number and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(content):
            break
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
    raise ValueError(f"a number that does not end, at byte {at}")
