"""A collection is screened sheet by sheet: what is known of drawn stains is what the table says."""

from __future__ import annotations

import dataclasses
import hashlib
import tracemalloc
import weakref
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference import engine, tiles
from inference.condition import sheet as sheet_module
from inference.condition.heatmap import colours
from inference.condition.listing import sheets_source
from inference.condition.screen import Report, screen
from inference.condition.table import SheetRow, beside, read_table, read_tiles_of
from inference.condition.tile_model import TileModel, read_tile_model
from inference.engine import load_engine, softmax
from inference.errors import InputError, ModelError
from inference.folder import as_classes, load_folder
from inference.preprocess import decode_rgb, make_preprocessing
from inference.tiles import Tiling
from tests.inference.condition.models import (
    CLASSES,
    MIDDLE,
    SIZE,
    make_dark_model,
    make_dark_tile_model,
    stained,
)
from tests.inference.conftest import drawn, encoded


@pytest.fixture
def model(tmp_path: Path) -> TileModel:
    return read_tile_model(make_dark_tile_model(tmp_path / "models"))


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Two sheets of rough paper, one of them with a dark tile."""
    root = tmp_path / "images"
    (root / "sub").mkdir(parents=True)
    (root / "a.png").write_bytes(encoded(stained(box=None), "PNG"))
    (root / "sub" / "b.png").write_bytes(encoded(stained(), "PNG"))
    return root


def screened(model: TileModel, images: Path, **options: object) -> tuple[Report, dict[str, SheetRow]]:
    output = images.parent / "out" / "t.tsv"
    report = screen(model, None, sheets_source(images), output, **options)  # type: ignore[arg-type]
    return report, {row.file: row for row in read_table(output)}


def test_a_stain_is_found_where_it_is(model: TileModel, images: Path, tmp_path: Path) -> None:
    heat, cut = tmp_path / "heat", tmp_path / "cut"
    report, rows = screened(model, images, heatmaps=heat, tiles=cut, threads=1, batch=4)
    assert (report.sheets, report.before, dict(report.problems)) == (2, 0, {"screened": 2})
    clean, stain = rows["a.png"], rows["sub/b.png"]
    assert (clean.width, clean.height, clean.tiles, clean.kept) == (300, 200, 20, 20)
    assert stain.hottest == (64, 64, 128, 128)
    assert (clean.condition_share, stain.condition_share) == (0, pytest.approx(1 / 20, abs=1e-6))
    assert clean.condition_max and clean.condition_max < 0.01
    assert stain.condition_max and stain.condition_max > 0.99
    assert stain.condition == "contaminated"
    assert clean.sha256 == hashlib.sha256((images / "a.png").read_bytes()).hexdigest()

    found = read_tiles_of(beside(cut, "sub/b.png", ".npz"))
    pixels = decode_rgb((images / "sub" / "b.png").read_bytes())
    for (left, top, right, bottom), sound in zip(found.boxes, found.probabilities[:, 0], strict=True):
        mean = pixels[top:bottom, left:right].mean()
        assert sound == pytest.approx(1 / (1 + np.exp(-0.1 * (mean - MIDDLE))), abs=2e-3)
    assert stain.sound_mean == pytest.approx(found.probabilities[:, 0].mean(), abs=1e-6)
    assert found.classes == CLASSES
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-6)

    shown = np.asarray(Image.open(beside(heat, "sub/b.png", ".png")))
    assert shown.shape == (200, 300, 4)
    assert (shown[70:120, 70:120] == colours(np.float64(found.condition.max()))).all()
    assert (shown[:60, :60, 3] < 50).all()


def test_scores_stand_with_their_tiles_where_some_are_skipped(model: TileModel, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    sheet = stained(box=(192, 64, 256, 128))
    sheet.paste((250, 248, 240), (0, 0, 128, 200))
    (tmp_path / "images" / "a.png").write_bytes(encoded(sheet, "PNG"))
    _, rows = screened(model, tmp_path / "images", tiles=tmp_path / "cut", batch=3)
    assert (rows["a.png"].tiles, rows["a.png"].kept) == (20, 12)
    assert rows["a.png"].hottest == (192, 64, 256, 128)
    found = read_tiles_of(tmp_path / "cut" / "a.png.npz")
    assert (np.isnan(found.probabilities[:, 0]) == (found.boxes[:, 2] <= 128)).all()


def test_every_class_is_kept_and_any_may_be_the_sound_one(images: Path, tmp_path: Path) -> None:
    model = read_tile_model(make_dark_tile_model(tmp_path / "other", sound=1))
    output = tmp_path / "t.tsv"
    screen(model, model.folder, sheets_source(images), output, tiles=tmp_path / "cut")
    rows = {row.file: row for row in read_table(output)}
    assert (rows["a.png"].sheet_sound or 0) < 0.01, "found by its name"
    assert rows["a.png"].condition == "clean", "of the others, the likeliest"
    assert rows["a.png"].condition_share == 1
    found = read_tiles_of(tmp_path / "cut" / "sub" / "b.png.npz")
    assert (found.sound, found.probabilities.shape) == (1, (20, 3))


def test_the_whole_sheet_model_sees_what_predict_sees(
    model: TileModel, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict, seen = engine.OpenVinoEngine.predict, []

    def noted(self: engine.OpenVinoEngine, pictures: np.ndarray) -> np.ndarray:
        seen.append(pictures.copy())
        return predict(self, pictures)

    exif = Image.Exif()
    exif[274] = 6
    (images / "turned.jpg").write_bytes(encoded(stained(), "JPEG", exif=exif))
    whole = load_folder(make_dark_model(tmp_path / "whole"))
    output = tmp_path / "t.tsv"
    with monkeypatch.context() as patched:
        patched.setattr(engine.OpenVinoEngine, "predict", noted)
        screen(model, whole, sheets_source(images), output)
    loaded = load_engine(whole, batch=1, threads=1)
    for row in read_table(output):
        picture = make_preprocessing(SIZE)((images / row.file).read_bytes())
        assert any(np.array_equal(picture[None], each) for each in seen), "as its file stores it, not upright"
        assert row.sheet_sound == pytest.approx(softmax(loaded.predict(picture[None]))[0, 0], abs=2e-6)
    rows = {row.file: row for row in read_table(output)}
    turned = rows["turned.jpg"]
    assert (turned.width, turned.height) == (200, 300)
    # Turned clockwise by a quarter: what is stored at 64-128, 64-128 of 300 x 200 is seen at 72-136, 64-128.
    assert turned.hottest == (64, 64, 128, 128)


def test_bad_pictures_have_a_row_and_a_reason(model: TileModel, images: Path, tmp_path: Path) -> None:
    (images / "blank.jpg").write_bytes(encoded(Image.new("RGB", (200, 300), "white"), "JPEG"))
    (images / "cut.jpg").write_bytes(encoded(stained(), "JPEG")[:4000])
    (images / "empty.png").write_bytes(b"")
    (images / "small.png").write_bytes(encoded(stained((40, 200), None), "PNG"))
    (images / "dot.png").write_bytes(encoded(drawn(0, (1, 1)), "PNG"))
    (images / "panorama.jpg").write_bytes(encoded(drawn(0, (9000, 70)), "JPEG"))
    deep = Image.fromarray(np.asarray(stained().convert("L"), np.uint16) * 257)
    (images / "deep.tif").write_bytes(encoded(deep, "TIFF"))
    (images / "cmyk.jpg").write_bytes(encoded(stained().convert("CMYK"), "JPEG"))
    (images / "palette.png").write_bytes(encoded(stained().quantize(200), "PNG"))
    (images / "alpha.png").write_bytes(encoded(stained().convert("RGBA"), "PNG"))
    heat, cut = tmp_path / "heat", tmp_path / "cut"
    report, rows = screened(model, images, heatmaps=heat, tiles=cut)
    problems = {file: row.problem for file, row in rows.items() if row.problem}
    assert problems == {
        "blank.jpg": "blank", "dot.png": "blank", "small.png": "small",
        "cut.jpg": "unreadable", "empty.png": "unreadable",
    }  # fmt: skip
    assert report.problems == {"screened": 7, "blank": 2, "small": 1, "unreadable": 2}
    assert list(rows) == sorted(rows)
    errors = (tmp_path / "out" / "t.errors.tsv").read_text()
    assert "cut.jpg\tdamaged JPEG: " in errors and "empty.png\tthe file is empty" in errors

    blank, small = rows["blank.jpg"], rows["small.png"]
    assert (blank.width, blank.tiles, blank.kept, blank.entropy) == (200, 20, 0, 0)
    assert (blank.sound_mean, blank.condition_max, blank.hottest) == (None, None, None)
    assert not np.asarray(Image.open(heat / "blank.jpg.png")).any(), "nothing was looked at"
    assert np.isnan(read_tiles_of(cut / "blank.jpg.npz").probabilities).all()
    assert (small.tiles, small.kept) == (4, 4) and small.sound_mean and small.sound_mean > 0.99
    assert read_tiles_of(cut / "small.png.npz").boxes[:, 2].tolist() == [40] * 4
    assert rows["cut.jpg"] == SheetRow("cut.jpg", problem="unreadable")
    assert not (heat / "cut.jpg.png").exists()
    assert rows["panorama.jpg"].tiles == 2 * 141
    assert Image.open(heat / "panorama.jpg.png").size == (1024, 8)
    for name in ("deep.tif", "cmyk.jpg", "palette.png", "alpha.png"):
        assert rows[name].hottest == (64, 64, 128, 128), name


def test_stride_and_entropy_may_differ_from_the_models(model: TileModel, images: Path) -> None:
    _, rows = screened(model, images, tiling=Tiling(SIZE, 32, 0))
    assert rows["a.png"].tiles == 9 * 6
    _, rows = screened(model, images, tiling=Tiling(SIZE, 64, 8))
    assert (rows["a.png"].kept, rows["a.png"].problem) == (0, "blank")
    with pytest.raises(ModelError, match="64 pixels; got .* 32 pixels"):
        screened(model, images, tiling=Tiling(32, 32))


def test_models_that_do_not_go_together_are_refused(model: TileModel, images: Path, tmp_path: Path) -> None:
    other = dataclasses.replace(model.folder, classes=as_classes(("Sheet", "Slide", "Text")))
    with pytest.raises(ModelError, match="must have the tile model's sound class 'clean', got"):
        screen(model, other, sheets_source(images), tmp_path / "t.tsv")
    assert not (tmp_path / "t.tsv.part").exists()


def test_memory_does_not_grow_with_tiles_or_sheets(
    model: TileModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At any time a sheet under way holds one row of tiles, and one batch of them for the network."""
    alive, most, batches = [0], [0], []
    cut = tiles.Sheet._row
    predict = engine.OpenVinoEngine.predict

    def counted(self: tiles.Sheet, top: int, lefts: list[int], tiling: Tiling) -> tiles.Tiles:
        found = cut(self, top, lefts, tiling)
        number = len(found.boxes)
        alive[0] += number
        most[0] = max(most[0], alive[0])
        weakref.finalize(found, lambda: alive.__setitem__(0, alive[0] - number))
        return found

    def noted(self: engine.OpenVinoEngine, pictures: np.ndarray) -> np.ndarray:
        batches.append(len(pictures))
        return predict(self, pictures)

    monkeypatch.setattr(tiles.Sheet, "_row", counted)
    monkeypatch.setattr(engine.OpenVinoEngine, "predict", noted)
    peaks, kept = [], 0
    for name, number in (("few", 2), ("many", 8)):
        root = tmp_path / name
        root.mkdir()
        for each in range(number):
            (root / f"{each:03}.png").write_bytes(encoded(drawn(each, (320, 640)), "PNG"))
        tracemalloc.start()
        report, rows = screened(model, root, threads=1, batch=16)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert report.sheets == number
        kept += sum(each.kept or 0 for each in rows.values())
    row = 320 // SIZE
    assert most[0] <= 2 * row, "the one that is looked at, and the next one"
    assert max(batches) == 16 and sum(batches) == kept
    assert peaks[1] < 1.2 * peaks[0] + 1_000_000


def test_a_list_of_sheets(model: TileModel, images: Path, tmp_path: Path) -> None:
    listed = images / "sheets.tsv"
    known = hashlib.sha256((images / "a.png").read_bytes()).hexdigest()
    listed.write_text(
        "id\tfile\tlabel\tsha256\n"
        f"two\tsub/b.png\tclean\t\none\ta.png\tclean\t{known}\n"
        "three\tnone.png\t\t\nfour\tsub\t\t\n"
    )
    output = tmp_path / "t.tsv"
    screen(model, None, sheets_source(listed), output)
    rows = list(read_table(output))
    assert [(row.id, row.file, row.problem) for row in rows] == [
        ("two", "sub/b.png", ""), ("one", "a.png", ""),
        ("three", "none.png", "unreadable"), ("four", "sub", "unreadable"),
    ]  # fmt: skip
    listed.write_text(f"file\tsha256\na.png\t{known[::-1]}\n")
    screen(model, None, sheets_source(listed), output)
    assert [row.problem for row in read_table(output)] == ["unreadable"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name\na.png\n", "must have a column 'file', got \\['name'\\]"),
        ("", "must have a column 'file', got None"),
        ("file\n../a.png\n", "line 2: file must be a path below a folder, got '../a.png'"),
        ("file\n/a.png\n", "got '/a.png'"),
        ("file\na.png\na.png\n", "line 3: 'a.png' is named twice"),
        ("id\tfile\n1\n", "line 2: file is missing"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(text: str, words: str, tmp_path: Path) -> None:
    table = tmp_path / "sheets.tsv"
    table.write_text(text)
    with pytest.raises(InputError, match=words):
        sheets_source(table)


def test_what_cannot_be_written_ends_the_run(
    model: TileModel, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is no property of a picture."""

    def full(path: Path, scores: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sheet_module, "write_tiles", full)
    with pytest.raises(OSError, match="No space left"):
        screened(model, images, tiles=images.parent / "cut")
