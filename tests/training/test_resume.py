"""A training that was killed and goes on is the same, bit for bit, as one that was not."""

import signal
import subprocess
import sys
from unittest.mock import patch

import pytest

from tests.training.parts import train
from training import loop
from training.backend import keras
from training.devices import prepare
from training.progress import Silent
from training.runs.folder import RunFolder
from training.runs.weights import read_arrays


class Killed(BaseException):
    """Ends a training as a kill would: nothing is done afterwards."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing interrupted."""
    prepare(seed=0)
    folder = tmp_path_factory.mktemp("whole") / "run"
    train(folder, keep_checkpoints="all")
    return RunFolder.open(folder)


def check_same(run: RunFolder, whole: RunFolder) -> None:
    """The same lines but for seconds, and the same bits in all weights and states of each epoch."""
    assert lines(run) == lines(whole)
    assert [one.path.name for one in run.checkpoints()] == ["01-0001.npz", "01-0002.npz", "01-0003.npz"]
    for one, other in zip(run.checkpoints(), whole.checkpoints(), strict=True):
        found, expected = read_arrays(one.path), read_arrays(other.path)
        assert len(found) == len(expected) == 8
        for (name, value), wanted in zip(found.items(), expected.values(), strict=True):
            assert value.tobytes() == wanted.tobytes(), (one.path.name, name)


def lines(run: RunFolder) -> list[dict]:
    return [{key: value for key, value in line.items() if key != "seconds"} for line in run.metrics()]


def test_a_killed_process_leaves_what_the_next_goes_on_from(tmp_path, whole):
    folder = tmp_path / "run"

    for at, logged in (("step-6", [1]), ("checkpoint-2", [1])):
        done = subprocess.run(
            [sys.executable, "-m", "tests.training.resume_child", str(folder), at],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert [line["epoch"] for line in RunFolder.open(folder).metrics()] == logged
    assert (folder / "checkpoints" / "01-0002.npz").exists()
    train(folder, keep_checkpoints="all")

    check_same(RunFolder.open(folder), whole)


@pytest.mark.parametrize("before", ["save_weights", "save_state", "_tidy"])
def test_an_end_between_any_two_writes_does_no_harm(tmp_path, whole, before):
    """At the end of the second epoch: before its weights, between line and state, after the state."""
    calls = []

    def ending(*arguments, **more):
        calls.append(1)
        if len(calls) == 2:
            raise Killed
        return original(*arguments, **more)

    original = getattr(loop, before)
    with patch.object(loop, before, ending), pytest.raises(Killed):
        train(tmp_path / "run", keep_checkpoints="all")
    run = RunFolder.open(tmp_path / "run")
    with run.metrics_file.open("a") as file:
        file.write('{"stage": 1, "epo')
    model, result = train(tmp_path / "run", keep_checkpoints="all")

    check_same(run, whole)
    best = read_arrays(whole.checkpoint_path(1, result.best_epoch)).values()
    assert all((one.numpy() == value).all() for one, value in zip(model.variables, best, strict=True))


def test_patience_and_schedule_go_on_where_they_were(tmp_path):
    def options():
        schedule = keras.optimizers.schedules.CosineDecay(0.02, 12)
        return {
            "optimizer": keras.optimizers.SGD(schedule, momentum=0.9),
            "schedule": schedule,
            "epochs": 9,
            "patience": 3,
        }

    class Stop(Silent):
        def __init__(self, at):
            self.at = at

        def advance(self, n=1):
            self.at -= 1
            if not self.at:
                raise Killed

    _, expected = train(tmp_path / "whole", **options())
    with pytest.raises(Killed):
        train(tmp_path / "parts", progress=Stop(7), **options())
    _, found = train(tmp_path / "parts", **options())

    assert found == expected
    assert lines(RunFolder.open(tmp_path / "parts")) == lines(RunFolder.open(tmp_path / "whole"))
    assert [one.epoch for one in RunFolder.open(tmp_path / "parts").checkpoints()] == [found.best_epoch]


def test_a_finished_stage_only_gives_its_best_weights(whole):
    def nothing(epoch):
        raise AssertionError(f"epoch {epoch} was trained again")

    model, result = train(whole.path, train=nothing, keep_checkpoints="all")

    scores = [line["val_accuracy"] for line in whole.metrics()]
    assert (result.epochs, result.best) == (3, max(scores))
    assert result.best_epoch == scores.index(max(scores)) + 1
    best = read_arrays(whole.checkpoint_path(1, result.best_epoch)).values()
    assert all((one.numpy() == value).all() for one, value in zip(model.variables, best, strict=True))


def test_a_new_stage_keeps_the_lines_of_the_one_before(tmp_path):
    model, first = train(tmp_path / "run", epochs=2, keep_checkpoints="all")
    RunFolder.open(tmp_path / "run").log(stage=2, epoch=1)  # of an epoch whose state was never written

    train(tmp_path / "run", model, stage=2, epochs=1)

    found = RunFolder.open(tmp_path / "run")
    assert [(line["stage"], line["epoch"]) for line in found.metrics()] == [(1, 1), (1, 2), (2, 1)]
    assert "val_loss" in found.metrics()[-1]
    assert [(one.stage, one.epoch) for one in found.checkpoints()] == [(1, 1), (1, 2), (2, 1)]
