"""TFRecords are read as TensorFlow reads them, and what is damaged in them is named."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.services.exports.records import example, framed
from inference.errors import InputError
from inference.records import parse_example, read_records

RECORDS = [b"first", b"", b"third" * 100]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "some.tfr"
    path.write_bytes(b"".join(map(framed, RECORDS)))
    return path


def test_records_from_any_number_on(file: Path) -> None:
    for start in range(4):
        assert list(read_records(file, start)) == RECORDS[start:]


def test_a_file_that_was_cut_off_ends_with_a_reason(file: Path) -> None:
    content = file.read_bytes()
    ends = [0]
    for record in RECORDS:
        ends.append(ends[-1] + len(record) + 16)
    for size in range(len(content)):
        file.write_bytes(content[:size])
        whole = sum(end <= size for end in ends) - 1
        found = []
        if size in ends:
            assert list(read_records(file)) == RECORDS[:whole]
            continue
        with pytest.raises(InputError, match=f"some.tfr: the file ends inside record {whole}, after {size}"):
            found.extend(read_records(file))


def test_a_damaged_record_is_passed_over_and_a_damaged_length_is_not(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[12] ^= 1  # in the data of the first record
    file.write_bytes(content)
    assert list(read_records(file)) == [None, *RECORDS[1:]]
    content[21] ^= 1  # in the length of the second
    file.write_bytes(content)
    with pytest.raises(InputError, match="length of record 1 must fit its CRC-32C"):
        list(read_records(file))
    assert next(read_records(file)) is None


def test_the_features_of_an_example() -> None:
    found = parse_example(example(b"\xff\xd8", 300, "ab" * 32, "Ä", "CC0-1.0"))
    assert found == {
        "category": [300],
        "id": [b"ab" * 32],
        "image": [b"\xff\xd8"],
        "licence": [b"CC0-1.0"],
        "source": ["Ä".encode()],
    }


def test_features_as_others_write_them() -> None:
    """In another order, with numbers below 0, numbers that are not packed, and features nobody asked for."""
    from training.backend import tf

    feature = tf.train.Feature
    record = tf.train.Example(
        features=tf.train.Features(
            feature={
                "weight": feature(float_list=tf.train.FloatList(value=[1.5, 2])),
                "image": feature(bytes_list=tf.train.BytesList(value=[b"x" * 300, b""])),
                "category": feature(int64_list=tf.train.Int64List(value=[-1, 1 << 40, 0])),
                "nothing": feature(),
            }
        )
    ).SerializeToString()
    assert parse_example(record) == {
        "weight": [],
        "image": [b"x" * 300, b""],
        "category": [-1, 1 << 40, 0],
        "nothing": [],
    }
    unpacked = b"\x0a\x0d\x0a\x0b\x0a\x01c\x12\x06\x1a\x04\x08\x07\x08\x05"
    assert list(tf.train.Example.FromString(unpacked).features.feature["c"].int64_list.value) == [7, 5]
    assert parse_example(unpacked) == {"c": [7, 5]}


@given(st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_an_example_or_a_reason(content: bytes) -> None:
    for damaged in (content, b"\x0a" + struct.pack("B", len(content)) + content):
        try:
            assert isinstance(parse_example(damaged), dict)
        except ValueError as error:
            assert str(error)


@pytest.mark.parametrize("cut", [1, 5, 40, 100])
def test_an_example_that_is_cut_off_is_none(cut: int) -> None:
    whole = example(b"\xff" * 50, 1, "ab" * 32, "S", "CC0-1.0")
    with pytest.raises(ValueError, match=r"a field of|does not end"):
        parse_example(whole[:-cut])
