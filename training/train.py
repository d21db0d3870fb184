"""Train a classifier on a release, in stages.

Staged fine-tuning as published: at first only the layers after the pooling are trained, then more and more
of the network, each stage from the best weights of the one before. All of it is one config with a list of
stages; a training from scratch is the same with one stage that trains all layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from inference.errors import ModelError
from training.config import ConfigError
from training.data.release import ReleaseData, check_classes, open_release
from training.progress import Progress
from training.runs.data_facts import data_facts
from training.runs.finish import finish, finished_model
from training.runs.folder import RunFolder
from training.train_config import resolve

if TYPE_CHECKING:
    from training.loop import FitResult


def run_training(config: Mapping[str, Any], out: Path, *, progress: Progress) -> RunFolder:
    """Train as the config says, into a run folder; go on where the folder was left.

    config: see training.train_config. The run folder ends with model, card and metrics of each epoch. Raises
    ConfigError, DataError or ModelError before anything is written where config, data and model do not fit
    together; ModelError where ``out`` holds another run; what ``progress.check`` raises, after which the same
    call goes on.
    """
    settings = resolve(config)
    splits = (settings["train_split"], settings["validation_split"])
    data = open_release(Path(settings["data"]), splits=splits, verify=True)
    # Only now, when what can be known without it is known to be good: TensorFlow takes seconds.
    from training.data.damage import named_damage
    from training.devices import prepare

    strategy = prepare(
        seed=settings["seed"], deterministic=settings["deterministic"], mirrored=settings["mirrored"]
    )
    model = _starting_model(settings, data)
    _check_stages(settings, data, model)
    run = RunFolder.create(out, "train", settings, data_facts(data, splits, licences_of=splits[0]))
    with run.locked():
        if finished_model(run):
            progress.log(f"{out}: this run has ended before; its model is {run.model_folder}")
            return run
        with strategy.scope():
            trained = _in_precision(model, settings, strategy)
        stages = settings["stages"]
        results = []
        for number, stage in enumerate(stages, start=1):
            progress.log(f"stage {number} of {len(stages)}: {_told(trained, stage, number)}")
            with named_damage(data, *splits):
                results.append(_train_stage(run, data, trained, settings, stage, number, strategy, progress))
        number = _best_stage(results, settings["mode"])
        from training.freeze import unfreeze_after
        from training.runs.weights import load_weights_into

        load_weights_into(model, run.checkpoint_path(number, results[number - 1].best_epoch))
        metrics = _figures(run, number, results[number - 1].best_epoch, settings["validation_split"])
        progress.log(f"writing the model of stage {number}, epoch {results[number - 1].best_epoch}")
        unfreeze_after(model, "")
        finish(
            run,
            model,
            metrics=metrics,
            name=settings["name"],
            licence=settings["licence"],
            openvino=settings["openvino"],
        )
    return run


def _train_stage(
    run: RunFolder,
    data: ReleaseData,
    model: Any,
    settings: Mapping[str, Any],
    stage: Mapping[str, Any],
    number: int,
    strategy: Any,
    progress: Progress,
) -> FitResult:
    from training.backend import keras
    from training.data.augment import Augmentation
    from training.data.batches import evaluation_batches, training_batches
    from training.freeze import unfreeze_after
    from training.loop import fit
    from training.losses import make_loss
    from training.objectives import Classification
    from training.optimizers import make_optimizer
    from training.schedules import make_schedule

    unfreeze_after(model, stage["unfreeze_after"])
    split, size = settings["train_split"], model.input_shape[1]
    batches = -(-data.size(split) * settings["repeat"] // stage["batch"])
    steps = -(-batches // stage["accumulate"])
    schedule = make_schedule({**stage["schedule"], "learning_rate": stage["learning_rate"]}, steps)
    # Each stage draws anew; an epoch of the second must not repeat that of the first.
    seed = crc32(f"{settings['seed']}:{number}".encode())
    with strategy.scope():
        optimizer = make_optimizer(stage["optimizer"], schedule)
        if settings["precision"] == "mixed_float16":
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    return fit(
        model,
        Classification(make_loss(stage["loss"], data.class_counts(split)), len(data.classes)),
        train=lambda epoch: training_batches(
            data,
            split,
            image_size=size,
            batch=stage["batch"],
            seed=seed,
            epoch=epoch,
            augment=Augmentation.from_config(stage["augment"]),
            shuffle_buffer=settings["shuffle_buffer"],
            repeat=settings["repeat"],
        ),
        validation=lambda: evaluation_batches(
            data, settings["validation_split"], image_size=size, batch=stage["batch"]
        ),
        optimizer=optimizer,
        schedule=schedule,
        run=run,
        stage=number,
        epochs=stage["epochs"],
        patience=stage["patience"],
        monitor=settings["monitor"],
        mode=settings["mode"],
        accumulate=stage["accumulate"],
        keep_checkpoints=stage["keep_checkpoints"],
        progress=progress,
        strategy=strategy,
    )


def _starting_model(settings: Mapping[str, Any], data: ReleaseData) -> Any:
    """The network in float32. Its classes are checked against the release where it names them."""
    if settings["build"] is not None:
        from training.models.convnext import build_convnext

        size = settings["image_size"] or data.side or 96
        return build_convnext(len(data.classes), size, seed=settings["seed"], **settings["build"])
    from training.load import load_trainable, model_folder_at

    path = Path(settings["model"])
    folder = model_folder_at(path)
    if folder is not None:
        check_classes(data, folder.classes, f"the model {path}")
    model = load_trainable(path)
    outputs, side = model.output_shape[-1], model.input_shape[1]
    if outputs != len(data.classes):
        raise ModelError(
            f"{path} must have {len(data.classes)} outputs, one for each class of {data.release}, "
            f"got {outputs}; `python -m training transplant` puts its encoder into a classifier that has"
        )
    if settings["image_size"] not in (None, side):
        raise ConfigError(f"image_size must be that of the model, {side}, got {settings['image_size']}")
    return model


def _check_stages(settings: Mapping[str, Any], data: ReleaseData, model: Any) -> None:
    """Each stage's parts are made once before anything is written, so that the last one's errors come now."""
    from training.freeze import batch_statistics, unfreeze_after
    from training.losses import make_loss
    from training.optimizers import make_optimizer
    from training.schedules import make_schedule

    counts = data.class_counts(settings["train_split"])
    for number, stage in enumerate(settings["stages"]):
        try:
            unfreeze_after(model, stage["unfreeze_after"])
            schedule = make_schedule({**stage["schedule"], "learning_rate": stage["learning_rate"]}, 1000)
            make_optimizer(stage["optimizer"], schedule)
            make_loss(stage["loss"], counts)
        except (ValueError, ModelError) as error:
            raise ConfigError(f"stages.{number}: {error}") from error
    if settings["mirrored"] and (found := batch_statistics(model)):
        raise ModelError(f"mirrored is for models without batch normalisation, this one has {found[0]!r}")
    unfreeze_after(model, "")


def _in_precision(model: Any, settings: Mapping[str, Any], strategy: Any) -> Any:
    """The model that is trained: the one given, or a copy that computes in less or on several devices."""
    from training.models.precision import with_precision

    if settings["precision"] == "float32" and strategy.num_replicas_in_sync == 1:
        return model
    return with_precision(model, settings["precision"])


def _told(model: Any, stage: Mapping[str, Any], number: int) -> str:
    from training.freeze import batch_statistics, unfreeze_after

    trained = unfreeze_after(model, stage["unfreeze_after"])
    words = f"{len(trained)} layers are trained, from {trained[0]} on"
    frozen = [name for name in batch_statistics(model) if name not in trained]
    if frozen:
        words += f"; {len(frozen)} frozen batch normalisations use the statistics that they came with"
    return words


def _best_stage(results: list[FitResult], mode: str) -> int:
    """The number of the stage with the best figure, the later one of equals."""
    sign = 1 if mode == "max" else -1
    return max(range(1, len(results) + 1), key=lambda number: (sign * results[number - 1].best, number))


def _figures(run: RunFolder, stage: int, epoch: int, split: str) -> dict[str, float]:
    """What was measured at that epoch on the validation split, by names that say so."""
    for line in run.metrics():
        if (line["stage"], line["epoch"]) == (stage, epoch):
            return {
                f"{split}_{name.removeprefix('val_')}": value
                for name, value in line.items()
                if name.startswith("val_") and value is not None
            }
    raise ModelError(f"{run.metrics_file} must have a line for stage {stage}, epoch {epoch}")
