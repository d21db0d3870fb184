"""Which class a tile has, and the files that training reads tiles from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.tiles import Tiling, read_tiles
from tests.training.condition.drawn_sheets import write_easy_sheets
from training.condition.batches import order
from training.condition.labels import UNSURE, tile_labels
from training.condition.sheets import Region, Sheet, SheetSet, open_sheets
from training.condition.split import with_splits
from training.condition.tile_set import Cut, make_tile_set
from training.data.errors import DataError
from training.progress import Silent

SHEET = Sheet("a", "a.jpg", "stained")
SIZE = (400, 200)
# Two by four tiles of 100 pixels.
BOXES = np.array([(x, y, x + 100, y + 100) for y in (0, 100) for x in (0, 100, 200, 300)])


def labels(*regions: Region, sheet: Sheet = SHEET, **rule: float) -> list[int]:
    found = SheetSet(Path("x"), (sheet,), ("clean", "stained", "mould"), {"a": regions} if regions else {})
    return tile_labels(found, sheet, BOXES, SIZE, **rule).tolist()


def test_without_regions_a_tile_has_the_label_of_its_sheet() -> None:
    assert labels() == [1] * 8
    assert labels(sheet=Sheet("a", "a.jpg", "clean")) == [0] * 8


def test_a_tile_is_what_covers_half_of_it() -> None:
    # Left 160 px of the upper half: all of the first tile, 60 of 100 columns of the second.
    assert labels(Region("stained", 0, 0, 0.4, 0.5)) == [1, 1, 0, 0, 0, 0, 0, 0]
    # 140 px: 40 columns of the second, neither here nor there.
    assert labels(Region("stained", 0, 0, 0.35, 0.5)) == [1, UNSURE, 0, 0, 0, 0, 0, 0]
    assert labels(Region("stained", 0, 0, 0.35, 0.5), covered=0.4) == [1, 1, 0, 0, 0, 0, 0, 0]
    # 105 px: what touches 5 columns of a tile does not count.
    assert labels(Region("stained", 0, 0, 0.2625, 0.5)) == [1, 0, 0, 0, 0, 0, 0, 0]
    # Two of 30 columns each cover 60 together.
    two = (Region("stained", 0, 0, 0.075, 0.5), Region("stained", 0.125, 0, 0.075, 0.5))
    assert labels(*two) == [1, 0, 0, 0, 0, 0, 0, 0]


def test_a_small_stain_makes_its_tile_stained_and_one_in_two_tiles_both() -> None:
    assert labels(Region("stained", 0.02, 0.02, 0.05, 0.05)) == [1, 0, 0, 0, 0, 0, 0, 0]
    assert labels(Region("stained", 0.225, 0.02, 0.05, 0.05)) == [1, 1, 0, 0, 0, 0, 0, 0]


def test_the_condition_with_most_of_a_tile_names_it() -> None:
    regions = (Region("stained", 0, 0, 0.1, 0.5), Region("mould", 0.1, 0, 0.15, 0.5))
    assert labels(*regions)[0] == 2


@pytest.fixture
def found(tmp_path: Path) -> SheetSet:
    return with_splits(open_sheets(write_easy_sheets(tmp_path / "set", 20)))


CUT = Cut(Tiling(64, 64, 0.0))


def test_tiles_are_those_of_the_sheets_in_their_places(found: SheetSet, tmp_path: Path) -> None:
    tiles = make_tile_set(found, "train", CUT, tmp_path / "tiles", Silent())
    assert set(tiles.sheets) == {one.id for one in found.of("train")}
    last = found.of("train")[-1]
    place = max(n for n, id in enumerate(tiles.sheets) if id == last.id)
    parts = list(read_tiles(found.path(last), CUT.tiling))
    pixels, boxes = (np.concatenate([getattr(one, what) for one in parts]) for what in ("pixels", "boxes"))
    at = np.flatnonzero((boxes == tiles.boxes[place]).all(axis=1))[0]
    np.testing.assert_array_equal(tiles.read(np.array([0, place]))[1], pixels[at])
    assert set(tiles.labels.tolist()) == {0, 1}
    assert all(tiles.labels[n] == 0 for n, id in enumerate(tiles.sheets) if int(id[1:]) % 2 == 0)


def test_a_sheet_gives_at_most_so_many_of_a_class(found: SheetSet, tmp_path: Path) -> None:
    cut = Cut(CUT.tiling, most=3)
    tiles = make_tile_set(found, "train", cut, tmp_path / "tiles", Silent())
    for id in set(tiles.sheets):
        own = [int(tiles.labels[n]) for n, one in enumerate(tiles.sheets) if one == id]
        assert own.count(0) == 3 and own.count(1) <= 3
    other = make_tile_set(found, "train", Cut(CUT.tiling, most=3, seed=1), tmp_path / "other", Silent())
    assert other.boxes.tolist() != tiles.boxes.tolist()


def test_tiles_with_little_entropy_are_left_out(found: SheetSet, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no tile has enough entropy"):
        make_tile_set(found, "train", Cut(Tiling(64, 64, 8.0)), tmp_path / "tiles", Silent())
    few = make_tile_set(found, "train", Cut(Tiling(64, 64, 5.0)), tmp_path / "few", Silent())
    all_of_them = make_tile_set(found, "train", CUT, tmp_path / "all", Silent())
    assert len(few) == (all_of_them.entropy >= 5).sum() < len(all_of_them)


class Stopped(Exception):
    pass


class StopAfter(Silent):
    def __init__(self, sheets: int) -> None:
        self.left = sheets

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Stopped


def test_what_was_cut_is_not_cut_again(
    found: SheetSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.condition.tile_set.SHEETS_A_SHARD", 4)
    whole = make_tile_set(found, "train", CUT, tmp_path / "whole", Silent())
    folder = tmp_path / "tiles"
    with pytest.raises(Stopped):
        make_tile_set(found, "train", CUT, folder, StopAfter(9))
    kept = {one.name: one.stat().st_mtime_ns for one in folder.iterdir()}
    assert sorted(kept) == [f"train-0000{n}.{end}" for n in (0, 1) for end in ("tsv", "u8")]
    tiles = make_tile_set(found, "train", CUT, folder, Silent())
    assert {name: (folder / name).stat().st_mtime_ns for name in kept} == kept
    places = np.arange(len(whole))
    np.testing.assert_array_equal(tiles.read(places), whole.read(places))
    np.testing.assert_array_equal(tiles.labels, whole.labels)


def test_damage_is_named(found: SheetSet, tmp_path: Path) -> None:
    make_tile_set(found, "train", CUT, tmp_path / "tiles", Silent())
    shard = tmp_path / "tiles/train-00000.u8"
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"train-00000.u8 must have \d+ bytes"):
        make_tile_set(found, "train", CUT, tmp_path / "tiles", Silent())
    broken = found.of("validate")[0]
    found.path(broken).write_bytes(found.path(broken).read_bytes()[:400])
    with pytest.raises(DataError, match=rf"{broken.file} \(sheet {broken.id}\) cannot be read"):
        make_tile_set(found, "validate", CUT, tmp_path / "tiles", Silent())


def test_an_even_order_has_each_class_as_often() -> None:
    labels = np.array([0] * 90 + [1] * 8 + [2] * 2)
    places = order(labels, 89, 1, even=True)
    assert np.bincount(labels[places]).tolist() == [34, 33, 33]
    counts = np.bincount(places, minlength=100)
    assert counts[:90].max() == 1 and set(counts[90:98]) <= {4, 5} and set(counts[98:]) <= {16, 17}
    assert order(labels, 89, 1, even=True).tolist() == places.tolist()
    assert order(labels, 89, 2, even=True).tolist() != places.tolist()
    assert sorted(order(labels, 89, 1, even=False)) == list(range(100))
    assert (
        len(order(labels, 89, 1, even=True, most=30)) == 30 == len(order(labels, 89, 1, even=False, most=30))
    )
