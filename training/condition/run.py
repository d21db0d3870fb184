"""Everything in one: train the tile model, train the model of whole sheets, evaluate both side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.files import sha256_of
from inference.folder import DESCRIPTION_FILE
from training.condition.config import parts_of
from training.condition.sheets import open_sheets
from training.condition.split import check_splits, with_splits
from training.progress import Progress, Silent

TILES_RUN, SHEETS_RUN, REPORT = "tiles", "sheets", "report"


def run_condition(config: Mapping[str, Any], out: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Train and evaluate as the config says: OUT/tiles and OUT/sheets (run folders), OUT/report.

    config: see ``training.condition.config.CONDITION``. What is done is not done again, so the same call goes
    on where an earlier one was stopped. Returns what OUT/report/report.json holds. Raises as the steps do.
    """
    progress = progress or Silent()
    parts = parts_of(config)
    shared = parts["evaluation"]
    found = open_sheets(Path(shared["data"]), shared["sound"])
    # All three splits now: an hour of training is no time to learn that there is nothing to test with.
    check_splits(with_splits(found, shared["ratio"], shared["seed"]))
    from training.condition.evaluate import run_condition_evaluation
    from training.condition.report import REPORT_FILE
    from training.condition.train_sheets import run_sheets
    from training.condition.train_tiles import run_tiles

    progress.log("training the tile model")
    tiles = run_tiles(parts["tiles"], out / TILES_RUN, progress)
    progress.log("training the model of whole sheets")
    whole = run_sheets(parts["sheets"], out / SHEETS_RUN, progress)
    folder = out / REPORT
    models = {"tiles": tiles.model_folder, "whole": whole.model_folder}
    if (known := _known(folder / REPORT_FILE, models)) is not None:
        progress.log(f"{folder}: the report is there already")
        return known
    progress.log("evaluating both")
    return run_condition_evaluation(
        {**shared, "tile_model": str(models["tiles"]), "sheet_model": str(models["whole"])}, folder, progress
    )


def _known(path: Path, models: Mapping[str, Path]) -> dict[str, Any] | None:
    """A report that is there already and of these very models; another look at the test split would cost."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        same = all(
            found["models"][name]["sha256"] == sha256_of(model / DESCRIPTION_FILE)
            for name, model in models.items()
        )
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return found if same else None
