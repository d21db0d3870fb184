"""Detections as LeafMachine2 and others write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curation.imaging import detections as module
from curation.imaging.detections import (
    ARCHIVAL,
    PLANT,
    BoxError,
    Detection,
    DetectionsError,
    read_detections,
)

LEAFMACHINE = """{
  "MICH_1390992_Poaceae": {
    "height": 5634, "width": 3753,
    "Detections_Archival_Components": [
      [0, 0.5, 0.05, 0.4, 0.06],
      [3, 0.75, 0.9, 0.4, 0.15, 0.93]
    ],
    "Detections_Plant_Components": [[0, 0.25, 0.5, 0.1, 0.2], "3 0.5 0.5 0.01 0.02", "10,0.1,0.1,0.1,0.1"]
  },
  "NY_1928185102": {}
}"""


def read(content: Any, **options: str) -> list[module.Detections]:
    return read_detections(json.dumps(content).encode(), **options)


def refused(content: bytes, rule: str) -> str:
    with pytest.raises(DetectionsError) as caught:
        read_detections(content)
    assert caught.value.rule == rule
    return str(caught.value)


def test_a_project_of_leafmachine() -> None:
    sheet, empty = read_detections(LEAFMACHINE.encode())
    assert sheet.name == "MICH_1390992_Poaceae"
    assert [one.part for one in sheet.found] == ["ruler", "label", "leaf_whole", "seed_fruit_one", "wood"]
    assert [one.confidence for one in sheet.found] == [None, 0.93, None, None, None]
    assert sheet.problems == ()
    ruler, label, *_ = sheet.found
    assert ruler.pixels(1_000, 2_000) == (300, 40, 400, 120)
    # 0.55 to 0.95 across, 0.825 to 0.975 down
    assert label.pixels(1_000, 2_000) == (550, 1_650, 400, 300)
    assert (empty.name, empty.found) == ("NY_1928185102", ())


def test_class_indices_are_those_of_leafmachine() -> None:
    rows = {
        "Detections_Archival_Components": [[n, 0.5, 0.5, 0.1, 0.1] for n in range(9)],
        "Detections_Plant_Components": [[float(n), 0.5, 0.5, 0.1, 0.1] for n in range(11)],
    }
    (sheet,) = read({"a": rows})
    assert [one.part for one in sheet.found] == [*ARCHIVAL, *PLANT]
    assert ARCHIVAL[7:] == ("attached_item", "weights")
    assert PLANT[3:7] == ("seed_fruit_one", "seed_fruit_many", "flower_one", "flower_many")


def test_the_json_of_one_picture_is_named_by_its_file(tmp_path: Path) -> None:
    one = {"height": 10, "width": 10, "Detections_Archival_Components": [[1, 0.5, 0.5, 1, 1]]}
    path = tmp_path / "sheet 7.json"
    path.write_text(json.dumps(one), encoding="utf-8-sig")
    assert [(sheet.name, sheet.found[0].part) for sheet in read_detections(path)] == [("sheet 7", "barcode")]
    assert read(one, name="other.jpg")[0].name == "other.jpg"
    with pytest.raises(DetectionsError, match="does not say of which picture"):
        read(one)


def test_the_plain_form() -> None:
    box = {"class": "Attached item", "box": [10, 20, 60, 120], "confidence": 0.9}
    (one,) = read({"image": "sheet.jpg", "detections": [box]})
    assert (one.name, one.found[0].part, one.found[0].confidence) == ("sheet.jpg", "attached_item", 0.9)
    assert one.found[0].pixels(100, 100) == (10, 20, 50, 80)  # cut off at the lower edge
    sized = {"image": "sheet.jpg", "width": 100, "height": 200, "detections": [box]}
    # Found in a picture of 100 x 200, cut out of one twenty times as large.
    assert read([sized])[0].found[0].pixels(2_000, 4_000) == (200, 400, 1_000, 2_000)
    assert read({"images": [sized, {"image": "b", "detections": []}]})[1].found == ()


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ([9, 0.5, 0.5, 0.1, 0.1], "class 9 is unknown; the classes are 0 to 8"),
        ([-1, 0.5, 0.5, 0.1, 0.1], "class -1 is unknown"),
        ([0.5, 0.5, 0.5, 0.1, 0.1], "class 0.5 is unknown"),
        ([True, 0.5, 0.5, 0.1, 0.1], "'True' is no usable number"),
        ([0, 0.5, 0.5, -0.1, 0.1], "-0.1 x 0.1 has no area"),
        ([0, 0.5, 0.5, 0.1, 0], "0.1 x 0 has no area"),
        ([0, float("nan"), 0.5, 0.1, 0.1], "'nan' is no usable number"),
        ([0, float("inf"), 0.5, 0.1, 0.1], "'inf' is no usable number"),
        ([0, 10**400, 0.5, 0.1, 0.1], "no usable number"),
        ([0, "x", 0.5, 0.1, 0.1], "'x' is no usable number"),
        ([0, None, 0.5, 0.1, 0.1], "'None' is no usable number"),
        ([0, 1.2, 0.5, 0.1, 0.1], "lies outside the picture"),
        ([0, 0.5, -0.3, 0.1, 0.1], "lies outside the picture"),
        ([0, 0.5, 0.5, 0.1, 0.1, 1.5], "a confidence lies between 0 and 1, not 1.5"),
        ([0, 0.5, 0.5, 0.1], "5 or 6 numbers"),
        ({"box": 1}, "5 or 6 numbers"),
    ],
)
def test_bad_rows_are_left_out_in_words(row: Any, problem: str) -> None:
    good = [2, 0.5, 0.5, 0.1, 0.1]
    (sheet,) = read({"a": {"Detections_Archival_Components": [good, row, good]}})
    assert [one.part for one in sheet.found] == ["colorcard", "colorcard"]
    assert len(sheet.problems) == 1
    assert sheet.problems[0].startswith("Detections_Archival_Components, row 2: ")
    assert problem in sheet.problems[0]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"class": "label", "box": [5, 5, 5, 9]}, "0 x 4 has no area"),
        ({"class": "label", "box": [9, 5, 5, 9]}, "-4 x 4 has no area"),
        ({"class": "label", "box": [-9, -9, -1, -1]}, "lies outside"),
        ({"class": "../etc", "box": [0, 0, 5, 9]}, "class '../etc' is no name"),
        ({"box": [0, 0, 5, 9]}, "is no name"),
        ({"class": "label", "box": [0, 0, 5]}, "left, top, right, bottom"),
        ("label", "left, top, right, bottom"),
    ],
)
def test_bad_plain_rows_are_left_out_in_words(row: Any, problem: str) -> None:
    (sheet,) = read({"image": "a", "detections": [row, {"class": "map", "box": [0, 0, 9, 9]}]})
    assert [one.part for one in sheet.found] == ["map"]
    assert sheet.problems[0].startswith("detection 1: ") and problem in sheet.problems[0]


def test_boxes_are_cut_off_at_the_edges_and_refused_outside() -> None:
    assert Detection("leaf", None, (-0.1, -0.1, 1.3, 0.2)).pixels(100, 100) == (0, 0, 100, 10)
    with pytest.raises(BoxError, match="leaf lies outside the picture of 100 x 80 pixels"):
        Detection("leaf", None, (100, 0, 20, 20), relative=False).pixels(100, 80)
    with pytest.raises(BoxError):  # less than a pixel
        Detection("leaf", None, (0.5, 0.5, 0.001, 0.001)).pixels(100, 80)


def test_what_is_no_json_is_said_with_its_place() -> None:
    assert "line 2, column 1" in refused(b'{"a":\n', "not-json")
    assert "byte 2 is not UTF-8" in refused(b'{"\xff": 1}', "not-json")
    refused(b"", "not-json")
    refused(b"[" * 100_000, "not-json")
    refused(b'{"a": 1' + b"0" * 5_000 + b"}", "not-json")


def test_another_json_is_said_to_be_another() -> None:
    assert "'type', 'features'" in refused(b'{"type": "FeatureCollection", "features": []}', "another-json")
    assert "LeafMachine2" in refused(b"7", "another-json")
    refused(b"{}", "another-json")
    refused(b'[{"class": "label"}]', "another-json")
    refused(b'{"a": {"Detections_Archival_Components": {}}, "b": 1}', "another-json")
    refused(b'{"a": {"Detections_Archival_Components": []}, "b": 1}', "another-json")
    refused(b'[{"detections": []}]', "another-json")
    refused(b"[]", "empty")


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = [0, 0.5, 0.5, 0.1, 0.1]
    many = {"a": {"Detections_Archival_Components": [row] * 5_001}}
    assert "5,001 detections" in refused(json.dumps(many).encode(), "too-many")
    monkeypatch.setattr(module, "MAX_PICTURES", 2)
    refused(
        json.dumps({name: {"Detections_Archival_Components": [row]} for name in "abc"}).encode(), "too-many"
    )
    monkeypatch.setattr(module, "MAX_BYTES", 20)
    path = tmp_path / "large.json"
    path.write_text(LEAFMACHINE)
    with pytest.raises(DetectionsError, match="at most 20 are read"):
        read_detections(path)
    refused(LEAFMACHINE.encode(), "too-large")
    with pytest.raises(DetectionsError, match=r"absent\.json cannot be read"):
        read_detections(tmp_path / "absent.json")
