"""Distillation: a student that learns, and a teacher that does not."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.errors import ModelError
from tests.training.drawn import make_tfrecord_export
from training.__main__ import main
from training.backend import tf
from training.config import ConfigError, read_config
from training.data.release import open_release
from training.distill import resolve, run_distillation
from training.distill.objective import Distillation
from training.distill.outputs import outputs_of
from training.fingerprint import sha256_of_weights
from training.load import load_trainable
from training.progress import Silent
from training.runs.folder import RunFolder
from training.runs.weights import read_arrays
from training.teachers import Teacher

CLASSES = 3
SIZE = 32


class Hues(tf.Module):  # type: ignore[misc]
    """Tells the drawn classes by which channel is the strongest: NCHW pictures in, logits out.

    spare: outputs beyond those of the classes. moving: adds to a weight whenever it is asked, as a network
    that is trained would.
    """

    def __init__(self, spare: int = 0, moving: bool = False) -> None:
        super().__init__()
        kernel = np.concatenate([np.eye(3) * 60, np.full((3, spare), -9.0)], axis=1)
        self.kernel = tf.Variable(kernel.astype(np.float32), name="kernel")
        self.moving = moving

    @tf.function(input_signature=[tf.TensorSpec((None, 3, SIZE, SIZE), tf.float32, name="pixels")])
    def __call__(self, pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        if self.moving:
            self.kernel.assign_add(tf.ones_like(self.kernel) * 1e-6)
        means = tf.reduce_mean(pixels, axis=(2, 3))
        return {"logits": (means - tf.reduce_mean(means, axis=1, keepdims=True)) @ self.kernel}


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tfrecord_export(
        tmp_path_factory.mktemp("distill") / "export",
        classes=CLASSES,
        per_split={"train": 48, "test": 3, "validate": 30},
    )


def save(module: Hues, path: Path) -> Path:
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.__call__})
    return path


@pytest.fixture(scope="module")
def hues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(Hues(), tmp_path_factory.mktemp("distill") / "hues")


def config_of(export: Path, teacher: Path | str, **changes: Any) -> dict[str, Any]:
    return {
        "data": str(export),
        "teacher": {"path": str(teacher), "layout": "NCHW", "mean": 0.5, "std": 0.5, "classes": "release"},
        "build": {"blocks": [1, 1], "width": 4, "expansion": 2},
        "seed": 4,
        "batch": 8,
        "learning_rate": 0.02,
        "augment": {"ops": [{"name": "flip_left_right"}]},
        "openvino": False,
        **changes,
    }


@pytest.fixture(scope="module")
def learned(export: Path, hues: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    place = tmp_path_factory.mktemp("distill") / "run"
    return run_distillation(config_of(export, hues, epochs=8), place, progress=Silent())


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_a_student_learns_a_teacher_that_stays_as_it_is(learned: RunFolder) -> None:
    run = learned
    first, best = run.metrics()[0], min(run.metrics(), key=lambda line: line["val_loss"])
    assert first["val_agreement"] < 0.6
    assert best["val_agreement"] >= 0.9
    assert best["val_loss"] < first["val_loss"] * 0.6
    assert 0.9 < best["val_teacher_accuracy"] == first["val_teacher_accuracy"]
    report = json.loads((run.path / "distillation.json").read_text())
    teacher = report["teacher"]
    assert teacher["before"] == teacher["after"]
    assert (teacher["before"]["variables"], teacher["largest_change_of_an_answer"]) == (1, 0)
    assert report["total"]["agreement"] == pytest.approx(best["val_agreement"])
    assert report["total"]["pictures"] == 30
    assert report["total"]["divergence"] == pytest.approx(best["val_loss"], rel=1e-5)
    assert [one["slug"] for one in report["classes"]] == ["kind-0", "kind-1", "kind-2"]
    # The model in the folder is the one that the report is about.
    model = load_trainable(run.path)
    assert model.output_shape == (None, CLASSES)
    rows = lines(run.path / "distillation.tsv")
    assert [row["slug"] for row in rows] == ["kind-0", "kind-1", "kind-2", "total"]
    assert sum(int(row["only_teacher_right"]) for row in rows[:3]) == int(rows[3]["only_teacher_right"])
    apart = lines(run.path / "disagreements.tsv")
    assert len(apart) == round(30 * (1 - best["val_agreement"]))
    assert all(row["teacher"] != row["student"] for row in apart)
    # The metrics of the model folder are those of the best epoch.
    folder = json.loads((run.model_folder / "model.json").read_text())
    assert folder["metrics"]["validate_agreement"] == best["val_agreement"]
    assert run.config["teacher_sha256"] == teacher["sha256"]


def test_the_student_has_the_teachers_outputs_not_those_of_the_release(export: Path, tmp_path: Path) -> None:
    teacher = save(Hues(spare=8), tmp_path / "eleven")
    config = config_of(export, teacher, epochs=1)
    del config["teacher"]["classes"]
    run = run_distillation(config, tmp_path / "run", progress=Silent())
    assert load_trainable(run.path).output_shape == (None, 11)
    classes = json.loads((run.model_folder / "model.json").read_text())["classes"]
    assert [one["name"] for one in classes][:2] == ["output 00", "output 01"]
    assert set(run.metrics()[0]) >= {"val_loss", "val_agreement", "train_kl"}
    assert "val_accuracy" not in run.metrics()[0]
    assert "only_teacher_right" not in lines(run.path / "distillation.tsv")[0]
    assert "Kind" not in (run.path / "README.md").read_text()
    with pytest.raises(ModelError, match="has 11 outputs, and its classes are 3"):
        run_distillation(config_of(export, teacher, epochs=1), tmp_path / "other", progress=Silent())
    assert not (tmp_path / "other").exists()


def test_a_teacher_that_learns_is_an_error(export: Path, tmp_path: Path) -> None:
    teacher = save(Hues(moving=True), tmp_path / "moving")
    for _again in range(2):  # nothing is kept that another start would go on with
        with pytest.raises(ModelError, match="weights of teacher moving must not move, and they did"):
            run_distillation(config_of(export, teacher, epochs=1), tmp_path / "run", progress=Silent())
    assert not (tmp_path / "run" / "model").exists()
    assert RunFolder.open(tmp_path / "run").metrics() == []


def test_teacher_and_student_exchanged_is_an_error(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.distill import run as module
    from training.models.convnext import build_convnext

    build_convnext(CLASSES, SIZE, blocks=(1, 1), width=4, seed=1).save(tmp_path / "teacher.keras")
    config = config_of(export, tmp_path / "teacher.keras", epochs=1)
    config["teacher"] = {"path": config["teacher"]["path"], "classes": "release"}
    exchanged: list[Any] = []
    real = module._objective

    def objective(settings: Any, teacher: Teacher, labelled: bool) -> Distillation:
        exchanged.append(teacher.keep)
        return real(settings, teacher, labelled)

    def in_precision(model: Any, *_: Any) -> Any:
        exchanged[0].trainable = True
        return exchanged[0]

    monkeypatch.setattr(module, "_objective", objective)
    monkeypatch.setattr(module, "in_precision", in_precision)
    with pytest.raises(ModelError, match=r"weights of teacher teacher\.keras must not move, and they did"):
        run_distillation(config, tmp_path / "run", progress=Silent())


class Stop(Exception):
    pass


@dataclass
class StopsAfter(Silent):
    left: int

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Stop


def test_a_distillation_that_is_stopped_ends_with_the_same_bits(
    export: Path, hues: Path, learned: RunFolder, tmp_path: Path
) -> None:
    config = config_of(export, hues, epochs=8)
    with pytest.raises(Stop):
        run_distillation(config, tmp_path / "stopped", progress=StopsAfter(20))  # in the fourth epoch
    assert len(RunFolder.open(tmp_path / "stopped").metrics()) == 3
    stopped = run_distillation(config, tmp_path / "stopped", progress=Silent())
    ends = []
    for run in (learned, stopped):
        metrics = [{key: value for key, value in line.items() if key != "seconds"} for line in run.metrics()]
        report = (run.path / "distillation.json").read_text()
        ends.append((metrics, report, sha256_of_weights(load_trainable(run.path))))
    assert ends[0] == ends[1]
    # A teacher that is given other pictures is another run.
    other = config_of(export, hues, epochs=8)
    other["teacher"]["mean"] = 0.4
    with pytest.raises(ModelError, match="another teacher.mean"):
        run_distillation(other, tmp_path / "stopped", progress=Silent())


def test_a_student_that_is_given_must_fit(export: Path, hues: Path, tmp_path: Path) -> None:
    from training.models.convnext import build_convnext

    build_convnext(4, SIZE, blocks=(1, 1), width=4).save(tmp_path / "four.keras")
    build_convnext(CLASSES, SIZE, blocks=(1, 1), width=4, seed=1).save(tmp_path / "three.keras")
    config = config_of(export, hues, epochs=1, build=None)
    with pytest.raises(ModelError, match="must have the 3 outputs of teacher hues"):
        run_distillation(
            {**config, "model": str(tmp_path / "four.keras")}, tmp_path / "run", progress=Silent()
        )
    with pytest.raises(ConfigError, match="image_size must be that of the model, 32, got 64"):
        run_distillation(
            {**config, "model": str(tmp_path / "three.keras"), "image_size": 64},
            tmp_path / "run",
            progress=Silent(),
        )
    assert not (tmp_path / "run").exists()
    config |= {"model": str(tmp_path / "three.keras"), "precision": "mixed_bfloat16"}
    run = run_distillation({**config, "accumulate": 2, "alpha": 0.5}, tmp_path / "run", progress=Silent())
    assert run.metrics()[0]["train_labels"] > 0
    assert run.metrics()[0]["step"] == 3
    # What was trained was a copy in another precision; the model has its weights.
    kept = read_arrays(run.checkpoint_path(1, 1)).values()
    for one, other in zip(load_trainable(run.path).get_weights(), kept, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"teacher": {"path": "x", "sise": 3}}, "teacher.sise is not a key here"),
        ({"model": "x.keras"}, "got both"),
        ({"build": None}, "got neither"),
        ({"build": {"widht": 3}}, "build.widht is not a key here"),
        ({"temperature": 0}, "temperature must be a number, more than 0"),
        ({"augment": {"ops": [{"name": "no such"}]}}, "augment: "),
    ],
)
def test_configs_that_make_no_sense(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve({"data": "x", "teacher": {"path": "x"}, "build": {}, **changes})
    assert reason in str(caught.value)


def test_what_outputs_mean(export: Path) -> None:
    data = open_release(export)
    names = ["Kind 0", "Kind 1", "Kind 2"]
    assert outputs_of("t", 3, None, "release", data) == (data.classes, True)
    assert outputs_of("t", 3, None, names, data) == (data.classes, True)
    assert outputs_of("t", 3, data.classes, None, data) == (data.classes, True)
    swapped, labelled = outputs_of("t", 3, None, names[::-1], data)
    assert ([one.name for one in swapped], labelled) == (names[::-1], False)
    assert not outputs_of("t", 3, None, None, data)[1], "as many outputs are not the same outputs"
    with pytest.raises(ConfigError, match="must be those that t comes with"):
        outputs_of("t", 3, data.classes, names[::-1], data)
    with pytest.raises(ConfigError, match='must be "release" or a list of names'):
        outputs_of("t", 3, None, "relaese", data)


CONFIGS = Path(__file__).resolve().parents[2] / "training" / "configs"


def test_from_the_command_line(
    export: Path, hues: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["distill", "--config", str(CONFIGS / "distill-small.toml"), "--data", str(export)]
    arguments += ["--teacher", str(hues), "--out", str(tmp_path / "run"), "--set", "epochs=1"]
    for setting in ('teacher.layout="NCHW"', "teacher.scale=0.01", "teacher.classes=release"):
        arguments += ["--set", setting]
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["outputs"], told["epochs"], told["best_epoch"]) == (3, 1, 1)
    assert told["agreement"] == told["metrics"]["validate_agreement"]
    card = (tmp_path / "run" / "README.md").read_text()
    assert f"Teacher: `{hues.name}` (saved-model, 3 outputs, SHA-256 `{told['teacher_sha256']}`)" in card
    assert "KL(teacher || student) of answers softened by the temperature 12.5 (Hinton" in card
    # Again: it has ended, and says the same.
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == told
    with pytest.raises(SystemExit) as caught:
        main([*arguments, "--set", "temprature=3"])
    assert caught.value.code == 2
    assert "temprature is not a key here" in capsys.readouterr().err
    assert main([*arguments, "--out", str(tmp_path / "none"), "--teacher", "/no/such"]) == 1
    assert "/no/such" in capsys.readouterr().err


def test_the_published_config_is_the_published_one() -> None:
    found = resolve({**read_config(CONFIGS / "distill-herbariograph.toml", ["teacher.path=x"]), "data": "x"})
    assert (found["temperature"], found["temperature_squared"], found["alpha"]) == (12.5, False, 0.0)
    assert (found["learning_rate"], found["batch"], found["epochs"], found["patience"]) == (0.005, 32, 32, 16)
    assert found["optimizer"] == {"name": "adamw", "weight_decay": 1e-5}
    assert found["schedule"] == {"name": "cyclical", "step": 4}
    ops = found["augment"]["ops"]
    assert [(one["name"], one["scale"]) for one in ops] == [("random_resized_crop", [0.08, 1.0])]
    bare = resolve({"data": "x", "teacher": {"path": "x"}, "build": {}})
    same = ("temperature", "alpha", "learning_rate", "batch", "epochs", "patience", "optimizer", "schedule")
    assert {key: bare[key] for key in same} == {key: found[key] for key in same}
