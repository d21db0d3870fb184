"""Runs as rows with a folder as training leaves it, without any training."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from curation.models import Evaluation, Job, ModelVersion, Project, Release, Run
from tests.curation.releases.conftest import (  # noqa: F401
    LICENCES,
    Garden,
    MakeGarden,
    drawn,
    garden,
    make_garden,
    quick_hash,
)
from tests.run_rows import CLASSES, metrics, report, write_folder
from tests.worker import purge, real_worker  # noqa: F401

MakeRun = Callable[..., Run]
MakeModel = Callable[..., ModelVersion]
GENERA = ["Quercus", "Rosa", "Salix"]


@pytest.fixture(autouse=True)
def empty_queues() -> None:
    purge()


@pytest.fixture
def release(garden: Garden) -> Release:  # noqa: F811
    """3 x (3 train, 1 test, 2 validate)."""
    from curation.services.freeze import freeze

    return freeze(garden.project, seed=7, name="first", train=3, test=1, validate=2)


@pytest.fixture
def named(make_garden: MakeGarden) -> Release:  # noqa: F811
    """3 genera x (3 train, 1 test, 2 validate); two species in each."""
    from curation.services.freeze import freeze

    grown = make_garden(key="named")
    for label, genus in zip(grown.classes, GENERA, strict=True):
        for n in range(6):
            species = f"{genus} {'alba' if n % 2 else 'nigra'} L."
            grown.plant(
                label, files=True, name=f"{genus} {n}", scientific_name=species, licence=LICENCES[n % 2]
            )
    return freeze(grown.project, seed=3, name="named", train=3, test=1, validate=2)


@pytest.fixture
def project(release: Release) -> Project:
    return release.project


@pytest.fixture
def make_run(release: Release) -> MakeRun:
    """A run in any state with a folder of its own, as far as training had come."""

    def make(name: str = "first-train-1", state: str = "done", **fields: Any) -> Run:
        lines = fields.pop("metrics", metrics(4, 2))
        job: dict[str, Any] = {"kind": "train", "title": f"Train {name}", "state": state, "queue": "gpu"}
        now = timezone.now()
        if state != "queued":
            job["started_at"] = now - timedelta(seconds=75)
        if state == "running":
            job |= {"lease": uuid.uuid4(), "heartbeat_at": now, "total": 100, "done": 40, "unit": "steps"}
        if state in ("done", "failed", "cancelled"):
            job["finished_at"] = now
        run = Run.objects.create(
            **{
                "name": name,
                "folder": name,
                "project": release.project,
                "release": release,
                "kind": "train",
                "config": {"epochs": 4},
                "data_sha256": release.manifest_sha256,
                "job": Job.objects.create(**job),
                "summary": lines[-1] if lines and state != "running" else {},
            }
            | fields
        )
        write_folder(Path(settings.RUNS_DIR) / name, lines)
        return run

    return make


@pytest.fixture
def tiny(tmp_path: Path) -> MakeModel:
    """A tiny model with real files, brought in."""
    from curation.services.models import import_model
    from tests.tiny_model import make_tiny_model

    def make(name: str = "tiny", classes: list[str] = CLASSES) -> ModelVersion:
        return import_model(make_tiny_model(tmp_path / "elsewhere", classes, name=f"{name}-source"), name)

    return make


@pytest.fixture
def make_evaluation(make_run: MakeRun, release: Release) -> Callable[..., Evaluation]:
    def make(model: ModelVersion, split: str = "test", **fields: Any) -> Evaluation:
        number = Run.objects.count() + 1
        run = make_run(f"first-evaluate-{number}", kind="evaluate", started_from=model, metrics=[])
        (Path(settings.RUNS_DIR) / run.folder / "evaluation.json").write_text("{}")
        return Evaluation.objects.create(
            **{
                "model": model,
                "release": release,
                "split": split,
                "metrics": report(model.classes),
                "folder": run.folder,
                "run": run,
            }
            | fields
        )

    return make
