"""python -m training build, once from the outside."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from training.__main__ import main
from training.load import load_trainable
from training.models.architecture import options_of
from training.models.count import count_parameters
from training.models.options import ConvNeXtOptions


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


def _build(out: Path, /, **changes: str) -> int:
    """In this process, since TensorFlow takes seconds to import."""
    arguments = {
        "--classes": "3",
        "--image-size": "32",
        "--blocks": "1:1",
        "--width": "4",
        "--out": str(out),
        **{f"--{key.replace('_', '-')}": value for key, value in changes.items()},
    }
    return main(["build", *(part for pair in arguments.items() for part in pair)])


def test_build_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--classes", "3", "--image-size", "32", "--blocks", "1:1", "--width", "4")
    assert main(["build", *arguments, "--out", str(tmp_path / "m.keras"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["file"] == str(tmp_path / "m.keras")
    assert (report["classes"], report["image_size"], report["blocks"]) == (3, 32, [1, 1])
    assert report["parameters"] > 0


def test_every_option_reaches_the_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "m.keras"
    extras = {
        "expand": "2",
        "activation": "relu",
        "kernel_size": "7",
        "l2": "2e-4",
        "layer_scale": "1e-6",
        "squeeze_excitation": "2",
        "noise": "0.1",
        "reduce": "max-pool",
        "stochastic_depth": "0.2",
    }
    assert _build(out, **extras) == 0
    expected = ConvNeXtOptions(
        *(3, 32, (1, 1), 4, 2, "relu", 7, 2e-4),
        **{"layer_scale": 1e-6, "squeeze_excitation": 2, "noise": 0.1},
        **{"reduce": "max-pool", "stochastic_depth": 0.2},
    )
    assert options_of(load_trainable(out)) == expected
    assert capsys.readouterr().out == f"{count_parameters(expected):,} parameters -> {out}\n"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"blocks": "3,3"}, "argument --blocks: must be numbers .* got '3,3'"),
        ({"blocks": "3:0"}, "argument --blocks: .* got '3:0'"),
        ({"classes": "0"}, "argument --classes: must be at least 1, got 0"),
        ({"image_size": "16", "blocks": "3:3:9:3"}, "image_size must be at least 32 px"),
        ({"out": "model.h5"}, "--out must end in .keras, got 'model.h5'"),
        ({"activation": "gulu"}, "activation must be the name of a Keras activation, got 'gulu'"),
        ({"l2": "-1"}, "l2 must be a finite number of at least 0, got -1.0"),
        ({"noise": "2"}, "noise must be at most 1 .* got 2.0"),
        ({"layer_scale": "nan"}, "layer_scale must be a finite number, got nan"),
        ({"squeeze_excitation": "9"}, "squeeze_excitation must leave at least one channel .* got 9"),
        ({"reduce": "mean"}, "argument --reduce: invalid choice: 'mean'"),
        ({"stochastic_depth": "1"}, "stochastic_depth must be less than 1.* got 1.0"),
    ],
)
def test_wrong_usage_exits_with_2(
    changes: dict[str, str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        _build(tmp_path / "m.keras", **changes)
    assert ended.value.code == 2
    assert re.search(reason, capsys.readouterr().err)
    assert not list(tmp_path.iterdir())


def test_help_no_verb_and_an_unwritable_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, status in ((["--help"], 0), ([], 2)):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == status
    capsys.readouterr()
    (tmp_path / "file").touch()
    assert _build(tmp_path / "file" / "m.keras") == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
