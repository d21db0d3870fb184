"""load_trainable opens what was written, and refuses the rest by name."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.errors import ModelError
from inference.folder import load_folder, write_description
from tests.tiny_model import make_tiny_model
from training.backend import keras
from training.load import keras_file_at, load_trainable
from training.models.convnext import build_convnext


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_tiny_model(tmp_path / "models", ["Sheet", "Slide", "Text"])


def test_a_keras_file_with_every_layer_trainable(tmp_path: Path) -> None:
    model = build_convnext(2, 32, blocks=(1, 1), width=4, seed=1)
    for layer in model.layers[:5]:
        layer.trainable = False
    model.compile(loss="mse")
    model.save(tmp_path / "frozen.keras")
    loaded = load_trainable(tmp_path / "frozen.keras")
    pairs = zip(loaded.get_weights(), model.get_weights(), strict=True)
    assert all(np.array_equal(one, two) for one, two in pairs)
    assert len(loaded.trainable_weights) == len(loaded.weights)
    assert all(layer.trainable for layer in loaded.layers)
    assert not loaded.compiled


def test_a_model_folder_a_run_and_a_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    shutil.copytree(folder, run / "model")
    (run / "config.json").write_text("{}")
    expected = load_trainable(folder / "model.keras").get_weights()
    monkeypatch.setenv("VASCULUM_VAR", str(tmp_path))
    for path in (folder, run, Path("tiny")):
        pairs = zip(load_trainable(path).get_weights(), expected, strict=True)
        assert all(np.array_equal(one, two) for one, two in pairs)
    assert keras_file_at(run) == run / "model" / "model.keras"
    assert keras_file_at(folder / "model.keras") == folder / "model.keras"


def test_a_changed_folder_is_refused(folder: Path) -> None:
    content = bytearray((folder / "model.keras").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.keras").write_bytes(content)
    with pytest.raises(ModelError, match="model.keras: SHA-256 must be"):
        load_trainable(folder)


def test_classes_that_do_not_fit_the_outputs_are_refused(folder: Path) -> None:
    description = load_folder(folder)
    write_description(dataclasses.replace(description, classes=description.classes[:2]), folder)
    with pytest.raises(ModelError, match=r"output for each of the 2 classes, got \(None, 3\)"):
        load_trainable(folder)


def _nothing(path: Path) -> Path:
    return path / "absent.keras"


def _text(path: Path) -> Path:
    (path / "text.keras").write_text("weights")
    return path / "text.keras"


def _other_zip(path: Path) -> Path:
    with zipfile.ZipFile(path / "other.keras", "w") as archive:
        archive.writestr("readme.txt", "")
    return path / "other.keras"


def _keras_2(path: Path) -> Path:
    with zipfile.ZipFile(path / "old.keras", "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "2.13.1"}')
        archive.writestr("config.json", "{}")
    return path / "old.keras"


def _without_weights(path: Path) -> Path:
    build_convnext(2, 32, blocks=(1, 1), width=4).save(path / "whole.keras")
    part = path / "part.keras"
    with zipfile.ZipFile(path / "whole.keras") as whole, zipfile.ZipFile(part, "w") as archive:
        for name in ("metadata.json", "config.json"):
            archive.writestr(name, whole.read(name))
    return part


def _torn(path: Path) -> Path:
    build_convnext(2, 32, blocks=(1, 1), width=4).save(path / "whole.keras")
    content = (path / "whole.keras").read_bytes()
    (path / "torn.keras").write_bytes(content[: len(content) // 2])
    return path / "torn.keras"


def _code(path: Path) -> Path:
    """A model with a function in it, which Keras would have to run to load it."""
    inputs = keras.Input((4,))
    outputs = keras.layers.Lambda(lambda x: x * 2)(inputs)
    keras.Model(inputs, outputs).save(path / "code.keras")
    return path / "code.keras"


def _empty(path: Path) -> Path:
    (path / "empty").mkdir()
    return path / "empty"


def _run_without_model(path: Path) -> Path:
    (path / "run").mkdir()
    (path / "run" / "config.json").write_text("{}")
    return path / "run"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_nothing, "absent.keras does not exist"),
        (_text, "text.keras is not a .keras file: it is not a zip file"),
        (_other_zip, "other.keras is not a .keras file, or a damaged one: .*metadata.json"),
        (_keras_2, "written by Keras 2.13.1; .* python -m inference import .*old.keras --name NAME"),
        (_without_weights, "part.keras cannot be read as a Keras model"),
        (_torn, "torn.keras is not a .keras file: it is not a zip file"),
        (_code, "code.keras cannot be read as a Keras model: .*disallowed"),
        (_empty, "empty is neither a .keras file, nor a model folder .* nor a run"),
        (_run_without_model, "run is a run without a model: .*model is written when the run ends"),
        (lambda path: path / "absent", "no model .*absent'"),
    ],
)
def test_what_is_no_model_is_refused(make: Callable[[Path], Path], reason: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=f"(?s){reason}"):
        load_trainable(make(tmp_path))


def test_importing_what_commands_need_leaves_tensorflow_out() -> None:
    code = (
        "import sys, training.load, training.transplant, training.models.count, "
        "training.commands.build, training.commands.transplant; "
        "assert not {'tensorflow', 'keras', 'django'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
