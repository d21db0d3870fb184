"""Sheets from tables and from an export; every faulty row is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.condition.drawn_sheets import write_easy_sheets, write_table
from tests.training.drawn import make_imagefolder_export
from training.condition.sheets import Region, open_sheets
from training.data.errors import DataError

REGION = ("id", "label", "left", "top", "width", "height")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_easy_sheets(tmp_path / "set", 4, regions=False)


def sheets(folder: Path, *rows: tuple[str, ...], columns: tuple[str, ...] = ("id", "file", "label")) -> Path:
    write_table(folder / "sheets.tsv", columns, rows)
    return folder


def test_sheets_and_regions_of_a_folder(folder: Path) -> None:
    write_table(folder / "regions.tsv", REGION, [["s001", "contaminated", "0.1", "0.2", "0.3", "0.8"]])
    found = open_sheets(folder)
    assert found.classes == ("clean", "contaminated") and len(found.sheets) == 4
    first = found.sheets[1]
    assert (first.id, first.label, first.source, first.year) == ("s001", "contaminated", "AAA", 1851)
    assert found.regions == {"s001": (Region("contaminated", 0.1, 0.2, 0.3, 0.8),)}
    assert found.path(first).is_file()


def test_the_sum_follows_what_is_known_and_not_the_order_of_rows(folder: Path) -> None:
    before = open_sheets(folder).sha256
    head, *rows = (folder / "sheets.tsv").read_text().splitlines()
    (folder / "sheets.tsv").write_text("\n".join([head, *reversed(rows)]) + "\n")
    assert open_sheets(folder).sha256 == before
    write_table(folder / "regions.tsv", REGION, [["s001", "contaminated", "0", "0", "1", "1"]])
    assert open_sheets(folder).sha256 != before


def test_the_sound_class_is_the_first_whatever_it_is_called(folder: Path) -> None:
    rows = [("a", "s000.jpg", "mould"), ("b", "s001.jpg", "whole"), ("c", "s002.jpg", "insects")]
    sheets(folder, *rows)
    with pytest.raises(DataError, match="sound class must be one of insects, mould, whole, got none"):
        open_sheets(folder)
    assert open_sheets(folder, "whole").classes == ("whole", "insects", "mould")
    with pytest.raises(DataError, match="got 'good'"):
        open_sheets(folder, "good")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("", "s000.jpg", "clean", "", ""), "line 3: id must not be empty"),
        (("a", "s000.jpg", "clean", "", ""), "line 3: id must be there once, got 'a' again"),
        (("b", "none.jpg", "clean", "", ""), "line 3: file must be there, got 'none.jpg'"),
        (("b", "../s000.jpg", "clean", "", ""), "line 3: file must be inside the folder"),
        (("b", "s000.jpg", "", "", ""), "line 3: label must not be empty"),
        (("b", "s000.jpg", "clean", "exam", ""), "line 3: split must be empty or one of .*, got 'exam'"),
        (("b", "s000.jpg", "clean", "", "old"), "line 3: year must be empty or four digits, got 'old'"),
        (("b", "s000.jpg", "clean", "train", ""), "either every sheet has a split or none has one"),
        (("b", "s000.jpg"), "line 3: must have 5 cells"),
    ],
)
def test_a_faulty_sheet_is_named(folder: Path, row: tuple[str, ...], why: str) -> None:
    columns = ("id", "file", "label", "split", "year")
    sheets(folder, ("a", "s000.jpg", "clean", "", "1900"), row, columns=columns)
    with pytest.raises(DataError, match=why):
        open_sheets(folder)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("s009", "contaminated", "0", "0", "1", "1"), "id must be that of a sheet, got 's009'"),
        (("s001", "mould", "0", "0", "1", "1"), "label must be one of contaminated, got 'mould'"),
        (("s001", "contaminated", "0.5", "0", "0.6", "1"), "left and width must lie within 0 to 1"),
        (("s001", "contaminated", "0", "0", "1", "0"), "top and height must lie within 0 to 1"),
        (("s001", "contaminated", "nan", "0", "1", "1"), "left and width must lie within 0 to 1"),
        (("s001", "contaminated", "x", "0", "1", "1"), "could not convert"),
    ],
)
def test_a_faulty_region_is_named(folder: Path, row: tuple[str, ...], why: str) -> None:
    write_table(folder / "regions.tsv", REGION, [row])
    with pytest.raises(DataError, match=f"regions.tsv: line 2: .*{why}"):
        open_sheets(folder)


def test_a_region_of_a_sound_sheet_is_passed_over_and_counted(folder: Path) -> None:
    rows = [[id, "contaminated", "0", "0", "1", "1"] for id in ("s000", "s001")]
    write_table(folder / "regions.tsv", REGION, rows)
    found = open_sheets(folder)
    assert list(found.regions) == ["s001"] and found.passed_over == 1


def test_all_faults_are_told_at_once(folder: Path) -> None:
    sheets(folder, *[(f"x{n}", "none.jpg", "clean") for n in range(8)])
    with pytest.raises(DataError, match="line 2: .*line 6: .*; 3 more"):
        open_sheets(folder)


def test_an_export_keeps_its_splits_and_its_first_class_is_the_sound_one(tmp_path: Path) -> None:
    export = make_imagefolder_export(tmp_path / "export", classes=2)
    found = open_sheets(export)
    assert found.classes == ("Kind 0", "Kind 1") and found.slugs == ("kind-0", "kind-1")
    assert len(found.of("train")) == 24 and len(found.of("test")) == 12
    assert all(found.path(one).is_file() for one in found.sheets)
    assert open_sheets(export, "Kind 1").classes == ("Kind 1", "Kind 0")
    assert len(found.sha256) == 64


def test_what_is_no_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must hold sheets.tsv"):
        open_sheets(tmp_path)
