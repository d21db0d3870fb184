"""The whole way on easy sheets: both models trained, evaluated, told about; stopped and gone on with."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.condition.table import read_tiles_of
from inference.condition.tile_model import read_tile_model
from inference.folder import load_folder
from tests.training.condition.drawn_sheets import write_easy_sheets
from tests.training.drawn import make_imagefolder_export
from training.__main__ import main
from training.condition.config import parts_of, resolve_tiles, resolve_whole
from training.condition.evaluate import run_condition_evaluation
from training.condition.run import run_condition
from training.condition.sheets import SheetSet, open_sheets
from training.condition.split import with_splits
from training.condition.train_sheets import run_sheets
from training.condition.train_tiles import run_tiles
from training.config import ConfigError, read_config
from training.data.errors import DataError
from training.progress import Silent
from training.runs.weights import read_arrays

# Keras alone: converting two networks for OpenVINO takes longer than training them.
NETWORK = {"name": "cnn", "filters": [8, 16, 16]}
LEARNING = {
    "network": NETWORK, "learning_rate": 0.01, "augment": "none", "openvino": False,
    "schedule": {"name": "constant"},
}  # fmt: skip
TILES = {**LEARNING, "size": 64, "stride": 64, "epochs": 2, "batch": 32}
SHEETS = {**LEARNING, "image_size": 64, "epochs": 5, "batch": 8}


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("var")
        patch.setenv("VASCULUM_VAR", str(folder))
        yield folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_easy_sheets(tmp_path_factory.mktemp("easy") / "sheets", 60)


@pytest.fixture(scope="module")
def config(data: Path) -> dict[str, Any]:
    return {"data": str(data), "tiles": TILES, "sheets": SHEETS}


@pytest.fixture(scope="module")
def out(config: dict[str, Any], var: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    run_condition(config, folder)
    return folder


@pytest.fixture(scope="module")
def report(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "report/report.json").read_text())
    return found


@pytest.fixture(scope="module")
def sheets(data: Path) -> SheetSet:
    return with_splits(open_sheets(data))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, dialect="excel-tab"))


def test_both_models_tell_the_test_sheets_apart(report: dict[str, Any]) -> None:
    for model in ("tiles", "whole"):
        assert report[model]["accuracy"] >= 0.9 and report[model]["auc"] >= 0.95, model
        assert report[model]["sheets"] == 6
        assert {one["class"] for one in report[model]["classes"]} == {"clean", "contaminated"}
    assert report["single_tiles"]["accuracy"] >= 0.9
    assert "border" in {one["shows"] for one in report["tiles"]["look_alikes"]}


def test_the_hottest_tile_lies_on_the_stain(out: Path, sheets: SheetSet, report: dict[str, Any]) -> None:
    stained = [one for one in sheets.of("test") if one.label == "contaminated"]
    assert len(stained) == 3 == report["hottest"]["sheets"] == report["hottest"]["on_region"]
    for sheet in stained:
        scores = read_tiles_of(out / f"report/sheets/tiles/{sheet.file}.npz")
        left, top, right, bottom = scores.boxes[int(np.nanargmax(scores.condition))] / 256
        (region,) = sheets.regions[sheet.id]
        across = min(right, region.left + region.width) - max(left, region.left)
        down = min(bottom, region.top + region.height) - max(top, region.top)
        assert across > 0 and down > 0, sheet.id


def test_no_tile_of_a_test_sheet_was_trained_on(out: Path, sheets: SheetSet) -> None:
    test = {one.id for one in sheets.of("test")}
    cut = {row["sheet"] for table in (out / "tiles/tiles").glob("*.tsv") for row in rows(table)}
    assert test and cut and not test & cut
    assert not list(out.rglob("*.u8")), "pixels that only training needs are left"
    for run in ("tiles", "sheets"):
        assert {row["id"] for row in rows(out / run / "split.tsv") if row["split"] == "test"} == test


def test_a_sheet_that_was_trained_on_is_no_test(config: dict[str, Any], out: Path, tmp_path: Path) -> None:
    models = {"tile_model": str(out / "tiles/model"), "sheet_model": str(out / "sheets/model")}
    with pytest.raises(DataError, match="no sheet of the split 'test' may have been trained on"):
        run_condition_evaluation({"data": config["data"], "seed": 3, **models}, tmp_path / "report")


def test_the_models_say_what_they_are(out: Path) -> None:
    tiles = read_tile_model(out / "tiles")
    assert (tiles.sound_name, tiles.tiling.size, tiles.folder.image_size) == ("clean", 64, 64)
    assert tiles.folder.metrics["validate_accuracy"] > 0.8
    whole = load_folder(out / "sheets/model")
    assert whole.class_names == ["clean", "contaminated"] and whole.image_size == 64
    assert (out / "tiles/README.md").read_text().startswith("# tiles\n")


def test_the_report_is_whole_in_itself(out: Path, report: dict[str, Any]) -> None:
    page = (out / "report/report.html").read_text()
    assert "<script" not in page and not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert page.count("data:image/svg+xml;base64,") == 10 and "prefers-color-scheme: dark" in page
    names = {one.name for one in (out / "report").iterdir()}
    assert {
        "report.md", "predictions.tsv", "misclassified.tsv", "scores.tsv", "sources.tsv", "look-alikes.tsv",
        "coverage.tsv", "entropy-tiles.tsv", "entropy-sheets.svg", "histogram-tiles.svg",
        "histogram-whole.svg", "confusion-tiles.svg", "confusion-whole.svg", "coverage-whole.svg",
        "example-condition.svg",
    } <= names  # fmt: skip
    said = rows(out / "report/predictions.tsv")
    for model, column in (("tiles", "by_tiles"), ("whole", "by_whole_sheet")):
        right = [row[column] == row["label"] for row in said]
        assert sum(right) / len(right) == report[model]["accuracy"]
    assert sum(report["tiles"]["histogram"]["counts"]["clean"]) == 3


def test_the_rule_was_chosen_where_it_is_not_judged(out: Path, report: dict[str, Any]) -> None:
    validate = {row["file"]: row for row in rows(out / "report/sheets/validate.tsv")}
    found = sorted((float(row["sound_mean"]), int(name[1:4]) % 2) for name, row in validate.items())
    stained = max(value for value, odd in found if odd)
    clean = min(value for value, odd in found if not odd)
    (mean,) = [one for one in report["scores"] if one["score"] == "mean"]
    assert mean["threshold"] == pytest.approx((stained + clean) / 2, abs=1e-5)


def test_what_is_done_is_not_done_again(config: dict[str, Any], out: Path, var: Path) -> None:
    looks = list((var / "looks").iterdir())
    before = [file.read_bytes() for file in looks]
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.json")}
    assert len(before) == 1 and before[0].count(b"\n") == 2
    run_condition(config, out)
    assert [file.read_bytes() for file in looks] == before
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.json")} == times


class Stopped(Exception):
    pass


class StopAfter(Silent):
    def __init__(self, checks: int) -> None:
        self.left = checks

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Stopped


def test_a_training_that_was_stopped_ends_with_the_same_bits(
    config: dict[str, Any], out: Path, tmp_path: Path
) -> None:
    own = parts_of(config)["tiles"]
    steps = [json.loads(line)["step"] for line in (out / "tiles/metrics.jsonl").read_text().splitlines()]
    # All sheets cut, the first epoch, one step of the second.
    with pytest.raises(Stopped):
        run_tiles(own, tmp_path / "tiles", StopAfter(54 + steps[0] + 1))
    assert len((tmp_path / "tiles/metrics.jsonl").read_text().splitlines()) == 1
    run_tiles(own, tmp_path / "tiles")
    for one in (out / "tiles/checkpoints").iterdir():
        found, wanted = read_arrays(tmp_path / "tiles/checkpoints" / one.name), read_arrays(one)
        for value, other in zip(found.values(), wanted.values(), strict=True):
            assert value.tobytes() == other.tobytes()


def test_a_set_that_cannot_be_tested_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    few = write_easy_sheets(tmp_path / "few", 6)
    with pytest.raises(DataError, match="test has none of 'clean'"):
        run_condition({"data": str(few)}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"size": 4}, "size must be a whole number, at least 8"),
        ({"stride": 200}, "stride must be 1 to 128"),
        ({"network": {"name": "mlp"}}, "network: name must be one of cnn, convnext, got 'mlp'"),
        ({"network": {"name": "cnn", "width": 3}}, "cnn has no option 'width'"),
        ({"touched": 0.6}, "touched must be at most covered"),
        ({"balance": "weights", "loss": {"name": "focal"}}, "weighs the cross-entropy, got the loss 'focal'"),
        ({"epoch": 3}, "epoch is not a key here"),
    ],
)
def test_wrong_settings_are_named(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        resolve_tiles({"data": "x", **wrong})
    assert resolve_tiles({"data": "x", "balance": "weights"})["loss"]["name"] == "class-balanced"


def test_what_is_of_all_steps_is_given_once() -> None:
    with pytest.raises(ConfigError, match="tiles.seed must be given above all tables"):
        parts_of({"data": "x", "tiles": {"seed": 1}})
    assert parts_of({"data": "x", "seed": 1})["sheets"]["seed"] == 1


def test_a_convnext_learns_an_export_of_three_classes(tmp_path: Path) -> None:
    export = make_imagefolder_export(tmp_path / "export", classes=3)
    convnext = {"name": "convnext", "blocks": [1, 1], "width": 8, "expansion": 2}
    augment = {"ops": [{"name": "flip_left_right"}], "mixup": {"lambda": "uniform"}}
    own = {"network": convnext, "image_size": 32, "epochs": 2, "batch": 8, "balance": "weights"}
    run = run_sheets({"data": str(export), **LEARNING, **own, "augment": augment}, tmp_path / "run")
    first, last = run.metrics()
    assert last["train_loss"] < first["train_loss"]
    folder = load_folder(run.model_folder)
    assert [one.slug for one in folder.classes] == ["kind-0", "kind-1", "kind-2"]
    assert folder.training_release == "drawn" and run.config["loss"]["name"] == "class-balanced"


@pytest.mark.parametrize("name", ["condition.toml", "condition-drawn.toml"])
def test_the_configs_that_come_along_can_be_used(name: str) -> None:
    parts = parts_of({**read_config(Path("training/configs", name)), "data": "x"})
    tiles, whole = resolve_tiles(parts["tiles"]), resolve_whole(parts["sheets"])
    assert (tiles["size"], whole["image_size"], tiles["ratio"]) == (128, 256, [70.0, 20.0, 10.0])
    assert tiles["schedule"]["epochs"] == tiles["epochs"]


def test_the_command_tells_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["condition", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "must hold sheets.tsv" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["condition", "--out", str(tmp_path / "out"), "--set", "tiles.epochs=no"])
    assert "data must be given" in capsys.readouterr().err


def test_an_evaluation_that_was_stopped_looks_at_no_sheet_again(
    config: dict[str, Any], out: Path, sheets: SheetSet, tmp_path: Path, report: dict[str, Any]
) -> None:
    own = {
        "data": config["data"],
        "tile_model": str(out / "tiles/model"),
        "sheet_model": str(out / "sheets/model"),
    }
    folder = tmp_path / "report"
    # Twelve sheets validate: those, and two of the test sheets by their tiles.
    with pytest.raises(Stopped):
        run_condition_evaluation(own, folder, StopAfter(18))
    assert not (folder / "report.json").exists()
    files = [folder / f"sheets/tiles/{one.file}.npz" for one in sheets.of("validate")]
    done = {one: one.stat().st_mtime_ns for one in (*files, folder / "sheets/validate-sheets.npz")}
    again = run_condition_evaluation(own, folder)
    assert {one: one.stat().st_mtime_ns for one in done} == done
    for part in ("tiles", "whole", "scores", "rule", "single_tiles"):
        assert again[part] == report[part]
