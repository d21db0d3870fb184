"""The training loop: epochs, validation, early stopping, checkpoints, and going on where it was stopped.

One loop for training and distillation: what is minimised is an ``Objective``. After each epoch, in this
order: weights of the epoch, line in metrics.jsonl, state. A process killed between two of them leaves weights
or a line of an epoch that the state does not know; the next start drops them and does that epoch again, with
the same numbers (bit for bit on a CPU with op determinism).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from inference.errors import ModelError
from training.backend import keras, tf
from training.progress import Progress
from training.runs.folder import RunFolder
from training.runs.state import Position, known_lines, load_state, save_state
from training.runs.weights import assign, load_weights_into, named_values, save_weights
from training.steps import Steps


class Objective(Protocol):
    """What is minimised, and how it is judged."""

    name: str

    def loss(
        self, model: keras.Model, images: tf.Tensor, targets: tf.Tensor, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Mean loss of the batch without regularisation, and parts of it to log (scalars, means too)."""

    def validate(self, model: keras.Model, batches: tf.data.Dataset) -> dict[str, float]:
        """Figures by name, without the prefix ``val_``."""


@dataclass(frozen=True)
class FitResult:
    """best: value of the monitored figure after best_epoch; epochs: how many there were."""

    best_epoch: int
    best: float
    epochs: int


class LossNotFinite(ModelError):
    """The loss became infinite or not a number; the state is that of the last whole epoch."""


def fit(
    model: keras.Model,
    objective: Objective,
    *,
    train: Callable[[int], tf.data.Dataset],
    validation: Callable[[], tf.data.Dataset],
    optimizer: keras.optimizers.Optimizer,
    schedule: keras.optimizers.schedules.LearningRateSchedule | None = None,
    run: RunFolder,
    stage: int,
    epochs: int,
    patience: int,
    monitor: str,
    mode: Literal["max", "min"],
    accumulate: int = 1,
    keep_checkpoints: Literal["best", "all"] = "best",
    progress: Progress,
    strategy: tf.distribute.Strategy | None = None,
) -> FitResult:
    """Train the trainable layers of a model; it ends with the best weights in it.

    train: from the epoch, counted from 1, to batches of (images, targets); the same epoch must give the same
    batches. schedule: only to show the learning rate. monitor: a figure of ``objective.validate``, with or
    without ``val_``. patience: epochs without a better one after which it stops. accumulate: batches per
    update. strategy: where the model and the optimizer were made, for several devices. A stage that the run
    has begun is gone on with; a finished one only loads its best weights.

    Raises LossNotFinite, ModelError for a state that is not of this model, ValueError for wrong arguments.
    """
    for name, value in (
        ("epochs", epochs),
        ("patience", patience),
        ("accumulate", accumulate),
        ("stage", stage),
    ):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    if mode not in ("max", "min"):
        raise ValueError(f"mode must be max or min, got {mode!r}")
    if keep_checkpoints not in ("best", "all"):
        raise ValueError(f"keep_checkpoints must be best or all, got {keep_checkpoints!r}")
    strategy = strategy or tf.distribute.get_strategy()
    with strategy.scope():
        optimizer.build(model.trainable_variables)
    stand = _restore(model, optimizer, run, stage)
    epoch_loop = _Epochs(
        Steps(model, objective, optimizer, strategy), train, accumulate, stage, epochs, progress, schedule
    )
    while not stand.finished:
        epoch = stand.epoch + 1
        started = time.monotonic()
        step, figures = epoch_loop.run(epoch, stand.step)
        judged = objective.validate(model, validation())
        found = {f"val_{name}": float(value) for name, value in judged.items()}
        stand = _judge(stand, epoch, step, _monitored(found, monitor), mode, epochs, patience)
        if keep_checkpoints == "all" or stand.best_epoch == epoch:
            save_weights(model, run.checkpoint_path(stage, epoch))
        run.log(
            stage=stage,
            epoch=epoch,
            step=step,
            seconds=round(time.monotonic() - started, 3),
            learning_rate=epoch_loop.learning_rate(),
            **figures,
            **found,
        )
        arrays = {} if stand.finished else _arrays(model, optimizer)
        save_state(run, stage, stand, arrays)
        _tidy(run, stage, stand, keep_checkpoints)
        epoch_loop.shown = {_key(monitor): found[_key(monitor)]}
        progress.log(_line(stage, epoch, figures, found, epoch_loop.learning_rate(), stand))
    if stand.best is None:
        raise ModelError(f"stage {stage}: {monitor} was not a number after any of {stand.epoch} epochs")
    _tidy(run, stage, stand, keep_checkpoints)
    load_weights_into(model, run.checkpoint_path(stage, stand.best_epoch))
    return FitResult(stand.best_epoch, stand.best, stand.epoch)


class _Epochs:
    """The updates of an epoch."""

    def __init__(
        self,
        steps: Steps,
        train: Callable[[int], tf.data.Dataset],
        accumulate: int,
        stage: int,
        epochs: int,
        progress: Progress,
        schedule: Any,
    ) -> None:
        self.steps = steps
        self.train = train
        self.accumulate = accumulate
        self.stage = stage
        self.epochs = epochs
        self.progress = progress
        self.schedule = schedule
        self.shown: dict[str, float] = {}
        self._known = False

    def learning_rate(self) -> float:
        """Of the next update."""
        return float(tf.convert_to_tensor(self.steps.optimizer.learning_rate))

    def run(self, epoch: int, step: int) -> tuple[int, dict[str, float]]:
        """Train one epoch; the count of steps after it, and the mean figures of its pictures."""
        batches = self.train(epoch)
        self._announce(batches, epoch, step)
        sums: dict[str, float] = {}
        waiting = None
        for group in self._groups(batches):
            self.progress.check()
            try:
                figures = self.steps.update(group)
            except tf.errors.ResourceExhaustedError as error:
                raise ModelError(
                    f"stage {self.stage}, epoch {epoch}: the device has not enough memory for the batch; "
                    "take a smaller batch and accumulate more of them to an update"
                ) from error
            # Looked at one step late, so that an accelerator need not wait for being asked.
            if waiting is not None:
                self._take(sums, waiting, epoch, step)
            step += 1
            waiting = figures
            self.progress.advance()
        if waiting is None:
            raise ModelError(f"stage {self.stage}, epoch {epoch}: there are no training pictures")
        self._take(sums, waiting, epoch, step)
        n = sums.pop("n")
        return step, {
            f"train_{name}": value / n for name, value in sums.items() if name != "penalty" or value
        }

    def _take(self, sums: dict[str, float], figures: dict[str, tf.Tensor], epoch: int, step: int) -> None:
        values = {name: float(value) for name, value in figures.items()}
        if not math.isfinite(values["loss"] + values["penalty"]):
            raise LossNotFinite(
                f"stage {self.stage}, epoch {epoch}, step {step}: the loss must be a finite number, "
                f"got {values['loss'] / values['n']:g} (penalty {values['penalty'] / values['n']:g}); "
                f"the run keeps its state after epoch {epoch - 1}. A smaller learning rate or another "
                "precision may help"
            )
        for name, value in values.items():
            sums[name] = sums.get(name, 0.0) + value
        shown = {"loss": values["loss"] / values["n"], **self.shown}
        if self.schedule is not None:
            # By the count of steps and not the optimizer's, which would wait for the update that is running.
            shown["learning_rate"] = float(self.schedule(step))
        self.progress.show(**shown)

    def _groups(self, batches: tf.data.Dataset) -> Iterator[list[tuple[Any, Any]]]:
        group: list[tuple[Any, Any]] = []
        for images, targets in batches:
            group.append(self.steps.shares(images, targets))
            if len(group) == self.accumulate:
                yield group
                group = []
        if group:
            yield group

    def _announce(self, batches: tf.data.Dataset, epoch: int, step: int) -> None:
        """Tell how many steps there are: once, from what the data say or the epochs before this one took."""
        if self._known:
            return
        number = int(batches.cardinality())
        a_epoch = -(-number // self.accumulate) if number > 0 else step // (epoch - 1) if epoch > 1 else 0
        self._known = a_epoch > 0
        self.progress.begin(a_epoch * self.epochs or None, "steps", done=step)


def _restore(model: keras.Model, optimizer: Any, run: RunFolder, stage: int) -> Position:
    """Put the run back to the end of its last whole epoch in this stage, or to before its first."""
    found = load_state(run, stage)
    # Of all stages: one that is finished must not cut off the lines of those after it.
    lines = known_lines(run)
    position = Position(lines=lines)
    if found is not None:
        position, arrays = found
        if not position.finished:
            count = len(model.variables)
            names = list(arrays)
            assign(model.variables, {name: arrays[name] for name in names[:count]}, "the model of the state")
            assign(
                optimizer.variables,
                {name: arrays[name] for name in names[count:]},
                "the optimizer of the state",
            )
    run.keep_metrics(lines)
    return position


def _arrays(model: keras.Model, optimizer: Any) -> dict[str, Any]:
    return {
        **{f"model {name}": value for name, value in named_values(model.variables).items()},
        **{f"optimizer {name}": value for name, value in named_values(optimizer.variables).items()},
    }


def _key(monitor: str) -> str:
    return f"val_{monitor.removeprefix('val_')}"


def _monitored(found: dict[str, float], monitor: str) -> float:
    if _key(monitor) not in found:
        raise ValueError(f"monitor must be one of {', '.join(sorted(found))}, got {monitor!r}")
    return found[_key(monitor)]


def _judge(
    stand: Position, epoch: int, step: int, value: float, mode: str, epochs: int, patience: int
) -> Position:
    better = not math.isnan(value) and (
        stand.best is None or (value > stand.best if mode == "max" else value < stand.best)
    )
    stand = replace(stand, epoch=epoch, step=step, lines=stand.lines + 1)
    if better:
        stand = replace(stand, best=value, best_epoch=epoch)
    return replace(stand, finished=epoch >= epochs or epoch - stand.best_epoch >= patience)


def _tidy(run: RunFolder, stage: int, stand: Position, keep_checkpoints: str) -> None:
    """Remove weights of this stage that are neither asked for nor of an epoch that the state knows."""
    for file in (run.path / "checkpoints").glob(f"{stage:02d}-*.npz"):
        epoch = int(file.stem.rpartition("-")[2])
        if epoch > stand.epoch or (keep_checkpoints == "best" and epoch != stand.best_epoch):
            file.unlink()


def _line(
    stage: int,
    epoch: int,
    figures: dict[str, float],
    found: dict[str, float],
    learning_rate: float,
    stand: Position,
) -> str:
    words = [f"{name.replace('_', ' ')} {value:.4f}" for name, value in {**figures, **found}.items()]
    best = "best so far" if stand.best_epoch == epoch else f"best was epoch {stand.best_epoch}"
    return f"stage {stage} epoch {epoch}: {', '.join(words)}, learning rate {learning_rate:.3g} ({best})"
