"""A heat map lies over its sheet to the pixel, and shows nothing where nothing was looked at."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inference.condition.heatmap import averaged, colours, places, render, size_of
from inference.tiles import Sheet, Tiling


def _read(data: bytes) -> np.ndarray:
    picture = Image.open(io.BytesIO(data))
    assert picture.mode == "RGBA"
    assert picture.info["Description"].startswith("P(condition)")
    return np.asarray(picture)


@given(st.integers(1, 3000), st.integers(1, 3000), st.integers(100, 400), st.data())
def test_boxes_side_by_side_leave_no_gap_and_share_no_pixel(
    width: int, height: int, size: int, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, width))
    boxes = np.array([(0, 0, cut, height), (cut, 0, width, height)], np.int32)
    wide, high = size_of(width, height)
    assert max(wide, high) == min(1024, max(width, height))
    left, right = places(boxes, width, height).tolist()
    assert left[0] == 0 and right[2] == wide and left[2] == right[0]
    assert left[1] == right[1] == 0 and left[3] == right[3] == high
    # An edge is at most half a pixel of the heat map off.
    assert abs(left[2] - cut * wide / width) <= 0.5


def test_a_small_sheet_has_a_heat_map_of_its_own_pixels() -> None:
    boxes = np.array([(0, 0, 64, 64), (64, 0, 128, 64), (70, 36, 134, 100)], np.int32)
    found = averaged(boxes, np.array([0.0, 0.5, 1.0]), 134, 100)
    assert found.shape == (100, 134)
    assert (found[:64, :64] == 0).all()
    assert (found[:36, 64:128] == 0.5).all()
    assert (found[36:64, 70:128] == 0.75).all(), "overlap is averaged"
    assert (found[64:, 70:134] == 1).all()
    assert np.isnan(found[64:, :70]).all() and np.isnan(found[:36, 128:]).all()


def test_a_large_sheet_is_scaled_and_its_tiles_lie_where_they_are() -> None:
    width, height = 4096, 2000
    boxes = np.array([(1024, 512, 1152, 640), (width - 128, height - 128, width, height)], np.int32)
    image = _read(render(boxes, np.array([1.0, 0.0], np.float32), width, height))
    assert image.shape == (500, 1024, 4)
    rows, columns = np.nonzero(image[..., 3])
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == {
        (y, x)
        for top, left in ((128, 256), (468, 992))
        for y in range(top, top + 32)
        for x in range(left, left + 32)
    }
    assert (image[140, 270] == colours(np.array(1.0))).all()
    assert (image[499, 1023] == colours(np.array(0.0))).all()


def test_all_tiles_of_a_sheet_cover_its_heat_map() -> None:
    for shape in ((1500, 1700), (70, 2500), (30, 20)):
        sheet = Sheet(np.zeros((*shape, 3), np.uint8))
        boxes = np.concatenate([part.boxes for part in sheet.tiles(Tiling(128, 100))])
        assert not np.isnan(averaged(boxes, np.zeros(len(boxes)), sheet.width, sheet.height)).any()


def test_no_tile_at_all() -> None:
    image = _read(render(np.empty((0, 4), np.int32), np.empty(0), 300, 200))
    assert image.shape == (200, 300, 4) and not image.any()


def test_the_scale_can_be_read_without_seeing_colours() -> None:
    scale = colours(np.linspace(0, 1, 101)).astype(float)
    paper = scale[:, :3] * scale[:, 3:] / 255 + 255 * (1 - scale[:, 3:] / 255)
    for shown in (scale[:, :3], paper):
        light = shown @ (0.299, 0.587, 0.114)
        assert (np.diff(light) < 0).all()
        assert light[0] - light[-1] > 100
    assert (np.diff(scale[:, 3]) >= 0).all() and scale[0, 3] > 0
    assert not colours(np.array([np.nan])).any()


def test_what_does_not_fit_is_refused() -> None:
    box = np.array([(0, 0, 8, 8)], np.int32)
    for boxes, condition, words in [
        (box, np.zeros(2), r"\(n, 4\) and \(n,\)"),
        (box * 2, np.zeros(1), "must lie in the sheet of 10 x 10 pixels"),
        (box, np.array([np.nan]), "condition must be 0 to 1"),
        (box, np.array([1.1]), "condition must be 0 to 1"),
    ]:
        with pytest.raises(ValueError, match=words):
            render(boxes, condition, 10, 10)
