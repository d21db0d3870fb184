"""Every pixel is in a tile, each tile knows its place, and its entropy is Shannon's."""

from __future__ import annotations

import io
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from inference.errors import PictureError
from inference.preprocess import decode_rgb, make_preprocessing
from inference.tiles import (
    AT_ONCE,
    Tiles,
    Tiling,
    entropies_of,
    entropy_of,
    open_sheet,
    read_tiles,
    tiling_from,
)
from tests.inference.conftest import drawn, encoded


def joined(parts: list[Tiles]) -> Tiles:
    return Tiles(
        *(np.concatenate([getattr(one, name) for one in parts]) for name in Tiles.__dataclass_fields__)
    )


def _deep() -> Image.Image:
    return Image.fromarray(np.asarray(drawn(1).convert("L"), np.uint16) * 257)


def shannon(values: list[int]) -> float:
    """As the definition has it, one value after the other."""
    counts, n = Counter(values), len(values)
    return -math.fsum(count / n * math.log2(count / n) for count in counts.values())


@pytest.mark.parametrize("size", [(64, 64), (100, 70), (65, 64), (64, 200), (191, 129)])
@pytest.mark.parametrize("tiling", [Tiling(64, 64, 0), Tiling(64, 24, 0), Tiling(64, 1, 0)])
def test_every_pixel_is_in_a_tile_and_each_box_is_its_place(size: tuple[int, int], tiling: Tiling) -> None:
    data = encoded(drawn(1, size), "PNG")
    tiles = joined(list(read_tiles(data, tiling)))
    picture = decode_rgb(data)
    covered = np.zeros(picture.shape[:2], int)
    for pixels, (left, top, right, bottom) in zip(tiles.pixels, tiles.boxes.tolist(), strict=True):
        assert (right - left, bottom - top) == (64, 64)
        np.testing.assert_array_equal(pixels, picture[top:bottom, left:right])
        covered[top:bottom, left:right] += 1
    assert covered.min() >= 1
    assert len(set(map(tuple, tiles.boxes.tolist()))) == len(tiles.boxes), "no tile comes twice"
    assert tiles.boxes.tolist() == sorted(tiles.boxes.tolist(), key=lambda box: (box[1], box[0]))
    assert tiles.boxes.dtype == np.int32 and tiles.pixels.dtype == np.uint8


def test_the_last_column_and_row_are_moved_inwards() -> None:
    boxes = joined(list(read_tiles(encoded(drawn(0, (300, 130)), "PNG"), Tiling(least_entropy=0)))).boxes
    assert boxes.tolist() == [
        [0, 0, 128, 128], [128, 0, 256, 128], [172, 0, 300, 128],
        [0, 2, 128, 130], [128, 2, 256, 130], [172, 2, 300, 130],
    ]  # fmt: skip


@pytest.mark.parametrize("size", [(1, 1), (20, 200), (200, 20), (127, 127), (3, 128)])
def test_a_picture_smaller_than_a_tile_is_mirrored(size: tuple[int, int]) -> None:
    data = encoded(drawn(2, size), "PNG")
    picture = decode_rgb(data)
    tiles = joined(list(read_tiles(data, Tiling(128, 128, 0))))
    assert tiles.pixels.shape[1:] == (128, 128, 3)
    for pixels, (left, top, right, bottom) in zip(tiles.pixels, tiles.boxes.tolist(), strict=True):
        assert 0 <= left < right <= size[0] and 0 <= top < bottom <= size[1], "the box is the part shown"
        inside = picture[top:bottom, left:right]
        np.testing.assert_array_equal(pixels[: bottom - top, : right - left], inside)
        if right - left < 128:
            np.testing.assert_array_equal(pixels[: bottom - top, right - left], inside[:, -1])
        if bottom - top < 128:
            np.testing.assert_array_equal(pixels[bottom - top, : right - left], inside[-1])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_boxes_are_of_the_upright_picture(orientation: int, format: str) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    options = {"lossless": True} if format == "WEBP" else {}
    data = encoded(drawn(3, (150, 90)), format, exif=exif, **options)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    sheet = open_sheet(data)
    assert (sheet.width, sheet.height) == upright.size == ((90, 150) if orientation >= 5 else (150, 90))
    expected = np.asarray(upright, int)
    for tiles in read_tiles(data, Tiling(32, 20)):
        for pixels, (left, top, right, bottom) in zip(tiles.pixels, tiles.boxes.tolist(), strict=True):
            # Pillow's JPEG decoder is the exact one, ours the fast one.
            assert np.abs(pixels - expected[top:bottom, left:right]).max() <= (4 if format == "JPEG" else 0)


def test_entropy_is_exact() -> None:
    random = np.random.default_rng(0)
    pictures = random.integers(0, [[[[3]]], [[[256]]], [[[40]]]], (3, 64, 64, 3)).astype(np.uint8)
    pictures[2, :, 32:] = 255
    for tile, found in zip(pictures, entropies_of(pictures), strict=True):
        grey = Image.fromarray(tile).convert("L")
        values = list(grey.tobytes())
        assert entropy_of(np.asarray(grey)) == pytest.approx(shannon(values), abs=1e-12)
        assert entropy_of(np.asarray(grey)) == pytest.approx(grey.entropy(), abs=1e-5)
        # Pillow's luma is rounded in the last place otherwise than OpenCV's.
        assert found == pytest.approx(shannon(values), abs=0.01)
    assert entropy_of(np.zeros((5, 7), np.uint8)) == 0
    assert entropy_of(np.arange(256, dtype=np.uint8)) == 8
    assert entropies_of(np.empty((0, 8, 8, 3), np.uint8)).shape == (0,)


def test_entropy_of_tiles_and_of_the_sheet_in_one_go() -> None:
    picture = drawn(4, (300, 700))
    picture.paste((250, 248, 240), (0, 350, 300, 700))
    data = encoded(picture, "PNG")
    sheet = open_sheet(data)
    tiles = joined(list(sheet.tiles(Tiling(least_entropy=5.0))))
    np.testing.assert_array_equal(tiles.entropy, entropies_of(tiles.pixels))
    np.testing.assert_array_equal(tiles.kept, tiles.entropy >= 5)
    assert 0 < tiles.kept.sum() < len(tiles.kept)
    assert sheet.entropy == pytest.approx(
        float(entropies_of(sheet.decoded.reshape(1, 300, 700, 3))[0]), abs=1e-6
    )


def test_the_entropy_of_a_large_blank_sheet_is_counted_exactly() -> None:
    # OpenCV counts in float32, in which 2**24 + 1 is no number.
    pixels = np.full((4200, 4200, 3), 255, np.uint8)
    pixels[0] = pixels[1, 0] = 0
    share = 4201 / 4200**2
    expected = -(share * math.log2(share) + (1 - share) * math.log2(1 - share))
    assert open_sheet(encoded(Image.fromarray(pixels), "BMP")).entropy == pytest.approx(expected, abs=1e-12)


def test_a_blank_sheet_has_tiles_but_none_is_kept() -> None:
    blank = Image.new("RGB", (400, 300), (250, 248, 240))
    tiles = joined(list(read_tiles(encoded(blank, "JPEG"), Tiling())))
    assert len(tiles.kept) == 12 and not tiles.kept.any()
    assert all(part.kept.all() for part in read_tiles(encoded(blank, "JPEG"), Tiling(least_entropy=0)))


def test_a_panorama_comes_a_few_tiles_at_a_time() -> None:
    data = encoded(Image.new("RGB", (20_000, 40)), "PNG")
    parts = list(read_tiles(data, Tiling(32, 16)))
    assert max(len(part.boxes) for part in parts) == AT_ONCE
    assert sum(len(part.boxes) for part in parts) == 2 * 1249


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("16 bit", lambda: encoded(_deep(), "TIFF")),
        ("16 bit PNG", lambda: encoded(_deep(), "PNG")),
        ("palette", lambda: encoded(drawn(1).quantize(16), "PNG")),
        ("alpha", lambda: encoded(drawn(1).convert("RGBA"), "PNG")),
        ("CMYK", lambda: encoded(drawn(1).convert("CMYK"), "JPEG")),
        ("grey", lambda: encoded(drawn(1).convert("L"), "JPEG")),
        ("bilevel", lambda: encoded(drawn(1).convert("1"), "TIFF")),
    ],
)  # fmt: skip
def test_all_kinds_of_pixels_become_rgb(name: str, make: object) -> None:
    data = make()  # type: ignore[operator]
    tiles = joined(list(read_tiles(data, Tiling(64, 64))))
    shown = Image.open(io.BytesIO(data))
    deep = name.startswith("16 bit")
    expected = (np.asarray(shown, float) / 257 if deep else np.asarray(shown.convert("L"), float)).mean()
    assert len(tiles.kept) == 4
    assert tiles.kept.all() == (name != "bilevel"), "two values are at most one bit"
    assert abs(open_sheet(data).decoded.mean() - expected) < 12


def test_a_truncated_or_oversized_file_has_a_reason(tmp_path: Path) -> None:
    whole = encoded(drawn(0, (400, 300)), "JPEG")
    file = tmp_path / "cut.jpg"
    for content in (whole[: len(whole) // 2], b"", b"<html>", encoded(drawn(0), "TIFF")[:5000]):
        file.write_bytes(content)
        with pytest.raises(PictureError):
            list(read_tiles(file, Tiling()))
    with pytest.raises(FileNotFoundError):
        list(read_tiles(tmp_path / "none.jpg", Tiling()))


def test_a_tile_is_what_a_model_of_its_size_expects() -> None:
    """No resizing takes place, so that tiles need not go through a model's preprocessing one by one."""
    tiles = joined(list(read_tiles(encoded(drawn(5, (64, 64)), "PNG"), Tiling(32, 32))))
    way = make_preprocessing(32)
    for tile in tiles.pixels:
        np.testing.assert_array_equal(way.resize(tile, 32, 32), tile.astype(np.float32))


def test_a_tiling_reads_back_and_refuses_what_it_cannot_be() -> None:
    tiling = Tiling(64, 32, 2.5)
    assert tiling_from(tiling.describe()) == tiling
    for wrong, words in [
        ({"size": 4}, "size must be 8 to 1024 pixels, got 4"),
        ({"size": 64.0}, "size must be a whole number of pixels, got 64.0"),
        ({"stride": 65}, "stride must be 1 to 64 pixels, .* got 65"),
        ({"stride": 0}, "got 0"),
        ({"least_entropy": 9}, "least_entropy must be 0 to 8 bits, got 9"),
        ({"least_entropy": "1"}, "least_entropy must be a number of bits"),
        ({"least_entropy": float("nan")}, "0 to 8"),
    ]:
        with pytest.raises(ValueError, match=words):
            tiling_from({**tiling.describe(), **wrong})
    with pytest.raises(ValueError, match="must have the keys"):
        tiling_from({"size": 64})
