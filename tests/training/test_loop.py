from collections.abc import Iterator

import numpy as np
import pytest

from inference.errors import ModelError
from tests.training.parts import Plain, batches, network, train
from training.backend import keras, tf
from training.loop import LossNotFinite
from training.progress import Silent
from training.runs.folder import RunFolder
from training.runs.state import load_state
from training.runs.weights import load_weights_into, read_arrays, write_arrays


class Judged(Plain):
    """Gives figures that were written beforehand, so that it is known which epoch is the best."""

    def __init__(self, values: list[float]) -> None:
        self.values: Iterator[float] = iter(values)

    def validate(self, model, batches):
        return {"score": next(self.values)}


def weights(model):
    return [value.numpy() for value in model.variables]


def same(one, other):
    return all((a == b).all() for a, b in zip(one, other, strict=True))


def test_each_epoch_leaves_a_line(tmp_path):
    _, result = train(tmp_path / "run", epochs=2)

    first, second = RunFolder.open(tmp_path / "run").metrics()
    assert list(first) == [
        "stage", "epoch", "step", "seconds", "learning_rate", "train_loss", "train_penalty", "train_largest",
        "val_accuracy", "val_loss",
    ]  # fmt: skip
    assert (first["epoch"], first["step"], second["epoch"], second["step"]) == (1, 4, 2, 8)
    assert first["learning_rate"] == pytest.approx(0.01)
    assert result.epochs == 2


def test_the_mean_loss_counts_pictures_and_not_batches(tmp_path):
    """20 pictures in batches of 6: the last has 2, and counts for 2."""
    model = network(noisy=False)
    images, targets = next(iter(batches(1, batch=20)))
    logits = model(images)
    expected = float(np.mean(keras.losses.categorical_crossentropy(targets, logits, from_logits=True)))

    train(tmp_path / "run", model, optimizer=keras.optimizers.SGD(0.0), epochs=1)

    line = RunFolder.open(tmp_path / "run").metrics()[0]
    assert line["train_loss"] == pytest.approx(expected, rel=1e-5)
    kernel = model.get_layer("conv").kernel.numpy()
    assert line["train_penalty"] == pytest.approx(1e-3 * float((kernel**2).sum()), rel=1e-5)


def test_accumulated_batches_are_one_large_batch(tmp_path):
    """Of 18 pictures the last group is a batch of 5 and one of 3, which must count by their pictures."""
    count = 18
    few, _ = train(
        tmp_path / "few",
        network(noisy=False),
        accumulate=2,
        train=lambda epoch: batches(epoch, count=count, batch=5),
    )
    many, _ = train(
        tmp_path / "many", network(noisy=False), train=lambda epoch: batches(epoch, count=count, batch=10)
    )

    assert not same(weights(few), weights(network(noisy=False)))
    for one, other in zip(weights(few), weights(many), strict=True):
        assert one == pytest.approx(other, abs=2e-6)
    lines = [RunFolder.open(tmp_path / name).metrics()[-1] for name in ("few", "many")]
    assert lines[0]["step"] == lines[1]["step"] == 6
    assert lines[0]["train_loss"] == pytest.approx(lines[1]["train_loss"], rel=1e-5)


def test_the_penalty_of_the_model_is_part_of_what_is_minimised(tmp_path):
    """With a loss that is always 0, only the penalty moves the weights: towards 0."""

    class Nothing(Plain):
        def loss(self, model, images, targets, training):
            return 0.0 * tf.reduce_mean(model(images, training=training)), {}

    before = network(noisy=False).get_layer("conv").kernel.numpy()
    model, _ = train(
        tmp_path / "run",
        network(noisy=False),
        optimizer=keras.optimizers.SGD(1.0),
        epochs=1,
        objective=Nothing(),
    )

    # Four updates w -= 2 * 1e-3 * w.
    assert model.get_layer("conv").kernel.numpy() == pytest.approx(before * 0.998**4, rel=1e-4)


def test_it_stops_when_patience_is_over_and_gives_the_best_weights_back(tmp_path):
    model, result = train(
        tmp_path / "run",
        epochs=9,
        patience=2,
        monitor="val_score",
        objective=Judged([0.1, 0.5, 0.4, 0.5, 0.9]),
        keep_checkpoints="all",
    )

    run = RunFolder.open(tmp_path / "run")
    assert (result.best_epoch, result.best, result.epochs) == (2, 0.5, 4)
    assert [(one.epoch, one.metrics["val_score"]) for one in run.checkpoints()] == [
        (1, 0.1), (2, 0.5), (3, 0.4), (4, 0.5),
    ]  # fmt: skip
    other = network()
    load_weights_into(other, run.checkpoint_path(1, 2))
    assert same(weights(model), weights(other))
    assert not same(weights(model), list(read_arrays(run.checkpoint_path(1, 4)).values()))


def test_less_is_better_where_that_is_said(tmp_path):
    _, result = train(
        tmp_path / "run", epochs=3, monitor="score", mode="min", objective=Judged([0.3, float("nan"), 0.2])
    )

    assert (result.best_epoch, result.best) == (3, 0.2)
    assert [one.epoch for one in RunFolder.open(tmp_path / "run").checkpoints()] == [3]


def test_a_figure_that_never_is_a_number_is_an_error(tmp_path):
    with pytest.raises(ModelError, match="stage 1: score was not a number after any of 2 epochs"):
        train(tmp_path / "run", patience=2, monitor="score", objective=Judged([float("nan")] * 2))


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("epochs", 0, "epochs must be at least 1, got 0"),
        ("patience", 0, "patience must be at least 1, got 0"),
        ("accumulate", 0, "accumulate must be at least 1, got 0"),
        ("mode", "most", "mode must be max or min, got 'most'"),
        ("keep_checkpoints", "none", "keep_checkpoints must be best or all, got 'none'"),
        ("monitor", "f2", "monitor must be one of val_accuracy, val_loss, got 'f2'"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, option, value, words):
    with pytest.raises(ValueError, match=words):
        train(tmp_path / "run", **{option: value})


def test_a_loss_that_is_not_a_number_ends_it_and_keeps_the_epoch_before(tmp_path):
    def spoilt(epoch):
        def spoil(images, targets):
            return images * (float("nan") if epoch == 2 else 1.0), targets

        return batches(epoch).map(spoil)

    with pytest.raises(
        LossNotFinite, match=r"stage 1, epoch 2, step 5: the loss must be a finite number, got nan"
    ):
        train(tmp_path / "run", train=spoilt)

    run = RunFolder.open(tmp_path / "run")
    assert [line["epoch"] for line in run.metrics()] == [1]
    state = load_state(run, 1)
    assert state is not None and state[0].epoch == 1
    assert all(np.isfinite(value).all() for value in state[1].values())
    # With good data it goes on from there, and comes to where it would have come without the accident.
    model, _ = train(tmp_path / "run", keep_checkpoints="all")
    whole, _ = train(tmp_path / "whole", keep_checkpoints="all")
    assert same(weights(model), weights(whole))


def test_no_pictures_are_an_error(tmp_path):
    with pytest.raises(ModelError, match="stage 1, epoch 1: there are no training pictures"):
        train(tmp_path / "run", train=lambda epoch: batches(epoch).take(0))


def test_only_what_is_trainable_moves(tmp_path):
    model = network(noisy=False)
    model.get_layer("conv").trainable = False
    before = weights(model)

    train(tmp_path / "run", model)

    moved = [not (a == b).all() for a, b in zip(before, weights(model), strict=True)]
    assert [one.path for one, yes in zip(model.variables, moved, strict=True) if not yes] == [
        "conv/kernel",
        "conv/bias",
    ]


def test_progress_is_told_each_step_and_can_end_it(tmp_path):
    class Watched(Silent):
        def __init__(self):
            self.begun, self.steps, self.checks, self.lines, self.shown = [], 0, 0, [], {}

        def begin(self, total, unit="pictures", *, done=0):
            self.begun.append((total, unit, done))

        def advance(self, n=1):
            self.steps += n

        def show(self, **figures):
            self.shown = figures

        def log(self, line):
            self.lines.append(line)

        def check(self):
            self.checks += 1
            if self.checks == 7:
                raise InterruptedError

    watched = Watched()
    with pytest.raises(InterruptedError):
        train(tmp_path / "run", schedule=lambda step: 0.25, progress=watched)

    assert watched.begun == [(12, "steps", 0)]
    assert watched.steps == 6
    assert watched.shown["learning_rate"] == 0.25
    assert {"loss", "val_accuracy"} <= set(watched.shown)
    assert len(watched.lines) == 1 and watched.lines[0].startswith("stage 1 epoch 1: train loss")
    again = Watched()
    again.checks = 100
    train(tmp_path / "run", progress=again)
    assert again.begun == [(12, "steps", 4)]
    assert again.steps == 8


def test_float16_scales_its_loss_and_goes_on(tmp_path):
    inner = keras.optimizers.AdamW(0.01)
    optimizer = keras.optimizers.LossScaleOptimizer(inner, initial_scale=2.0**14)

    model, _ = train(tmp_path / "run", network(noisy=False), optimizer=optimizer)
    plain, _ = train(tmp_path / "plain", network(noisy=False))

    assert int(inner.iterations) == 12
    for one, other in zip(weights(model), weights(plain), strict=True):
        assert one == pytest.approx(other, abs=1e-5)


def test_weights_of_another_network_are_refused(tmp_path):
    train(tmp_path / "run")
    file = RunFolder.open(tmp_path / "run").checkpoints()[0].path
    other = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(5, 3), keras.layers.Flatten()])

    with pytest.raises(ModelError, match="must have 2 variables, got 8"):
        load_weights_into(other, file)
    model = network(seed=5)
    before = weights(model)
    arrays = read_arrays(file)
    last = list(arrays)[-1]
    write_arrays(file, arrays | {last: arrays[last][:1]})
    with pytest.raises(ModelError, match=r"logits/bias must have shape \(3,\), got logits/bias with \(1,\)"):
        load_weights_into(model, file)
    # Nothing was changed before all was known to fit.
    assert same(before, weights(model))
