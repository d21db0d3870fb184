"""The training of the student, in the loop that all training uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from inference.errors import ModelError
from training.config import ConfigError
from training.data.release import ReleaseData
from training.progress import Progress
from training.runs.folder import RunFolder

if TYPE_CHECKING:
    from training.distill.objective import Distillation
    from training.loop import FitResult

STAGE = 1


def check_parts(settings: Mapping[str, Any], model: Any) -> None:
    """Optimizer and schedule are made once before anything is written, so that their errors come now."""
    from training.freeze import batch_statistics
    from training.optimizers import make_optimizer
    from training.schedules import make_schedule

    try:
        schedule = make_schedule({**settings["schedule"], "learning_rate": settings["learning_rate"]}, 1000)
        make_optimizer(settings["optimizer"], schedule)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if settings["mirrored"] and (found := batch_statistics(model)):
        raise ModelError(f"mirrored is for models without batch normalisation, this one has {found[0]!r}")


def in_precision(model: Any, settings: Mapping[str, Any], strategy: Any) -> Any:
    """The model that is trained: the one given, or a copy that computes in less or on several devices."""
    from training.models.precision import with_precision

    if settings["precision"] == "float32" and strategy.num_replicas_in_sync == 1:
        return model
    return with_precision(model, settings["precision"])


def fit_student(
    run: RunFolder,
    data: ReleaseData,
    model: Any,
    objective: Distillation,
    settings: Mapping[str, Any],
    strategy: Any,
    progress: Progress,
) -> FitResult:
    from training.backend import keras
    from training.data.augment import Augmentation
    from training.data.batches import evaluation_batches, training_batches
    from training.loop import fit
    from training.optimizers import make_optimizer
    from training.schedules import make_schedule

    split, size, batch = settings["train_split"], model.input_shape[1], settings["batch"]
    batches = -(-data.size(split) * settings["repeat"] // batch)
    steps = -(-batches // settings["accumulate"])
    schedule = make_schedule({**settings["schedule"], "learning_rate": settings["learning_rate"]}, steps)
    augment = Augmentation.from_config(settings["augment"])
    with strategy.scope():
        optimizer = make_optimizer(settings["optimizer"], schedule)
        if settings["precision"] == "mixed_float16":
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        # From here on Keras refuses to update anything else: the teacher's weights are none of its.
        optimizer.build(model.trainable_variables)
    return fit(
        model,
        objective,
        train=lambda epoch: training_batches(
            data,
            split,
            image_size=size,
            batch=batch,
            seed=settings["seed"],
            epoch=epoch,
            augment=augment,
            shuffle_buffer=settings["shuffle_buffer"],
            repeat=settings["repeat"],
        ),
        validation=lambda: evaluation_batches(
            data, settings["validation_split"], image_size=size, batch=batch
        ),
        optimizer=optimizer,
        schedule=schedule,
        run=run,
        stage=STAGE,
        epochs=settings["epochs"],
        patience=settings["patience"],
        monitor="loss",
        mode="min",
        accumulate=settings["accumulate"],
        keep_checkpoints=settings["keep_checkpoints"],
        progress=progress,
        strategy=strategy,
    )
