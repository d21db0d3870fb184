"""What the training of both models has in common: network, loop, model folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inference.errors import ModelError
from inference.files import whole_file
from training.condition.batches import Pictures
from training.condition.sheets import SPLITS, SheetSet
from training.condition.split import age_band
from training.config import ConfigError
from training.progress import Progress
from training.reports.tables import table
from training.runs.finish import finish
from training.runs.folder import RunFolder

STAGE = 1
SPLIT_FILE = "split.tsv"


def facts_of(found: SheetSet) -> dict[str, Any]:
    """What a run folder says of its sheets, JSON-ready; see training.runs.data_facts."""
    slugs = found.slugs or found.classes
    train = found.of("train")
    sources = sorted({one.source for one in train if one.source})
    return {
        "release": found.release or found.root.resolve().name,
        "format": "sheets",
        "manifest_sha256": found.sha256,
        "classes": [{"name": name, "slug": slug} for name, slug in zip(found.classes, slugs, strict=True)],
        "counts": {
            split: {
                slug: sum(one.label == name for one in found.of(split))
                for name, slug in zip(found.classes, slugs, strict=True)
            }
            for split in SPLITS
        },
        "sources": {source: sum(one.source == source for one in train) for source in sources},
    }


def write_split(found: SheetSet, run: RunFolder) -> Path:
    """RUN/split.tsv: which sheets this run trained on, validated with, and must be tested on."""
    path = run.path / SPLIT_FILE
    rows = ((one.id, one.split, one.label, one.source, age_band(one.year)) for one in found.sheets)
    with whole_file(path) as temporary:
        text = table(("id", "split", "label", "source", "age_band"), rows)
        temporary.write_text(text, encoding="utf-8")
    return path


def network_of(settings: Mapping[str, Any], classes: int, image_size: int) -> Any:
    """The untrained network, and every other part made once, so that errors come before anything is written.
    Raises ConfigError."""
    from training.losses import make_loss
    from training.models.networks import build_network

    try:
        _optimizer_and_schedule(settings, 1000)
        make_loss(settings["loss"], [1] * classes)
        return build_network(settings["network"], classes, image_size, seed=settings["seed"])
    except ValueError as error:
        raise ConfigError(str(error)) from error


def learn(
    run: RunFolder,
    network: Any,
    settings: Mapping[str, Any],
    train: Pictures,
    validate: Pictures,
    progress: Progress,
) -> None:
    """Train the network on the pictures, best epoch by the monitored figure, and write the model folder."""
    from training.condition.batches import order, training_batches, validation_batches
    from training.loop import fit
    from training.losses import make_loss
    from training.objectives import Classification

    classes, size = network.output_shape[-1], network.input_shape[1]
    even = settings["balance"] == "sampling"
    length = len(order(train.labels, 0, 1, even=even, most=settings.get("tiles_an_epoch", 0)))
    optimizer, schedule = _optimizer_and_schedule(settings, -(-length // settings["batch"]))
    counts = np.bincount(train.labels, minlength=classes).tolist()
    result = fit(
        network,
        Classification(make_loss(settings["loss"], counts), classes),
        train=lambda epoch: training_batches(train, settings, classes, size, epoch),
        validation=lambda: validation_batches(validate, size, settings["batch"]),
        optimizer=optimizer,
        schedule=schedule,
        run=run,
        stage=STAGE,
        epochs=settings["epochs"],
        patience=settings["patience"],
        monitor=settings["monitor"],
        mode="min" if settings["monitor"].removeprefix("val_") == "loss" else "max",
        progress=progress,
    )
    finish(
        run,
        network,
        metrics=_figures(run, result.best_epoch),
        name=settings["name"],
        licence=settings["licence"],
        openvino=settings["openvino"],
    )


def remove_pixels(folder: Path) -> None:
    """What only training needs, gigabytes of a large set; the tables of tiles stay."""
    for file in folder.glob("*.u8"):
        file.unlink()


def _optimizer_and_schedule(settings: Mapping[str, Any], updates: int) -> tuple[Any, Any]:
    from training.optimizers import make_optimizer
    from training.schedules import make_schedule

    schedule = make_schedule({**settings["schedule"], "learning_rate": settings["learning_rate"]}, updates)
    return make_optimizer(settings["optimizer"], schedule), schedule


def _figures(run: RunFolder, epoch: int) -> dict[str, float]:
    """What was measured at that epoch, by names that say on what."""
    for line in run.metrics():
        if (line["stage"], line["epoch"]) == (STAGE, epoch):
            return {
                f"validate_{name.removeprefix('val_')}": value
                for name, value in line.items()
                if name.startswith("val_") and value is not None
            }
    raise ModelError(f"{run.metrics_file} must have a line for epoch {epoch}")
