"""Evaluation from an export and a model to figures: as Keras says them, whatever runs the model."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from inference.errors import ModelError
from inference.export_engine import save_model_folder
from inference.folder import ModelClass, load_folder
from tests.training.drawn import make_imagefolder_export, make_tfrecord_export, write_checksums
from training.config import ConfigError
from training.data.errors import DataError
from training.data.release import open_release
from training.evaluate import evaluate, run_evaluation
from training.load import load_trainable
from training.looks import ledger
from training.progress import Silent
from training.score import open_subject, score

SIZE = 32
SURE = 20.0


@pytest.fixture(autouse=True)
def _var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VASCULUM_VAR", str(tmp_path / "var"))


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    per_split = {"train": 3, "test": 41, "validate": 9}
    return make_tfrecord_export(tmp_path_factory.mktemp("export") / "drawn", per_split=per_split)


@pytest.fixture(scope="module")
def model(export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with weights that tell some of the classes apart, and a weight penalty."""
    from training.backend import keras
    from training.data.batches import evaluation_batches
    from training.models.convnext import build_convnext

    network = build_convnext(3, SIZE, blocks=(1, 1), width=4, expansion=2, seed=3, name="net")
    data = open_release(export)
    features = keras.Model(network.inputs, network.layers[-1].input)
    pictures, categories = next(iter(evaluation_batches(data, "train", image_size=SIZE, batch=3)))
    seen = np.asarray(features(pictures))[np.argsort(categories)]
    # The class of the nearest of three pictures, one of each class: better than chance, and not perfect.
    network.layers[-1].set_weights([SURE * seen.T, -SURE * (seen**2).sum(axis=1) / 2])
    root = tmp_path_factory.mktemp("models")
    return Path(save_model_folder(network, root, "net", data.classes, licence="MIT", source="untrained"))


def told(model: Path, export: Path, **more: Any) -> dict[str, Any]:
    return {"model": str(model), "data": str(export), "resamples": 40, **more}


def test_the_figures_of_keras_evaluate(model: Path, export: Path, tmp_path: Path) -> None:
    """As the published evaluation compiles a model: the figures that this prints under the same names."""
    from training.backend import keras
    from training.data.batches import evaluation_batches

    report = run_evaluation(told(model, export), tmp_path / "out")
    assert report["model"]["engine"] == "openvino"
    theirs = load_trainable(model)
    theirs.compile(
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        metrics=[
            keras.metrics.CategoricalAccuracy(name="accuracy"),
            keras.metrics.AUC(
                curve="PR", from_logits=True, num_thresholds=200, summation_method="interpolation", name="auc"
            ),
            keras.metrics.F1Score(average="macro", name="f1"),
        ],
    )
    batches = evaluation_batches(open_release(export), "test", image_size=SIZE, batch=7)
    one_hot = batches.map(lambda pictures, categories: (pictures, keras.ops.one_hot(categories, 3)))
    expected = theirs.evaluate(one_hot, verbose=0, return_dict=True)
    headline = {name: one["value"] for name, one in report["headline"].items()}
    assert headline["loss_with_penalty"] == pytest.approx(expected["loss"], abs=1e-4)
    assert headline["loss_with_penalty"] > headline["loss"] + 1e-3
    assert headline["accuracy"] == pytest.approx(expected["accuracy"], abs=1e-6)
    assert headline["aucpr_sigmoid"] == pytest.approx(expected["auc"], abs=1e-4)
    assert headline["macro_f1"] == pytest.approx(expected["f1"], abs=1e-6)
    assert 0.3 < headline["accuracy"] < 1, "a model that is always right or blind proves little"


def test_the_same_by_folder_by_file_by_openvino_and_by_keras(model: Path, export: Path) -> None:
    data = open_release(export)
    of_openvino = score(model, data, "test")
    by_keras = score(open_subject(model, data, backend="keras"), data, "test", batch=5)
    by_file = score(model / "model.keras", data, "test", batch=64)
    assert of_openvino.ids == by_keras.ids == by_file.ids
    for other in (by_keras, by_file):
        np.testing.assert_allclose(other.logits, of_openvino.logits, atol=1e-4)
        np.testing.assert_array_equal(other.labels, of_openvino.labels)


def test_pictures_labels_and_facts_belong_together(model: Path, export: Path, tmp_path: Path) -> None:
    """Folders of pictures hold the same pictures as the records, in another order."""
    per_split = {"train": 3, "test": 41, "validate": 9}
    folders = open_release(make_imagefolder_export(tmp_path / "folders", per_split=per_split))
    found = score(model, folders, "test")
    with (folders.folder / "labels.tsv").open(newline="") as stream:
        facts = {row["id"]: row for row in csv.DictReader(stream, delimiter="\t")}
    for place in (0, 20, 40):
        row = facts[found.ids[place]]
        assert (row["source"], row["licence"]) == (found.sources[place], found.licences[place])
        assert found.classes[found.labels[place]] == f"Kind {int(row['category'].rsplit('-', 1)[-1])}"
    assert evaluate(found, {"resamples": 2})["classification"]["pictures"] == 41


def test_every_look_at_test_is_counted_and_said(model: Path, export: Path, tmp_path: Path) -> None:
    config = told(model, export, purpose="paper")
    first = run_evaluation(config, tmp_path / "out")
    second = run_evaluation(config, tmp_path / "out")
    assert first["looks"] == {"look": 1, "models": 1, "text": "look 1 of this test split; 1 different model"}
    assert second["looks"]["text"] == "look 2 of this test split; 1 different model"
    entry = json.loads(ledger(first["data"]["manifest_sha256"]).read_text().splitlines()[0])
    assert entry["weights"] == load_folder(model).files["model.keras"]["sha256"]
    assert entry["purpose"] == "paper"
    assert run_evaluation({**config, "split": "validate"}, tmp_path / "v")["looks"] is None
    assert "look 2 of this test split" in (tmp_path / "out" / "README.md").read_text()


def test_the_same_weights_in_a_file_are_no_other_model(model: Path, export: Path, tmp_path: Path) -> None:
    run_evaluation(told(model, export), tmp_path / "a")

    class Lines(Silent):
        said: ClassVar[list[str]] = []

        def log(self, line: str) -> None:
            self.said.append(line)

    config = told(model / "model.keras", export, penalty=False)
    report = run_evaluation(config, tmp_path / "b", progress=Lines())
    assert "does not say which class each of its outputs is" in Lines.said[0]
    assert report["looks"] == {"look": 2, "models": 1, "text": "look 2 of this test split; 1 different model"}
    assert not report["model"]["classes_checked"]
    assert "loss_with_penalty" not in report["headline"]
    assert "the order of the release was taken" in (tmp_path / "b" / "README.md").read_text()


def test_sources_held_out_are_read_from_the_release(model: Path, tmp_path: Path) -> None:
    export = make_tfrecord_export(tmp_path / "export")
    facts = json.loads((export / "release.json").read_text())
    (export / "release.json").write_text(json.dumps({**facts, "test_sources": ["AAA"]}))
    write_checksums(export)
    report = run_evaluation(told(model, export), tmp_path / "out")
    assert report["data"]["test_sources"] == ["AAA"]


def test_a_manifest_that_is_no_sum_is_refused(model: Path, tmp_path: Path) -> None:
    export = make_tfrecord_export(tmp_path / "export")
    facts = json.loads((export / "release.json").read_text())
    (export / "release.json").write_text(json.dumps({**facts, "manifest_sha256": "../x"}))
    write_checksums(export)
    with pytest.raises(DataError, match=r"release.json: manifest_sha256 must be 64 hexadecimal digits"):
        run_evaluation(told(model, export), tmp_path / "out")


def test_wrong_classes_are_refused_and_no_look(model: Path, export: Path, tmp_path: Path) -> None:
    swapped = [ModelClass("Kind 1"), ModelClass("Kind 0"), ModelClass("Kind 2")]
    other = save_model_folder(load_trainable(model), tmp_path, "swapped", swapped, licence="", source="")
    with pytest.raises(DataError, match=r"class 0 must be the same in the release and in the model swapped"):
        run_evaluation(told(other, export), tmp_path / "out")
    fewer = make_tfrecord_export(tmp_path / "fewer", classes=2)
    with pytest.raises(ModelError, match="output for each of the 2 classes of the release, got 3"):
        run_evaluation(told(model / "model.keras", fewer), tmp_path / "out")
    assert not (tmp_path / "var").exists()
    assert not (tmp_path / "out").exists()


def test_a_model_that_gives_no_numbers_is_no_look(model: Path, export: Path, tmp_path: Path) -> None:
    network = load_trainable(model)
    network.layers[-1].bias.assign([np.nan, 0, 0])
    network.save(tmp_path / "broken.keras")
    with pytest.raises(ModelError, match=r"broken.keras: .*logits of 41 of 41 pictures are not"):
        run_evaluation(told(tmp_path / "broken.keras", export), tmp_path / "out")
    assert not (tmp_path / "var").exists()


def test_a_damaged_export_is_refused(model: Path, tmp_path: Path) -> None:
    export = make_tfrecord_export(tmp_path / "export")
    shard = next(export.glob("*-test.tfr"))
    shard.write_bytes(shard.read_bytes()[:-10])
    with pytest.raises(DataError, match=shard.name):
        run_evaluation(told(model, export), tmp_path / "out")
    with pytest.raises(DataError, match="survey"):
        run_evaluation(told(model, export, split="survey"), tmp_path / "out")


def test_a_picture_that_cannot_be_decoded_is_named(model: Path, tmp_path: Path) -> None:
    folder = make_imagefolder_export(tmp_path / "export")
    picture = sorted((folder / "test").rglob("*.jpg"))[3]
    picture.write_bytes(picture.read_bytes()[:200])
    write_checksums(folder)
    data = open_release(folder)
    with pytest.raises(DataError, match=f"{picture.name} can't be decoded"):
        score(model, data, "test")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"bin": 10}, "bin is not a key here"),
        ({"resamples": 0}, "resamples must be a whole number, at least 1, got 0"),
        ({"backend": "onnx"}, "backend must be .*one of openvino, keras"),
        ({"level": 1.0}, "level must be"),
    ],
)
def test_wrong_configs(more: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        run_evaluation(told(Path("model"), Path("export"), **more), Path("out"))


def test_options_reach_their_evaluators(model: Path, export: Path) -> None:
    scored = score(model, open_release(export), "test")
    options = {"smoothing": 0.0, "bins": 4, "bin_method": "equal-mass", "target": 0.5, "level": 0.8}
    found = evaluate(scored, {**options, "resamples": 7, "seed": 3, "stratified": True})
    assert found["classification"]["loss"] == pytest.approx(found["calibration"]["nll"])
    assert (found["calibration"]["bins"], found["calibration"]["method"]) == (4, "equal-mass")
    assert found["coverage"]["target"] == 0.5
    assert found["groups"]["level"] == found["bootstrap"]["level"] == 0.8
    drawn = found["bootstrap"]
    assert (drawn["resamples"], drawn["seed"], drawn["stratified"]) == (7, 3, True)


def _training(var: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "training", "evaluate", *map(str, arguments)],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "VASCULUM_VAR": str(var)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_the_command(model: Path, export: Path, tmp_path: Path) -> None:
    arguments = ("--model", model, "--data", export, "--split", "test", "--out", tmp_path / "out")
    done = _training(tmp_path / "var", *arguments, "--set", "resamples=20")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines[:6]] == [
        *("Test loss", "Test loss with weight penalty", "Test accuracy", "Test AUCPR"),
        *("Test AUCPR of sigmoids", "Test macro F1"),
    ]
    assert lines[6:] == ["This is look 1 of this test split; 1 different model.", f"-> {tmp_path / 'out'}"]
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == [
        *("README.md", "classes.tsv", "confusion.svg", "confusion.tsv", "coverage.svg", "coverage.tsv"),
        *("evaluation.json", "evaluation.tsv", "licences.tsv", "predictions.tsv", "reliability.svg"),
        *("reliability.tsv", "sources.tsv"),
    ]


def test_tables_and_comparisons_from_the_command(
    model: Path, export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from training.__main__ import main

    one = tmp_path / "one"
    asked = ["--model", str(model), "--data", str(export), "--out", str(one), "--set", "resamples=20"]
    assert main(["evaluate", *asked, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report == json.loads((one / "evaluation.json").read_text())
    assert main(["evaluate", "--compare", str(one), str(one), "--out", str(tmp_path / "c")]) == 0
    assert "McNemar's exact test p = 1" in capsys.readouterr().out
    assert json.loads((tmp_path / "c" / "comparison.json").read_text())["pictures"] == 41
    assert main(["evaluate", "--table", str(one)]) == 1
    assert "holds out sources" in capsys.readouterr().err
    facts = json.loads((one / "evaluation.json").read_text())
    facts["data"]["test_sources"] = ["AAA"]
    (one / "evaluation.json").write_text(json.dumps(facts))
    assert main(["evaluate", "--table", str(one), "--out", str(tmp_path / "t")]) == 0
    assert "| AAA | 41 | 3 |" in capsys.readouterr().out
    names = sorted(each.name for each in (tmp_path / "t").iterdir())
    assert names == ["one-out.json", "one-out.md", "one-out.tsv"]


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (["--model", "m", "--data", "d"], 2, "--out must be given"),
        (["--out", "o", "--data", "d"], 2, "model must be given"),
        (["--table", "r", "--model", "m"], 2, "--model does not go with --table"),
        (["--table", "r", "--compare", "a", "b"], 2, "not allowed with"),
        (["--compare", "a", "b", "--set", "bins=3"], 2, "bins is not a key here"),
        (["--compare", "nowhere", "b"], 1, "nowhere is no report"),
        (["--model", "m", "--data", "nowhere", "--out", "o"], 1, "nowhere is not an exported release"),
    ],
)
def test_wrong_use(
    arguments: list[str], status: int, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from training.__main__ import main

    try:
        found = main(["evaluate", *arguments])
    except SystemExit as error:
        found = int(str(error.code))
    assert found == status
    assert reason in capsys.readouterr().err
