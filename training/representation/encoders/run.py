"""Train an encoder, into a run folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference.errors import ModelError
from training.progress import Progress, Silent
from training.representation.encoders.config import resolve
from training.representation.encoders.data import EncoderData, open_data
from training.representation.encoders.folder import FOLDER, Encoder, encoder_at, save_encoder
from training.runs.finish import finish, finished_model, model_name
from training.runs.folder import RunFolder

if TYPE_CHECKING:
    from training.loop import FitResult
    from training.representation.encoders.parts import Parts

STAGE = 1
KIND = "encode"


def train_encoder(config: Mapping[str, Any], out: Path, progress: Progress | None = None) -> RunFolder:
    """Train as the config says; go on where the folder was left.

    config: see training.representation.encoders.config. The run ends with RUN/encoder (see
    training.representation.encoders.folder), that of a classifier with a model folder, too. Raises
    ConfigError, DataError or ModelError before anything is written where config, data and weights do not fit
    together; ModelError where ``out`` holds another run; DataError for a picture that is damaged; what
    ``progress.check`` raises, after which the same call goes on.
    """
    progress = progress or Silent()
    settings = resolve(config)
    data = open_data(settings)
    # Only now, when what can be known without it is known to be good: TensorFlow takes seconds.
    from training.devices import prepare

    prepare(seed=settings["seed"], deterministic=settings["deterministic"])
    from training.fingerprint import sha256_of_weights
    from training.representation.encoders.parts import make_optimizer_and_schedule, make_parts
    from training.representation.encoders.pictures import named_damage

    parts = make_parts(settings, data)
    make_optimizer_and_schedule(settings, 1)
    if settings["weights"]:
        settings["weights_sha256"] = sha256_of_weights(parts.encoder)
    run = RunFolder.create(out, KIND, settings, data.facts)
    with run.locked():
        if finished_encoder(run):
            progress.log(f"{out}: this run has ended before; its encoder is {out / FOLDER}")
            return run
        for line in _told(settings, data, parts):
            progress.log(line)
        with named_damage(data.paths):
            result = _fit(run, parts, settings, data, progress)
        _write(run, parts, settings, result.best_epoch)
    return run


def finished_encoder(run: RunFolder) -> Encoder | None:
    """The encoder that the run has ended with, verified; None before."""
    if run.config["kind"] == "classifier" and finished_model(run) is None:
        return None
    return encoder_at(run.path / FOLDER)


def _fit(
    run: RunFolder, parts: Parts, settings: Mapping[str, Any], data: EncoderData, progress: Progress
) -> FitResult:
    from training.loop import fit
    from training.representation.encoders.parts import (
        Updates,
        make_optimizer_and_schedule,
        training,
        validation,
    )

    optimizer, schedule = make_optimizer_and_schedule(settings, -(-len(data.train) // settings["batch"]))
    last = settings["keep"] == "last"
    return fit(
        parts.network,
        Updates(parts.objective, optimizer) if last else parts.objective,
        train=lambda epoch: training(parts, settings, data, epoch),
        validation=lambda: validation(parts, settings, data),
        optimizer=optimizer,
        schedule=schedule,
        run=run,
        stage=STAGE,
        epochs=settings["epochs"],
        patience=settings["patience"],
        monitor="updates" if last else "loss",
        mode="max" if last else "min",
        progress=progress,
    )


def _write(run: RunFolder, parts: Parts, settings: Mapping[str, Any], epoch: int) -> None:
    """The encoder last: once it is there, the run has ended."""
    name = settings["name"] or model_name(run.path)
    metrics = _figures(run, epoch)
    if settings["kind"] == "classifier":
        finish(
            run,
            parts.network,
            metrics=metrics,
            name=name,
            licence=settings["licence"],
            openvino=settings["openvino"],
        )
    facts = run.data or {}
    save_encoder(
        parts.encoder,
        run.path / FOLDER,
        name=name,
        kind=settings["kind"],
        licence=settings["licence"],
        trained_on={
            "sample_sha256": facts["manifest_sha256"],
            "catalogue_sha256": facts["catalogue_sha256"],
            "level": settings["level"],
            "pictures": sum(facts["counts"]["train"].values()),
            "epochs": epoch,
            "weights": settings["weights"] or "from scratch",
            "seed": settings["seed"],
        },
        metrics=metrics,
    )


def _figures(run: RunFolder, epoch: int) -> dict[str, float]:
    """What was measured at that epoch on the validation pictures, by names that say so."""
    for line in run.metrics():
        if (line["stage"], line["epoch"]) == (STAGE, epoch):
            return {
                f"validate_{name.removeprefix('val_')}": value
                for name, value in line.items()
                if name.startswith("val_") and name != "val_updates" and value is not None
            }
    raise ModelError(f"{run.metrics_file} must have a line for epoch {epoch}")


def _told(settings: Mapping[str, Any], data: EncoderData, parts: Parts) -> list[str]:
    lines = [
        f"{settings['kind']}: {len(data.train):,} pictures are trained on, {len(data.validation):,} "
        f"validate, of {len(data.classes):,} names at {settings['level']!r}; the encoder has "
        f"{parts.encoder.count_params():,} parameters, the network {parts.network.count_params():,}"
    ]
    if data.left_out:
        lines.append(
            f"{len(data.left_out):,} pictures are left out, as their files are missing or empty; the first "
            f"is {data.left_out[0]!r}"
        )
    return lines
