from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from curation.imaging.hashing import dhash64, from_signed, hamming, nearest, to_signed
from inference.files import sha256_of
from tests.curation.imaging.pictures import leaf

HASHES = st.integers(0, 2**64 - 1)


def test_sha256_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"herbarium" * 100_000)
    assert sha256_of(path) == hashlib.sha256(b"herbarium" * 100_000).hexdigest()


def test_bits_are_row_major_and_most_significant_first() -> None:
    grey = np.zeros((8, 9), np.uint8)
    grey[0, 1] = 90  # rises from column 0, falls to column 2
    grey[7, 8] = 90  # the last gradient of the last row rises
    assert dhash64(Image.fromarray(grey)) == (1 << 63) | 1


def test_brighter_to_the_right_is_all_ones() -> None:
    ramp = np.tile(np.linspace(0, 255, 900).astype(np.uint8), (800, 1))
    assert dhash64(Image.fromarray(ramp)) == 2**64 - 1
    assert dhash64(Image.fromarray(ramp[:, ::-1])) == 0


def test_near_duplicates_are_near() -> None:
    image = leaf(1_200, 900).resize((1_200, 900))
    assert hamming(dhash64(image), dhash64(image.resize((400, 300)))) <= 4
    assert hamming(dhash64(image), dhash64(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))) > 20


@given(HASHES, HASHES)
def test_signed_and_hamming(a: int, b: int) -> None:
    assert from_signed(to_signed(a)) == a
    assert -(2**63) <= to_signed(a) < 2**63
    assert hamming(a, b) == bin(a ^ b).count("1")


@given(HASHES, st.lists(HASHES, max_size=50), st.integers(0, 64))
def test_nearest_agrees_with_hamming(wanted: int, hashes: list[int], within: int) -> None:
    found = nearest(wanted, np.array(hashes, dtype=np.uint64), within)
    assert found.tolist() == [i for i, h in enumerate(hashes) if hamming(wanted, h) <= within]


def test_wrong_kinds_of_numbers() -> None:
    with pytest.raises(TypeError, match="uint64"):
        nearest(1, np.array([1, 2]), 3)
    with pytest.raises(ValueError, match="from_signed"):
        hamming(-1, 0)
    with pytest.raises(ValueError, match="bigint"):
        from_signed(2**63)
