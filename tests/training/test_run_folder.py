import json
import subprocess
import sys

import numpy as np
import pytest

from inference.errors import ModelError
from training.runs.folder import Checkpoint, RunFolder
from training.runs.state import Position, load_state, save_state, state_path
from training.runs.weights import read_arrays, write_arrays

CONFIG = {"seed": 1, "stages": [{"epochs": 2}, {"epochs": 3}]}
DATA = {"release": "r1", "manifest_sha256": "ab"}


@pytest.fixture
def run(tmp_path):
    return RunFolder.create(tmp_path / "run", "train", CONFIG, DATA)


def test_what_it_was_told_reads_back(run):
    found = RunFolder.open(run.path)

    assert (found.kind, found.config, found.data) == ("train", CONFIG, DATA)
    assert found.environment["packages"]["keras"]
    assert found.environment["python"].startswith("3.")
    assert found.metrics() == []
    assert found.checkpoints() == []


def test_the_same_again_goes_on(run):
    run.log(stage=1, epoch=1)

    assert RunFolder.create(run.path, "train", CONFIG, DATA).metrics() == [{"stage": 1, "epoch": 1}]


@pytest.mark.parametrize(
    ("kind", "config", "data", "words"),
    [
        ("soup", CONFIG, DATA, "another kind: it has 'train', got 'soup'"),
        ("train", CONFIG | {"seed": 2}, DATA, "another seed: it has 1, got 2"),
        (
            "train",
            CONFIG | {"stages": [{"epochs": 2}, {"epochs": 4}]},
            DATA,
            "stages.1.epochs: it has 3, got 4",
        ),
        ("train", CONFIG, DATA | {"manifest_sha256": "cd"}, "data.manifest_sha256: it has 'ab', got 'cd'"),
        ("train", CONFIG, None, "another data"),
    ],
)
def test_another_run_is_refused_by_the_first_key_that_differs(run, kind, config, data, words):
    with pytest.raises(ModelError, match=words):
        RunFolder.create(run.path, kind, config, data)


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(ModelError, match="must be a new or empty folder"):
        RunFolder.create(tmp_path, "train", CONFIG, None)
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(ModelError, match="is not a run folder: it has no config.json"):
        RunFolder.open(tmp_path)


def test_a_creation_that_was_cut_short_is_begun_anew(run):
    (run.path / "config.json").unlink()

    assert RunFolder.create(run.path, "train", CONFIG | {"seed": 9}, None).config["seed"] == 9


def test_numbers_that_json_does_not_know_become_null(run):
    run.log(stage=1, epoch=1, val_loss=float("nan"), train_loss=np.float32(0.5), step=np.int64(3))

    assert run.metrics_file.read_text() == (
        '{"stage": 1, "epoch": 1, "val_loss": null, "train_loss": 0.5, "step": 3}\n'
    )


def test_a_half_written_line_is_dropped(run):
    run.log(stage=1, epoch=1)
    run.log(stage=1, epoch=2)
    with run.metrics_file.open("ab") as file:
        file.write(b'{"stage": 1, "ep\xc3')

    assert [line["epoch"] for line in run.metrics()] == [1, 2]
    run.keep_metrics(2)
    assert run.metrics_file.read_bytes().count(b"\n") == 2
    assert run.metrics_file.read_bytes().endswith(b"2}\n")
    run.keep_metrics(1)
    assert [line["epoch"] for line in run.metrics()] == [1]
    with pytest.raises(ModelError, match="must have at least the 2 lines that the run's state counts, got 1"):
        run.keep_metrics(2)


def test_a_damaged_line_in_the_middle_is_an_error(run):
    run.metrics_file.write_text('{"stage": 1}\nnonsense\n{"stage": 2}\n')

    with pytest.raises(ModelError, match=r"metrics.jsonl, line 2, must be a JSON object"):
        run.metrics()


def test_checkpoints_are_those_of_logged_epochs(run):
    for stage, epoch in ((1, 2), (2, 10), (2, 9), (2, 11)):
        write_arrays(run.checkpoint_path(stage, epoch), {"00000 a": np.ones(1)})
    for stage, epoch in ((1, 1), (1, 2), (2, 9), (2, 10)):
        run.log(stage=stage, epoch=epoch, val_loss=epoch / 10)

    found = run.checkpoints()

    assert [(one.stage, one.epoch) for one in found] == [(1, 2), (2, 9), (2, 10)]
    assert found[0] == Checkpoint(1, 2, run.checkpoint_path(1, 2), {"stage": 1, "epoch": 2, "val_loss": 0.2})


def test_one_process_holds_it_at_a_time(run):
    with run.locked(), pytest.raises(ModelError, match="is in use by another process"), run.locked():
        pass
    with run.locked():
        pass


def test_arrays_read_back_in_their_order(tmp_path):
    arrays = {"00001 b/kernel": np.arange(6.0).reshape(2, 3), "00000 a/bias": np.array([1, 2], np.uint32)}
    write_arrays(tmp_path / "x.npz", arrays)

    found = read_arrays(tmp_path / "x.npz")

    assert list(found) == list(arrays)
    for name, value in arrays.items():
        assert found[name].dtype == value.dtype
        assert (found[name] == value).all()


def test_damaged_weights_are_named(tmp_path):
    path = tmp_path / "x.npz"
    write_arrays(path, {"00000 a/kernel": np.ones(1000)})
    whole = path.read_bytes()
    for damaged in (whole[:500], b"nothing", whole[:4000] + b"\x00\x01\x02\x03" + whole[4004:]):
        path.write_bytes(damaged)
        with pytest.raises(ModelError, match=r"x.npz cannot be read as an .npz of weights"):
            read_arrays(path)


def test_a_state_reads_back_and_a_finished_one_holds_no_arrays(run):
    arrays = {"model 00000 a": np.ones(3)}
    position = Position(epoch=2, step=8, lines=2, best=0.5, best_epoch=1)
    save_state(run, 1, position, arrays)
    save_state(run, 2, Position(epoch=3, finished=True), arrays)

    found = load_state(run, 1)
    finished = load_state(run, 2)

    assert found is not None and found[0] == position
    assert list(found[1]) == ["model 00000 a"]
    assert finished is not None and finished[0].finished and finished[1] == {}
    assert load_state(run, 3) is None
    write_arrays(state_path(run, 3), arrays)
    with pytest.raises(ModelError, match=r"03.npz is not the state of a run"):
        load_state(run, 3)


def test_reading_needs_no_tensorflow():
    code = (
        "import sys, training.runs.folder, training.runs.card, training.runs.state, training.config,"
        " training.progress, training.train_config, training.train;"
        "print('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_the_config_is_written_as_a_person_would_read_it(run):
    text = (run.path / "config.json").read_text()

    assert json.loads(text)["format"] == "vasculum-run"
    assert text.startswith("{\n  ")
