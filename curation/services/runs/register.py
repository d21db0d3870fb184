"""What came of a run, written into the database: a model, or an evaluation. Safe to do again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.urls import reverse

from curation.models import Evaluation, Event, ModelVersion, Run
from curation.services import audit
from curation.services.encoders import import_encoder
from curation.services.models import import_model
from curation.services.runs.places import folder_of_run, seen_of_run
from curation.services.webhooks.events import tell
from inference.folder import load_folder
from training.representation.encoders.folder import FOLDER as ENCODER_FOLDER

METRICS = "metrics.jsonl"


def register_model(run: Run) -> ModelVersion:
    """The model in RUN/model as one that can be used here, called like the run. Raises Refused."""
    folder = folder_of_run(run) / "model"
    made = import_model(folder, run.name, created_by=run.created_by)
    return _made_by(run, made, load_folder(folder, verify=False).metrics)


def register_encoder(run: Run) -> ModelVersion:
    """The same for the encoder in RUN/encoder. Raises Refused."""
    made = import_encoder(folder_of_run(run) / ENCODER_FOLDER, run.name, created_by=run.created_by)
    return _made_by(run, made, made.metrics)


def _made_by(run: Run, made: ModelVersion, metrics: Mapping[str, Any]) -> ModelVersion:
    """Say where the model comes from; the first time, tell of it."""
    made.run, made.training_release = run, run.release
    made.metrics = numbers(metrics) or best(run, folder_of_run(run))
    with transaction.atomic():
        fresh = ModelVersion.objects.filter(pk=made.pk).exclude(run=run)
        if not fresh.update(run=run, training_release=run.release, metrics=made.metrics):
            return made
        audit.record(
            run.created_by,
            "run.done",
            run.name,
            run.project,
            kind=run.kind,
            release=run.release.name,
            model=made.name,
            metrics=made.metrics,
        )
        tell(
            Event.MODEL_MADE,
            model=made.name,
            run=run.name,
            release=run.release.name,
            metrics=made.metrics,
            address=reverse("api_model", args=[made.name]),
        )
    return made


def register_evaluation(run: Run, split: str, report: Mapping[str, Any]) -> Evaluation:
    """One look at a split. A job that is started again after it was written down writes no second one."""
    assert run.started_from is not None, "constraint run_has_a_model"
    with transaction.atomic():
        found, fresh = Evaluation.objects.get_or_create(
            run=run,
            defaults={
                "model": run.started_from,
                "release": run.release,
                "split": split,
                "metrics": json.loads(json.dumps(dict(report))),
                "folder": run.folder,
            },
        )
        if fresh:
            audit.record(
                run.created_by,
                "run.evaluate",
                run.name,
                run.project,
                model=run.started_from.name,
                release=run.release.name,
                split=split,
                looks=looks(run.release_id, split),
            )
            tell(
                Event.EVALUATION_DONE,
                evaluation=found.pk,
                model=run.started_from.name,
                release=run.release.name,
                split=split,
                address=reverse("api_evaluation", args=[found.pk]),
            )
    return found


def looks(release: int, split: str) -> int:
    """How often a split of a release was looked at."""
    return Evaluation.objects.filter(release=release, split=split).count()


def keep_summary(run: Run) -> None:
    """What lists show of a run that has ended, so that they need not read its folder. For its job."""
    revision = _read(folder_of_run(run) / "environment.json").get("revision") or ""
    run.summary, run.git_revision = best(run, folder_of_run(run)), str(revision)[:60]
    run.save(update_fields=["summary", "git_revision"])


def best(run: Run, folder: Path | None = None) -> dict[str, Any]:
    """The epoch with the highest validation macro F1 (the last one where that was not measured). Of an
    encoder the one whose weights are kept: the last, or that of the lowest validation loss.

    folder: where its job writes; else what all machines know of it is read."""
    lines = metric_lines(folder or seen_of_run(run, METRICS))
    if not lines:
        return {}
    if run.kind == Run.Kind.ENCODE:
        judged = [line for line in lines if isinstance(line.get("val_loss"), int | float)]
        lowest = run.config.get("keep") == "best" and judged
        return numbers(min(judged, key=lambda line: line["val_loss"]) if lowest else lines[-1])
    scored = [line for line in lines if isinstance(line.get("val_macro_f1"), int | float)]
    return numbers(max(scored, key=lambda line: line["val_macro_f1"]) if scored else lines[-1])


def metric_lines(folder: Path) -> list[dict[str, Any]]:
    """metrics.jsonl as far as it can be read: a page must not fail on a line that is being written."""
    try:
        text = (folder / METRICS).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        try:
            one = json.loads(line)
        except ValueError:
            continue
        if isinstance(one, dict):
            found.append(one)
    return found


def numbers(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in figures.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


__all__ = [
    "METRICS", "best", "keep_summary", "looks", "metric_lines", "register_encoder", "register_evaluation",
    "register_model",
]  # fmt: skip
