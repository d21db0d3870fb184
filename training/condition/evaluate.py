"""Evaluate a tile model and a model of whole sheets side by side, and write the report. No TensorFlow."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from inference.condition.tile_model import TileModel, read_tile_model
from inference.files import sha256_of
from inference.folder import DESCRIPTION_FILE, KERAS_FILE, ModelFolder, find_model, load_folder
from training.condition.config import EVALUATION
from training.condition.figures import (
    BITS,
    histogram,
    misclassified,
    model_figures,
    score_figures,
    tile_figures,
)
from training.condition.judge import judge, tile_scores
from training.condition.judged import Judged, best_rule, rules_of, scored_by_sheets, scored_by_tiles
from training.condition.labels import tile_labels
from training.condition.learn import SPLIT_FILE
from training.condition.report import write_report
from training.condition.sheets import SheetSet, open_sheets
from training.condition.split import check_splits, with_splits
from training.config import check
from training.data.errors import DataError
from training.looks import look
from training.progress import Progress, Silent

FORMAT = "vasculum-condition"
VERSION = 1
WORK_FOLDER = "sheets"  # what was said of the sheets, from which an evaluation goes on


def run_condition_evaluation(
    config: Mapping[str, Any], out: Path, progress: Progress | None = None
) -> dict[str, Any]:
    """Evaluate as the config says (``config.EVALUATION``) and write the report into the folder ``out``.

    The rule by which a sheet's tiles become one answer is chosen on the sheets that validate; the figures are
    of the split asked for. A look at a test split is written down (training.looks) before any figure is made.
    Returns what report.json holds, which is written last. Raises ConfigError, DataError, ModelError, and what
    ``progress.check`` raises, after which the same call goes on.
    """
    told = check(config, EVALUATION)
    progress = progress or Silent()
    began = time.monotonic()
    found = with_splits(open_sheets(Path(told["data"]), told["sound"]), told["ratio"], told["seed"])
    check_splits(found, ("validate", told["split"]))
    tile_model = read_tile_model(told["tile_model"])
    sheet_model = load_folder(find_model(told["sheet_model"]))
    for folder in (tile_model.folder, sheet_model):
        check_not_trained_on(found, told["split"], folder)
    work = out / WORK_FOLDER
    judged = {
        split: judge(found, split, tile_model, sheet_model, work, progress, batch=told["batch"])
        for split in dict.fromkeys(("validate", told["split"]))
    }
    rules = rules_of(judged["validate"])
    rule = best_rule(judged["validate"], rules, told["score"])
    looks = _looked(found, told["split"], tile_model, sheet_model)
    here = judged[told["split"]]
    scored = {"tiles": scored_by_tiles(here, rule), "whole": scored_by_sheets(here)}
    report = {
        "format": FORMAT,
        "version": VERSION,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": {
            "name": found.release or found.root.resolve().name,
            "folder": str(found.root),
            "sha256": found.sha256,
            "split": told["split"],
            "sheets": {split: len(found.of(split)) for split in ("train", "validate", "test")},
            "classes": list(found.classes),
        },
        "looks": looks,
        "models": {
            "tiles": {**_facts(tile_model.folder), "tiling": tile_model.tiling.describe()},
            "whole": _facts(sheet_model),
        },
        "rule": {"score": rule.score, "threshold": rule.threshold, "chosen_on": "validate"},
        "tiles": model_figures(here, scored["tiles"], here.soundness(rule.score), here.mean),
        "whole": model_figures(here, scored["whole"], here.sheet_sound, here.sheet_sound),
        "scores": score_figures(here, rules),
        **_of_tiles(found, here, work, covered=told["covered"], touched=told["touched"]),
        "misclassified": misclassified(here, scored),
        "without_tiles": int((here.tiles == 0).sum()),
    }
    report["seconds"] = round(time.monotonic() - began, 1)
    json.dumps(report, allow_nan=False)  # fails here and not in whoever reads it
    write_report(report, found, here, scored, work, out, most_pictures=told["pictures"])
    return report


def check_not_trained_on(found: SheetSet, split: str, model: ModelFolder) -> None:
    """DataError where the run that made the model has trained on a sheet of the split that is to test it.

    A model that was moved away from its run says nothing of it.
    """
    path = model.path.parent / SPLIT_FILE
    if split == "train" or not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as file:
        trained = {row["id"] for row in csv.DictReader(file, dialect="excel-tab") if row["split"] == "train"}
    both = [one.id for one in found.of(split) if one.id in trained]
    if both:
        raise DataError(
            f"{path}: no sheet of the split {split!r} may have been trained on, {len(both)} have "
            f"({both[0]!r} is the first); take the seed and the ratio that the model was trained with"
        )


def _of_tiles(found: SheetSet, judged: Judged, work: Path, **rule: float) -> dict[str, Any]:
    """What single tiles show: entropy by label, how right the model is on them, where the hottest are."""
    entropies: list[Any] = []
    labels: list[Any] = []
    sound: list[Any] = []
    said: list[Any] = []
    kept: list[Any] = []
    hottest = []
    for sheet in judged.sheets:
        scores = tile_scores(work, sheet)
        columns = [scores.classes.index(name) for name in judged.classes]
        own = tile_labels(found, sheet, scores.boxes, scores.size, **rule)
        entropies.append(scores.entropy)
        labels.append(own)
        kept.append(scores.kept)
        sound.append(scores.probabilities[:, scores.sound])
        filled = np.where(scores.kept[:, None], scores.probabilities[:, columns], 0)
        said.append(filled.argmax(axis=1))
        if sheet.label != judged.classes[0] and found.regions.get(sheet.id) and scores.kept.any():
            place = int(np.nanargmax(scores.condition))
            hottest.append(_on_region(found, sheet.id, scores.boxes[place], scores.size))
    all_labels, all_kept = np.concatenate(labels), np.concatenate(kept)
    sure = all_kept & (all_labels >= 0)
    entropy, known = np.concatenate(entropies).astype(np.float64), all_labels >= 0
    return {
        "entropy": {
            "tiles": histogram(entropy[known], all_labels[known], judged.classes, BITS),
            "sheets": histogram(judged.entropy, judged.labels, judged.classes, BITS),
            "skipped": int((~all_kept).sum()),
            "all": len(all_kept),
        },
        "single_tiles": tile_figures(
            np.concatenate(sound)[sure].astype(np.float64),
            np.concatenate(said)[sure],
            all_labels[sure],
            judged.classes,
        ),
        "hottest": {"sheets": len(hottest), "on_region": sum(hottest)},
    }


def _on_region(found: SheetSet, id: str, box: Any, size: tuple[int, int]) -> bool:
    """Whether a tile and one of the sheet's regions have pixels in common."""
    left, top, right, bottom = (float(one) for one in box)
    return any(
        left < (one.left + one.width) * size[0]
        and right > one.left * size[0]
        and top < (one.top + one.height) * size[1]
        and bottom > one.top * size[1]
        for one in found.regions[id]
    )


def _looked(
    found: SheetSet, split: str, tile_model: TileModel, sheet_model: ModelFolder
) -> dict[str, Any] | None:
    seen = None
    for model in (tile_model.folder, sheet_model):
        seen = look(
            found.sha256,
            split,
            model=sha256_of(model.path / DESCRIPTION_FILE),
            weights=str(model.files[KERAS_FILE]["sha256"]),
            name=model.name,
            purpose="sheet condition",
        )
    return None if seen is None else {"look": seen.looks, "models": seen.models, "text": str(seen)}


def _facts(model: ModelFolder) -> dict[str, Any]:
    return {
        "path": str(model.path),
        "name": model.name,
        "sha256": sha256_of(model.path / DESCRIPTION_FILE),
        "parameters": model.parameters,
        "image_size": model.image_size,
        "classes": model.class_names,
    }
