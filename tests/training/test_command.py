"""python -m training build, from the outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def _training(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "training", *map(str, arguments)],
        cwd=Path(__file__).resolve().parents[2],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_build_prints_the_count_and_writes_the_model(tmp_path: Path) -> None:
    out = tmp_path / "new" / "convnext.keras"
    done = _training(
        *("build", "--classes", 17, "--image-size", 96, "--blocks", "3:3:9:3", "--width", 24, "--expand", 2),
        *("--seed", 5, "--out", out),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"955,385 parameters -> {out}\n"
    assert done.stderr == "", "TensorFlow's start-up notes must not reach the terminal"
    assert [entry.name for entry in out.parent.iterdir()] == ["convnext.keras"]

    from training.backend import keras

    assert keras.models.load_model(out).count_params() == 955_385


def test_build_as_json(tmp_path: Path) -> None:
    arguments = (
        "--classes",
        3,
        "--image-size",
        32,
        "--blocks",
        "1:1",
        "--width",
        4,
        "--out",
        tmp_path / "m.keras",
    )
    done = _training("build", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["file"] == str(tmp_path / "m.keras")
    assert (report["classes"], report["image_size"], report["blocks"]) == (3, 32, [1, 1])
    assert report["parameters"] > 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"--blocks": "3,3"}, "got '3,3'"),
        ({"--blocks": "3:0"}, "got '3:0'"),
        ({"--classes": "0"}, "must be at least 1, got 0"),
        ({"--image-size": "16"}, "image_size must be at least 32 px"),
        ({"--out": "model.h5"}, "--out must end in .keras, got 'model.h5'"),
    ],
)
def test_wrong_usage_exits_with_2(changes: dict[str, str], reason: str, tmp_path: Path) -> None:
    arguments = {
        "--classes": "3",
        "--image-size": "96",
        "--width": "4",
        "--out": str(tmp_path / "m.keras"),
        **changes,
    }
    done = _training("build", *(part for pair in arguments.items() for part in pair))
    assert done.returncode == 2
    assert reason in done.stderr
    assert not list(tmp_path.iterdir())


def test_help_and_an_unwritable_place(tmp_path: Path) -> None:
    assert _training("--help").returncode == 0
    assert _training().returncode == 2
    (tmp_path / "file").touch()
    done = _training(
        *("build", "--classes", 3, "--image-size", 32, "--width", 4, "--blocks", "1:1"),
        *("--out", tmp_path / "file" / "m.keras"),
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
