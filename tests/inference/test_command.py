"""python -m inference, from the outside."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.__main__ import main
from tests.inference.conftest import CLASSES
from tests.tiny_model import make_tiny_model

PREDICT = ["predict", "--model", "m", "--images", ".", "--output", "t.tsv"]
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def test_a_folder_becomes_a_table(
    tiny: Path, folder_of_pictures: Path, tmp_path: Path, command: Command
) -> None:
    (folder_of_pictures / "broken.jpg").write_bytes(b"not a jpeg")
    (folder_of_pictures / "notes.txt").write_text("no picture")
    (folder_of_pictures / ".hidden.jpg").write_bytes(b"")
    output = tmp_path / "out" / "table.tsv"
    arguments = ("--model", "tiny", "--images", folder_of_pictures, "--output", output)
    done = command("-m", "inference", "predict", *arguments, "--batch", 3)
    assert done.returncode == 0, done.stderr
    assert "7  predicted with tiny" in done.stdout
    assert "unreadable: broken.jpg: not a picture" in done.stderr
    rows = _rows(output)
    assert list(rows[0]) == ["model", "file", "prediction", "confidence", *CLASSES]
    files = ["p0.jpg", "p1.jpg", "p2.jpg", "p3.jpg", "p4.jpg", "sub/p5.JPG", "sub/p6.JPG"]
    assert [row["file"] for row in rows] == files
    for row in rows:
        probabilities = {name: float(row[name]) for name in CLASSES}
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert row["prediction"] == max(probabilities, key=probabilities.__getitem__)
        assert row["confidence"] == row[row["prediction"]]
    errors = output.with_name("table.errors.tsv")
    assert [row["file"] for row in _rows(errors)] == ["broken.jpg"]

    (folder_of_pictures / "broken.jpg").unlink()
    again = command("-m", "inference", "predict", *arguments, "--json")
    assert again.returncode == 0, again.stderr
    report = json.loads(again.stdout)
    assert (report["pictures"], report["predicted"], report["unreadable"]) == (7, 7, [])
    assert sum(report["classes"].values()) == 7
    assert not errors.exists(), "a list of errors of an earlier run must not stay"


def test_failures_are_one_clear_line_and_leave_no_table(
    tiny: Path, folder_of_pictures: Path, tmp_path: Path, command: Command
) -> None:
    output = tmp_path / "table.tsv"

    def predict(model: object, images: Path) -> subprocess.CompletedProcess[str]:
        return command("-m", "inference", "predict", "--model", model, "--images", images, "--output", output)

    missing = predict("large", folder_of_pictures)
    assert missing.returncode == 1
    assert "no model 'large'" in missing.stderr
    assert "import FILE --name large" in missing.stderr
    assert len(missing.stderr.splitlines()) == 1

    empty = tmp_path / "empty"
    empty.mkdir()
    nothing = predict("tiny", empty)
    assert nothing.returncode == 1
    assert f"no pictures under {empty}" in nothing.stderr

    (tiny / "openvino" / "model.bin").write_bytes(b"")
    damaged = predict("tiny", folder_of_pictures)
    assert damaged.returncode == 1
    assert "SHA-256 must be" in damaged.stderr
    assert not output.exists()


def test_no_readable_picture_is_a_failure(tiny: Path, tmp_path: Path, command: Command) -> None:
    images = tmp_path / "pictures"
    images.mkdir()
    (images / "a.jpg").write_bytes(b"no")
    done = command(
        "-m", "inference", "predict", "--model", tiny, "--images", images, "--output", tmp_path / "t.tsv"
    )
    assert done.returncode == 1
    assert "unreadable: a.jpg" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["predict"],
        ["predict", "--model", "m", "--images", "/nonexistent", "--output", "t.tsv"],
        ["predict", "--model", "m", "--images", ".", "--output", "t.tsv", "--batch", "0"],
        ["predict", "--model", "m", "--images", ".", "--output", "t.tsv", "--batch", "many"],
        [*PREDICT, "--release", "."],
        [*PREDICT, "--truth"],
        [*PREDICT, "--split", "test"],
        [*PREDICT, "--ensemble", "mean"],
        [*PREDICT, "--top", "0"],
        [*PREDICT, "--threshold", "1.1"],
        [*PREDICT, "--threshold", "nan"],
        [*PREDICT, "--fresh", "--resume"],
        ["predict", "--model", "m", "--release", "/nonexistent", "--output", "t.tsv"],
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m inference")


def test_models_of_one_name_are_told_apart_and_the_same_one_twice_is_refused(
    tiny: Path, folder_of_pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_tiny_model(tmp_path / "elsewhere", CLASSES, seed=1)
    output = tmp_path / "t.jsonl"
    arguments = ["predict", "--images", str(folder_of_pictures), "--output", str(output), "--top", "1"]
    assert main([*arguments, "--model", str(tiny), "--model", str(other), "--ensemble", "mean"]) == 0
    names = [json.loads(line)["model"] for line in output.read_text().splitlines()][:3]
    assert [name.partition("@")[0] for name in names] == ["tiny", "tiny", "ensemble(tiny"]
    assert len(set(names)) == 3
    assert "top" in json.loads(output.read_text().splitlines()[0])
    assert main([*arguments, "--model", str(tiny), "--model", str(tiny)]) == 1
    assert "models must differ, got" in capsys.readouterr().err


def test_models_that_do_not_go_together_are_refused_before_anything_is_predicted(
    tiny: Path, folder_of_pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_tiny_model(tmp_path / "elsewhere", ["Sheet", "Animal"], name="other")
    output = tmp_path / "out" / "t.tsv"
    arguments = ["predict", "--images", str(folder_of_pictures), "--output", str(output)]
    arguments += ["--model", str(tiny), "--model", str(other)]
    assert main(arguments) == 1
    assert "class 1 is 'Slide' in tiny, 'Animal' in other; give --top K" in capsys.readouterr().err
    assert not output.parent.exists()
    assert main([*arguments, "--top", "2"]) == 0
    rows = _rows(output)
    assert {row["prediction_2"] for row in rows if row["model"] == "other"} <= {"Sheet", "Animal"}


def test_import_and_its_refusals(tiny: Path, tmp_path: Path, command: Command) -> None:
    done = command("-m", "inference", "import", tiny, "--name", "second", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["classes"] == list(CLASSES)
    assert (tmp_path / "models" / "second" / "model.json").is_file()

    absent = command("-m", "inference", "import", tmp_path / "absent.keras", "--name", "third")
    assert absent.returncode == 1
    assert "absent.keras does not exist; the published model is at https://" in absent.stderr
    assert len(absent.stderr.splitlines()) == 1
