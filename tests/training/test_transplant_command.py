"""python -m training transplant: files, report, exit status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.files import sha256_of
from tests.tiny_model import make_tiny_model
from training.__main__ import main
from training.load import load_trainable
from training.models.convnext import build_convnext


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    file = tmp_path / "encoder.keras"
    build_convnext(7, 64, blocks=(1, 1), width=4, layer_scale=0.1, seed=1).save(file)
    return file


def _run(*arguments: object) -> int:
    return main(["transplant", *map(str, arguments)])


def _weights(path: Path, name: str) -> list[np.ndarray]:
    weights: list[np.ndarray] = load_trainable(path).get_layer(name).get_weights()
    return weights


def test_classes_and_size_make_a_classifier_built_as_the_encoder(
    encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "tune.keras"
    assert _run("--encoder", encoder, "--classes", 2, "--image-size", 32, "--seed", 5, "--out", out) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"   15 layers taken from {encoder}"
    assert lines[1:3] == [
        "    1 fresh",
        "      output_dense: the classifier's last layer: its outputs are other classes",
    ]
    made = load_trainable(out)
    assert (made.input_shape, made.output_shape) == ((None, 32, 32, 3), (None, 2))
    assert len(lines) == 4, "the encoder's own head is not told twice"
    assert lines[-1] == f"{made.count_params():,} parameters, 2 classes, 32 x 32 px -> {out}"
    for one, two in zip(
        _weights(out, "convNeXt1_downSample_conv2D"),
        _weights(encoder, "convNeXt1_downSample_conv2D"),
        strict=True,
    ):
        assert np.array_equal(one, two)
    assert sorted(entry.name for entry in out.parent.iterdir()) == ["tune.keras", "tune.transplant.json"]
    report = json.loads((out.parent / "tune.transplant.json").read_text())
    assert report["encoder"] == {"path": str(encoder), "sha256": sha256_of(encoder)}
    assert report["sha256"] == sha256_of(out)
    assert (report["classes"], report["image_size"], report["seed"]) == (2, 32, 5)
    assert report["fresh"] == ["output_dense"]
    assert len(report["taken"]) == 15


def test_into_a_model_folder_as_json(
    encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_tiny_model(tmp_path / "models", ["Sheet", "Slide"])
    before = sha256_of(folder / "model.keras")
    out = tmp_path / "tune.keras"
    own = tmp_path / "own.keras"
    build_convnext(3, 32, blocks=(1, 1, 1, 1), width=4, expansion=2, reduce="max-pool").save(own)
    assert _run("--encoder", own, "--into", folder, "--out", out, "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "tune.transplant.json").read_text())
    assert printed["into"] == {"path": str(folder), "sha256": before}
    assert set(printed["refused"]) == {f"convNeXt{stage}_downSample_conv2D" for stage in (1, 2, 3)}
    assert sha256_of(folder / "model.keras") == before, "the classifier itself is only read"

    assert _run("--encoder", own, "--into", folder, "--out", out) == 0
    text = capsys.readouterr().out
    assert "    3 refused, so also fresh\n      convNeXt1_downSample_conv2D: weights must have" in text


def test_what_fails_leaves_nothing(encoder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other, out = tmp_path / "other.keras", tmp_path / "out" / "x.keras"
    build_convnext(2, 32, blocks=(1, 1), width=8).save(other)
    for arguments, reason in (
        (("--encoder", other, "--into", encoder), "nothing in convnext fits"),
        (("--encoder", tmp_path / "absent.keras", "--classes", 2), "absent.keras does not exist"),
    ):
        assert _run(*arguments, "--out", out) == 1
        captured = capsys.readouterr()
        assert captured.err.startswith("python -m training transplant: ")
        assert reason in captured.err
        assert len(captured.err.splitlines()) == 1
        assert not out.parent.exists()
    (tmp_path / "file").touch()
    assert _run("--encoder", encoder, "--classes", 2, "--out", tmp_path / "file" / "x.keras") == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"--out": "model.h5"}, "--out must end in .keras, got 'model.h5'"),
        ({"--classes": "0"}, "must be at least 1, got 0"),
        ({"--classes": None}, "one of the arguments --into --classes is required"),
        ({"--into": "m.keras"}, "not allowed with argument"),
        ({"--classes": None, "--into": "m.keras", "--seed": "1"}, "--seed belongs to --classes"),
        (
            {"--classes": None, "--into": "m.keras", "--image-size": "96"},
            "--image-size belongs to --classes",
        ),
        ({"--out": "encoder.keras"}, "--out must be another file than --encoder"),
        ({"--image-size": "4"}, "image_size must be at least 8 px for 2 stages"),
    ],
)
def test_wrong_usage_exits_with_2(
    changes: dict[str, str | None],
    reason: str,
    encoder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    arguments: dict[str, Any] = {"--encoder": encoder.name, "--classes": "2", "--out": "x.keras", **changes}
    flat = (part for pair in arguments.items() if pair[1] is not None for part in pair)
    with pytest.raises(SystemExit) as ended:
        _run(*flat)
    assert ended.value.code == 2
    assert reason in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before
