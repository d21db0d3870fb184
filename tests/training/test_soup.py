"""Soups of trained networks; nothing is lost or passed over when one is stopped."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.errors import ModelError
from tests.training.drawn import make_tfrecord_export
from tests.training.test_soup_parts import mean_of
from training.__main__ import main
from training.config import ConfigError
from training.data.errors import DataError
from training.progress import Silent
from training.runs.folder import RunFolder
from training.runs.weights import read_arrays, write_arrays
from training.soup import run_soup
from training.soup.members import find_members, sha256_of_member
from training.train import run_training

CLASSES = 3


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tfrecord_export(tmp_path_factory.mktemp("soup") / "export", classes=CLASSES)


@pytest.fixture(scope="module")
def trained(export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with the weights of five epochs of one network: some better, some worse."""
    return make_run(tmp_path_factory.mktemp("soup") / "run", export)


def make_run(path: Path, export: Path) -> Path:
    config = {
        "data": str(export),
        "build": {"blocks": [1, 1], "width": 4, "expansion": 2},
        "seed": 7,
        "epochs": 5,
        "patience": 5,
        "batch": 4,
        "learning_rate": 0.01,
        "schedule": {"name": "constant"},
        "loss": {"name": "cross-entropy"},
        "keep_checkpoints": "all",
        "openvino": False,
    }
    return run_training(config, path, progress=Silent()).path


def soup(out: Path, export: Path, progress: Any = None, **config: Any) -> tuple[RunFolder, dict[str, Any]]:
    settings = {"data": str(export), "openvino": False, "batch": 5, **config}
    run = run_soup(settings, out, progress=progress or Silent())
    return run, json.loads((run.path / "soup.json").read_text())


def weights_of(folder: Path) -> list[np.ndarray]:
    from training.load import load_trainable

    found: list[np.ndarray] = load_trainable(folder).get_weights()
    return found


def test_a_greedy_soup_from_a_run(export: Path, trained: Path, tmp_path: Path) -> None:
    run, report = soup(tmp_path / "out", export, runs=[str(trained)], percentile=30, hold="train")
    rows = report["members"]
    assert [(row["stage"], row["epoch"]) for row in rows] == [(1, epoch) for epoch in range(1, 6)]
    assert report["held_on"]["split"] == "train"
    assert report["scored_on"]["pictures"] == 12
    assert report["batch_norm"].startswith("irrelevant")
    kept = sorted((row for row in rows if row["kept"]), key=lambda row: row["place"])
    assert 1 < len(kept) < len(rows), "the fixture should have members on both sides of the percentile"
    assert [row["score"] for row in kept] == sorted((row["score"] for row in kept), reverse=True)
    assert all((row["score"] >= report["threshold"]) == row["kept"] for row in rows)
    # Each decision again, with the reported scores.
    best = -1.0
    for row in kept:
        assert row["accepted"] == (row["held_score_with_it"] >= best)
        best = max(best, row["held_score_with_it"])
    assert report["soup"]["held_score"] == best
    accepted = [read_arrays(Path(row["path"])) for row in kept if row["accepted"]]
    assert report["soup"]["members"] == len(accepted)
    names = [name for name, array in accepted[0].items() if array.dtype == np.float32]
    wanted = mean_of([[arrays[name] for name in names] for arrays in accepted])
    found = [array for array in weights_of(run.path) if array.dtype == np.float32]
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)
    card = (run.path / "README.md").read_text()
    for row in kept:
        assert f"epoch {row['epoch']}` | `{row['weights_sha256']}` | {row['score']:.4f} |" in card
    # Again: nothing is done, and nothing is written over.
    before = (run.model_folder / "model.json").stat().st_mtime_ns
    soup(tmp_path / "out", export, runs=[str(trained)], percentile=30, hold="train")
    assert (run.model_folder / "model.json").stat().st_mtime_ns == before
    with pytest.raises(ModelError, match="another percentile"):
        soup(tmp_path / "out", export, runs=[str(trained)], percentile=31, hold="train")


def test_the_order_of_the_files_makes_no_difference(export: Path, trained: Path, tmp_path: Path) -> None:
    from training.load import load_trainable
    from training.runs.weights import load_weights_into

    model = load_trainable(trained)
    files = []
    for one in RunFolder.open(trained).checkpoints()[:3]:
        load_weights_into(model, one.path)
        files.append(str(tmp_path / f"{one.epoch}.keras"))
        model.save(files[-1])
    sums = set()
    for number, order in enumerate(itertools.islice(itertools.permutations(files), 0, 6, 2)):
        _, report = soup(
            tmp_path / str(number), export, checkpoints=list(order), percentile=0, method="uniform"
        )
        sums.add(report["soup"]["weights_sha256"])
        assert all(row["accepted"] and row["held_score_with_it"] is None for row in report["members"])
    assert len(sums) == 1


def test_weights_that_come_twice_count_once(export: Path, trained: Path, tmp_path: Path) -> None:
    first = RunFolder.open(trained).checkpoints()[0]
    twin = RunFolder.create(tmp_path / "twin", "train", {}, json.loads((trained / "data.json").read_text()))
    write_arrays(twin.checkpoint_path(1, 1), read_arrays(first.path))
    twin.log(stage=1, epoch=1)
    _, report = soup(
        tmp_path / "out", export, runs=[str(trained), str(twin.path)], percentile=0, method="uniform"
    )
    assert report["soup"]["members"] == 5
    last = report["members"][-1]
    assert last["same_as"] == f"{trained} stage 1 epoch 1"
    assert not last["accepted"]
    # The twin has not ended, so it has no model that its architecture could be read from.
    with pytest.raises(ModelError, match="is a run without a model"):
        soup(tmp_path / "alone", export, runs=[str(twin.path)])
    _, report = soup(tmp_path / "alone", export, runs=[str(twin.path)], model=str(trained))
    assert report["soup"]["members"] == 1
    assert report["soup"]["weights_sha256"] == last["weights_sha256"]


class Stop(Exception):
    pass


@dataclass
class StopsAfter(Silent):
    """Cancels at the so many-th time it is asked."""

    left: int
    lines: list[str] = field(default_factory=list)

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Stop


def test_a_soup_that_is_stopped_goes_on_with_what_it_scored(
    export: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training.soup.judge import Judge

    calls: list[str] = []
    real = Judge.score

    def counted(self: Judge, weights: Any, pictures: Any, metric: str) -> float:
        result = real(self, weights, pictures, metric)
        calls.append(f"{pictures.split} {sha256_of_member(weights)}")
        return result

    monkeypatch.setattr(Judge, "score", counted)
    config = {"runs": [str(trained)], "percentile": 0, "hold": "train"}
    _, whole = soup(tmp_path / "whole", export, **config)
    uninterrupted = list(calls)
    assert len(set(uninterrupted)) == len(uninterrupted), "a score was computed twice"
    calls.clear()
    for left in (5, 11, 25):  # each time further on
        with pytest.raises(Stop):
            soup(tmp_path / "stopped", export, StopsAfter(left), **config)
    _, report = soup(tmp_path / "stopped", export, **config)
    assert report == whole
    assert calls == uninterrupted


def test_a_judge_counts_each_candidate_anew(export: Path, trained: Path) -> None:
    from training.data.release import open_release
    from training.load import load_trainable
    from training.soup.judge import Judge, PictureSet

    judge = Judge(load_trainable(trained), batch=5, check=lambda: None)
    pictures = PictureSet(open_release(export), "validate")
    members = [read_arrays(one.path) for one in RunFolder.open(trained).checkpoints()]
    alone = [judge.confusion(one, pictures) for one in members]
    assert all(one.sum() == 12 for one in alone)
    assert not np.array_equal(alone[0], alone[-1])
    np.testing.assert_array_equal(judge.confusion(members[0], pictures), alone[0])


@pytest.mark.parametrize(
    ("config", "error", "reason"),
    [
        ({}, ConfigError, "both are empty"),
        ({"runs": ["RUN", "RUN"]}, ConfigError, "is there twice"),
        ({"runs": ["RUN"], "hold": "test"}, ConfigError, "split and hold must not be test"),
        ({"runs": ["RUN"], "hold": "test", "hold_data": "EXPORT"}, ConfigError, "must not be test"),
        ({"runs": ["RUN"], "hold": "survey"}, DataError, "survey"),
        (
            {"runs": ["RUN"], "percentile": 101},
            ConfigError,
            "percentile must be a number, at least 0, at most 100",
        ),
        ({"checkpoints": ["/no/such.keras"]}, ModelError, "got /no/such.keras"),
        ({"runs": ["/no/such"]}, ModelError, "/no/such is not a run folder"),
    ],
)
def test_what_is_no_soup(
    export: Path, trained: Path, tmp_path: Path, config: dict[str, Any], error: type[Exception], reason: str
) -> None:
    places = {"RUN": str(trained), "EXPORT": str(export)}
    given = {
        key: [places.get(one, one) for one in value] if isinstance(value, list) else places.get(value, value)
        for key, value in config.items()
    }
    with pytest.raises(error) as caught:
        soup(tmp_path / "out", export, **given)
    assert reason in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_members_that_are_missing_or_not_finite_stop_the_soup(
    export: Path, trained: Path, tmp_path: Path
) -> None:
    import shutil

    copy = tmp_path / "run"
    shutil.copytree(trained, copy)
    member = find_members([str(copy)], [])[2]
    arrays = read_arrays(member.path)
    name = next(name for name in arrays if name.endswith("output_dense/bias"))
    write_arrays(member.path, {**arrays, name: np.float32([0, np.nan, 1])})
    with pytest.raises(ModelError, match="output_dense/bias has 1 that are not"):
        soup(tmp_path / "out", export, runs=[str(copy)])
    member.path.unlink()
    with pytest.raises(ModelError, match="epoch 3 is missing"):
        member.read()


def test_statistics_of_batches_are_refused_unless_asked_for(export: Path, tmp_path: Path) -> None:
    from training.backend import keras

    files = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        inputs = keras.Input((32, 32, 3))
        x = keras.layers.BatchNormalization(name="norm")(keras.layers.GlobalAveragePooling2D()(inputs))
        model = keras.Model(inputs, keras.layers.Dense(CLASSES, name="logits")(x))
        model.get_layer("norm").moving_mean.assign([seed, 0.0, 0.0])
        files.append(str(tmp_path / f"{seed}.keras"))
        model.save(files[-1])
    with pytest.raises(ModelError, match="norm/moving_mean is the first"):
        soup(tmp_path / "out", export, checkpoints=files)
    run, report = soup(
        tmp_path / "out", export, checkpoints=files, batch_norm="keep-first", method="uniform", percentile=0
    )
    assert report["batch_norm"].startswith("keep-first: 2 statistics")
    from training.load import load_trainable

    first = next(row["path"] for row in report["members"] if row["place"] == 1)
    kept = load_trainable(run.path).get_layer("norm").moving_mean.numpy()[0]
    assert kept == float(Path(first).stem)


def test_from_the_command_line(
    export: Path, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = Path(__file__).resolve().parents[2] / "training" / "configs" / "soup-herbariograph.toml"
    arguments = ["soup", "--config", str(config), "--runs", str(trained), "--data", str(export)]
    arguments += ["--out", str(tmp_path / "out"), "--percentile", "0", "--set", "openvino=false"]
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["checkpoints"], told["kept"]) == (5, 5)
    assert 1 <= told["accepted"] <= 5
    assert told["metrics"] == {"validate_macro_f1": told["score"], "train_macro_f1": told["held_score"]}
    assert main(["soup", "--data", str(export), "--out", str(tmp_path / "none"), "--runs", "/no/such"]) == 1
    assert "/no/such is not a run folder" in capsys.readouterr().err
    with pytest.raises(SystemExit) as caught:
        main([*arguments, "--percentile", "many"])
    assert caught.value.code == 2
    assert "percentile must be a number" in capsys.readouterr().err
