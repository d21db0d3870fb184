"""Train a model of whole sheets, each shrunk to a small square."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.condition.config import resolve_whole
from training.condition.learn import facts_of, learn, network_of, remove_pixels, write_split
from training.condition.sheet_pictures import make_sheet_pictures
from training.condition.sheets import open_sheets
from training.condition.split import check_splits, with_splits
from training.progress import Progress, Silent
from training.runs.finish import finished_model
from training.runs.folder import RunFolder

KIND = "sheets"
PICTURES_FOLDER = "pictures"


def run_sheets(config: Mapping[str, Any], out: Path, progress: Progress | None = None) -> RunFolder:
    """Train as the config says; go on where the folder was left. See :func:`run_tiles`; the model is an
    ordinary classifier."""
    progress = progress or Silent()
    settings = resolve_whole(config)
    found = with_splits(
        open_sheets(Path(settings["data"]), settings["sound"]), settings["ratio"], settings["seed"]
    )
    check_splits(found, ("train", "validate"))
    from training.devices import prepare

    prepare(seed=settings["seed"], deterministic=settings["deterministic"])
    size = settings["image_size"]
    network = network_of(settings, len(found.classes), size)
    run = RunFolder.create(out, KIND, settings, facts_of(found))
    with run.locked():
        if finished_model(run) is not None:
            progress.log(f"{out}: this run has ended before; its model is {run.model_folder}")
            return run
        write_split(found, run)
        folder = run.path / PICTURES_FOLDER
        train, validate = (
            make_sheet_pictures(found, split, size, folder, progress) for split in ("train", "validate")
        )
        progress.log(
            f"{len(train):,} sheets are trained on, {len(validate):,} validate; the network has "
            f"{network.count_params():,} parameters"
        )
        learn(run, network, settings, train, validate, progress)
        remove_pixels(folder)
    return run
