"""Train a model of tiles: sheets cut into pieces of full size, so that a few sheets give many pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.condition.tile_model import TILES_FILE, write_tile_model
from training.condition.config import resolve_tiles, tiling_of
from training.condition.learn import facts_of, learn, network_of, remove_pixels, write_split
from training.condition.sheets import open_sheets
from training.condition.split import check_splits, with_splits
from training.condition.tile_set import Cut, make_tile_set
from training.data.errors import DataError
from training.progress import Progress, Silent
from training.runs.finish import finished_model
from training.runs.folder import RunFolder

KIND = "tiles"
TILES_FOLDER = "tiles"


def run_tiles(config: Mapping[str, Any], out: Path, progress: Progress | None = None) -> RunFolder:
    """Train as the config says; go on where the folder was left.

    config: see training.condition.config. The run ends with RUN/model, a tile model (inference.condition),
    and RUN/split.tsv. Raises ConfigError, DataError or ModelError before anything is written where config and
    sheets do not fit together; ModelError where ``out`` holds another run; DataError for a picture that
    cannot be read; what ``progress.check`` raises, after which the same call goes on.
    """
    progress = progress or Silent()
    settings = resolve_tiles(config)
    found = with_splits(
        open_sheets(Path(settings["data"]), settings["sound"]), settings["ratio"], settings["seed"]
    )
    check_splits(found, ("train", "validate"))
    # Only now, when what can be known without it is known to be good: TensorFlow takes seconds.
    from training.devices import prepare

    prepare(seed=settings["seed"], deterministic=settings["deterministic"])
    network = network_of(settings, len(found.classes), settings["size"])
    run = RunFolder.create(out, KIND, settings, facts_of(found))
    with run.locked():
        tiling = tiling_of(settings)
        if finished_model(run) is None:
            write_split(found, run)
            if found.passed_over:
                progress.log(f"{found.passed_over:,} regions of {found.classes[0]} sheets are passed over")
            cut = Cut(
                tiling, settings["most_per_sheet"], settings["covered"], settings["touched"], settings["seed"]
            )
            folder = run.path / TILES_FOLDER
            train, validate = (
                make_tile_set(found, split, cut, folder, progress) for split in ("train", "validate")
            )
            for name, tiles in (("train", train), ("validate", validate)):
                counts = [int((tiles.labels == number).sum()) for number in range(len(found.classes))]
                words = ", ".join(f"{n:,} {label}" for label, n in zip(found.classes, counts, strict=True))
                progress.log(f"{name}: {len(tiles):,} tiles of {len(set(tiles.sheets)):,} sheets ({words})")
                if not all(counts):
                    raise DataError(
                        f"{found.root}: {name} must have tiles of every class, got {words}; "
                        "mark larger regions, or lower covered or least_entropy"
                    )
            progress.log(f"the network has {network.count_params():,} parameters")
            learn(run, network, settings, train, validate, progress)
        else:
            progress.log(f"{out}: this run has ended before; its model is {run.model_folder}")
        if not (run.model_folder / TILES_FILE).is_file():
            write_tile_model(run.model_folder, tiling, 0)
        remove_pixels(run.path / TILES_FOLDER)
    return run
