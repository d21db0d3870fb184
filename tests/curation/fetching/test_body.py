"""Packed answers, piece by piece."""

from __future__ import annotations

import gzip
import random
import zlib

import pytest

from curation.fetching.body import Unpacker
from curation.fetching.failures import FetchFailure


@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 256 * 1024 + 1, 3_000_000])
@pytest.mark.parametrize("step", [1, 7, 1_000, 10_000_000])
@pytest.mark.parametrize("encoding", ["gzip", "X-GZip ", "deflate"])
def test_pieces_of_any_size_give_the_whole(size: int, step: int, encoding: str) -> None:
    content = (
        bytes(size // 2) + random.Random(size).randbytes(min(size - size // 2, 5_000)) + b"\1" * (size // 3)
    )
    packed = zlib.compress(content) if encoding == "deflate" else gzip.compress(content)
    unpacker = Unpacker(encoding)
    pieces = [piece for at in range(0, len(packed), step) for piece in unpacker.feed(packed[at : at + step])]
    unpacker.end()
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 256 * 1024


def test_packed_data_that_break_off_are_incomplete() -> None:
    unpacker = Unpacker("gzip")
    list(unpacker.feed(gzip.compress(b"x" * 1_000)[:-1]))
    with pytest.raises(FetchFailure) as failed:
        unpacker.end()
    assert failed.value.slug == "incomplete"
