"""A tf.train.Example from its bytes, without TensorFlow: what an evaluation lists needs no two gigabytes.

Protocol buffers' wire format, of tensorflow/core/example/example.proto and feature.proto.
"""

from __future__ import annotations

from collections.abc import Iterator

Value = bytes | int


class Malformed(ValueError):
    """The bytes are no tf.train.Example."""


def parse(record: bytes) -> dict[str, list[Value]]:
    """Name -> values of each feature: bytes or whole numbers; numbers with a fraction are passed over."""
    found: dict[str, list[Value]] = {}
    for number, features in _fields(record):
        if number != 1:
            continue
        for _, entry in _fields(_bytes(features)):
            pair = dict(_fields(_bytes(entry)))
            name = _bytes(pair.get(1, b"")).decode()
            for kind, values in _fields(_bytes(pair.get(2, b""))):
                if kind == 1:  # BytesList
                    found[name] = [_bytes(value) for _, value in _fields(_bytes(values))]
                elif kind == 3:  # Int64List
                    found[name] = list(_numbers(_bytes(values)))
    return found


def _bytes(value: Value) -> bytes:
    if not isinstance(value, bytes):
        raise Malformed("a number stands where a message must")
    return value


def _numbers(values: bytes) -> Iterator[int]:
    for _, value in _fields(values):
        if isinstance(value, int):
            yield _signed(value)
            continue
        place = 0  # packed
        while place < len(value):
            one, place = _varint(value, place)
            yield _signed(one)


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def _fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """Number and content of each field."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == 0:
            value, place = _varint(message, place)
            yield key >> 3, value
            continue
        if kind == 2:
            length, place = _varint(message, place)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise Malformed(f"unknown wire type {kind}")
        if place + length > len(message):
            raise Malformed("a field ends behind its message")
        yield key >> 3, message[place : place + length]
        place += length


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """A number and the place behind it."""
    result = shift = 0
    while place < len(message) and shift < 70:
        byte = message[place]
        place += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, place
        shift += 7
    raise Malformed("a number does not end")
