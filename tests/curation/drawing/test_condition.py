"""Drawn sheets for telling condition: what a stain is, what only looks like one, and their folder."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageChops

from curation.drawing import condition_sheet
from curation.drawing.condition import KINDS, LOOK_ALIKES, DrawnSheet, Kind, draw_sheet, plan, write_sheets
from curation.drawing.mark import COMMENT, mark_box
from curation.drawing.stains import rectangles

ROOT = Path(__file__).parents[3]
SMALL = 160
EVERY: list[tuple[Kind, str | None]] = [
    ("clean", None),
    ("contaminated", None),
    *(("look-alike", name) for name in LOOK_ALIKES),
]


def pixels(sheet: DrawnSheet) -> npt.NDArray[np.float64]:
    return np.asarray(sheet.image, np.float64)


def inside(sheet: DrawnSheet) -> npt.NDArray[np.bool_]:
    """Which pixels lie in the rectangles of the stains."""
    width, height = sheet.image.size
    held = np.zeros((height, width), bool)
    for left, top, wide, high in sheet.stains:
        rows = slice(int(top * height), int(np.ceil((top + high) * height)))
        held[rows, int(left * width) : int(np.ceil((left + wide) * width))] = True
    return held


def test_the_rectangles_hold_the_darkening_and_not_the_whole_sheet() -> None:
    covered = []
    for seed in range(12):
        stained = draw_sheet(seed, kind="contaminated", short_side=SMALL)
        change = pixels(stained) - pixels(draw_sheet(seed, kind="clean", short_side=SMALL))
        energy = (change**2).sum(axis=2)
        held = inside(stained)
        assert energy[held].sum() >= 0.95 * energy.sum(), f"seed {seed}"
        assert change[held].mean() < -8, f"seed {seed}: a stain must darken"
        assert 1 <= len(stained.stains) <= 10
        covered.append(held.mean())
    assert max(covered) < 0.65
    assert np.mean(covered) < 0.4


def test_rectangles_lie_on_the_picture() -> None:
    for seed in range(8):
        for left, top, width, height in draw_sheet(seed, kind="contaminated", short_side=64).stains:
            assert left >= 0 and top >= 0 and width > 0 and height > 0
            assert left + width <= 1 + 1e-9 and top + height <= 1 + 1e-9


def test_apart_from_its_stains_a_stained_sheet_is_the_clean_one() -> None:
    """Else a model could tell the kinds by something that no stain has."""
    stained = draw_sheet(4, kind="contaminated", short_side=SMALL)
    clean = draw_sheet(4, kind="clean", short_side=SMALL)
    same = (stained.image.tobytes(), clean.image.tobytes())
    assert same[0] != same[1]
    away = np.abs(pixels(stained) - pixels(clean)).sum(axis=2)[~inside(stained)]
    assert np.mean(away == 0) > 0.5
    assert {k: stained.facts[k] for k in ("year", "source", "number", "genus")} == {
        k: clean.facts[k] for k in ("year", "source", "number", "genus")
    }


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_a_look_alike_changes_the_sheet_and_is_no_stain(name: str) -> None:
    for seed in (1, 2):
        alike = draw_sheet(seed, kind="look-alike", look_alike=name, short_side=SMALL)
        clean = draw_sheet(seed, kind="clean", short_side=SMALL)
        assert np.abs(pixels(alike) - pixels(clean)).max() > 20
        assert alike.stains == []
        assert alike.label == "clean"
        assert alike.facts["strength"] == 0


def test_both_sorts_of_shadow_occur() -> None:
    """One beside the plants only, and one that also lies over the table's edge."""
    shares = []
    for seed in range(8):
        alike = draw_sheet(seed, kind="look-alike", look_alike="shadow", short_side=64)
        change = pixels(alike) - pixels(draw_sheet(seed, kind="clean", short_side=64))
        shares.append(np.mean(np.abs(change).sum(axis=2) > 12))
    assert min(shares) < 0.35 < max(shares)


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_same_arguments_same_pixels_other_seed_other_pixels(kind: Kind, name: str | None) -> None:
    first = draw_sheet(11, kind=kind, look_alike=name, short_side=96)
    again = draw_sheet(11, kind=kind, look_alike=name, short_side=96)
    assert first.image.tobytes() == again.image.tobytes()
    assert (first.stains, first.facts) == (again.stains, again.facts)
    assert first.image.tobytes() != draw_sheet(12, kind=kind, look_alike=name, short_side=96).image.tobytes()


def test_another_process_draws_the_same_and_needs_no_django() -> None:
    program = (
        "import hashlib, sys; from curation.drawing.condition import draw_sheet\n"
        "sheet = draw_sheet(7, kind='contaminated', short_side=96)\n"
        "print(hashlib.sha256(sheet.image.tobytes()).hexdigest(), sorted(sys.modules).count('django'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    here = draw_sheet(7, kind="contaminated", short_side=96)
    assert done.stdout.split() == [hashlib.sha256(here.image.tobytes()).hexdigest(), "0"]


def test_a_larger_picture_shows_the_same_stains() -> None:
    small = draw_sheet(5, kind="contaminated", short_side=128)
    large = draw_sheet(5, kind="contaminated", short_side=320)
    again = large.image.resize(small.image.size, Image.Resampling.BOX)
    assert np.abs(np.asarray(again, float) - pixels(small)).mean() < 12
    overlap = inside(small) & inside(DrawnSheet(small.image, large.stains, {}))
    assert overlap.sum() > 0.8 * inside(small).sum()


def test_very_large_pictures_are_drawn_without_doubling(monkeypatch: pytest.MonkeyPatch) -> None:
    doubled = draw_sheet(2, kind="contaminated", short_side=160)
    monkeypatch.setattr(condition_sheet, "_PLAIN_EDGES", 159)
    plain = draw_sheet(2, kind="contaminated", short_side=160)
    assert plain.image.size == doubled.image.size
    assert plain.image.tobytes() != doubled.image.tobytes()
    assert np.abs(pixels(plain) - pixels(doubled)).mean() < 12


def test_the_mark_is_on_every_sheet_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [draw_sheet(3, kind=kind, look_alike=name, short_side=96) for kind, name in EVERY]
    monkeypatch.setattr(condition_sheet, "marked", lambda image: image)
    for sheet, (kind, name) in zip(shown, EVERY, strict=True):
        plain = draw_sheet(3, kind=kind, look_alike=name, short_side=96)
        changed = ImageChops.difference(sheet.image, plain.image).getbbox()
        left, top, right, bottom = mark_box(sheet.image.size)
        assert changed is not None
        assert changed[0] >= left and changed[1] >= top
        assert changed[2] <= right + 1 and changed[3] <= bottom + 1


def test_no_darkening_no_rectangles() -> None:
    assert rectangles(np.zeros((20, 16), np.float32)) == []


def test_two_spots_get_a_rectangle_each() -> None:
    field = np.zeros((80, 64), np.float32)
    field[4:16, 4:12] = 40
    field[60:72, 44:60] = 40
    expected = [(4 / 64, 4 / 80, 8 / 64, 12 / 80), (44 / 64, 60 / 80, 16 / 64, 12 / 80)]
    assert np.allclose(rectangles(field), expected)


def test_a_set_is_in_balance_and_a_larger_one_begins_with_it() -> None:
    small, large = list(plan(160, seed=3)), list(plan(320, seed=3))
    assert large[:160] == small
    kinds = [item.kind for item in small]
    assert [kinds.count(kind) for kind in KINDS] == [40, 80, 40]
    names = [item.look_alike for item in small if item.look_alike]
    assert [names.count(name) for name in LOOK_ALIKES] == [10] * 4
    assert len({item.seed for item in large}) == 320
    assert not {item.seed for item in small} & {item.seed for item in plan(160, seed=4)}


def test_houses_and_years_are_alike_for_all_kinds() -> None:
    facts = [(item.kind, item.draw(32).facts) for item in plan(60)]
    years = {kind: [f["year"] for k, f in facts if k == kind] for kind in KINDS}
    assert all(1805 <= year <= 1995 for group in years.values() for year in group)
    means = [np.mean(group) for group in years.values()]
    assert max(means) - min(means) < 45
    for kind in KINDS:
        assert len({f["source"] for k, f in facts if k == kind}) >= 3


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"seed": -1, "kind": "clean"}, "seed must be 0 or more; got -1"),
        ({"seed": 1, "kind": "mouldy"}, "No sheet of the kind 'mouldy'"),
        ({"seed": 1, "kind": "look-alike"}, "No look-alike None; there are: shadow"),
        ({"seed": 1, "kind": "look-alike", "look_alike": "ink"}, "No look-alike 'ink'"),
        ({"seed": 1, "kind": "clean", "look_alike": "glue"}, "has no look-alike; got 'glue'"),
        ({"seed": 1, "kind": "clean", "short_side": 31}, "32 pixels or more; got 31"),
    ],
)
def test_wrong_arguments_are_named(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        draw_sheet(**given)  # type: ignore[arg-type]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_a_folder_of_sheets_says_what_each_is(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    folder = write_sheets(tmp_path / "set", 16, 2, short_side=64, progress=lambda *n: seen.append(n))
    sheets, regions = rows(folder / "sheets.tsv"), rows(folder / "regions.tsv")
    assert seen[-1] == (16, 16)
    assert [row["label"] for row in sheets].count("contaminated") == 8
    assert sorted(row["look_alike"] for row in sheets if row["look_alike"]) == sorted(LOOK_ALIKES)
    stained = {row["id"] for row in sheets if row["label"] == "contaminated"}
    assert {row["id"] for row in regions} == stained
    assert {row["label"] for row in regions} == {"contaminated"}
    for row in sheets:
        with Image.open(folder / row["file"]) as image:
            assert min(image.size) == 64
            assert image.info["comment"] == COMMENT.encode()


def test_the_same_set_twice_is_the_same_bytes_and_another_is_refused(tmp_path: Path) -> None:
    first = write_sheets(tmp_path / "a", 6, 2, short_side=64)
    second = write_sheets(tmp_path / "b", 6, 2, short_side=64, workers=2)
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) == 9
    for name in files:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    before = (first / "sheets.tsv").stat().st_mtime_ns
    assert write_sheets(first, 6, 2, short_side=64) == first
    assert (first / "sheets.tsv").stat().st_mtime_ns == before
    with pytest.raises(ValueError, match="holds another set"):
        write_sheets(first, 7, 2, short_side=64)


def test_training_reads_the_folder(tmp_path: Path) -> None:
    from training.condition.sheets import open_sheets
    from training.condition.split import with_splits

    found = with_splits(open_sheets(write_sheets(tmp_path, 20, short_side=32)))
    assert found.classes == ("clean", "contaminated")
    assert [len(found.of(split)) for split in ("train", "validate", "test")] == [14, 4, 2]
    assert len(found.regions) == 10
