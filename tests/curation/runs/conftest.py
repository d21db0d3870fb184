"""Runs as rows with a folder as training leaves it, without any training."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from curation.models import Evaluation, Job, ModelVersion, Project, Release, Role, Run
from tests.curation.releases.conftest import Garden, drawn, garden, make_garden, quick_hash  # noqa: F401
from tests.factories import make_user
from tests.worker import purge, real_worker  # noqa: F401

CLASSES = ["Class A", "Class B", "Class C"]
MakeRun = Callable[..., Run]
MakeModel = Callable[..., ModelVersion]
AsRole = Callable[[str], Client]


@pytest.fixture(autouse=True)
def empty_queues() -> None:
    purge()


@pytest.fixture
def release(garden: Garden) -> Release:  # noqa: F811
    """3 x (3 train, 1 test, 2 validate)."""
    from curation.services.freeze import freeze

    return freeze(garden.project, seed=7, name="first", train=3, test=1, validate=2)


@pytest.fixture
def project(release: Release) -> Project:
    return release.project


@pytest.fixture
def as_role(db: None) -> AsRole:
    people = {role.value: make_user(role.value, username=f"the-{role.value}") for role in Role}

    def signed_in(role: str) -> Client:
        client = Client()
        if role:
            client.force_login(people[role])
        return client

    return signed_in


def metrics(epochs: int, stages: int = 1) -> list[dict[str, Any]]:
    return [
        {
            "stage": stage,
            "epoch": epoch,
            "step": epoch * 10,
            "seconds": 2.0,
            "learning_rate": 0.001 / stage,
            "train_loss": 2 / (epoch + stage),
            "val_loss": 2.2 / (epoch + stage),
            "val_accuracy": 1 - 1 / (epoch + stage),
            "val_macro_f1": 1 - 1.1 / (epoch + stage),
        }
        for stage in range(1, stages + 1)
        for epoch in range(1, epochs + 1)
    ]


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


def write_folder(folder: Path, lines: list[dict[str, Any]]) -> None:
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "state").mkdir()
    (folder / "config.json").write_text(
        json.dumps({"format": "vasculum-run", "version": 1, "kind": "train", "config": {"epochs": 4}})
    )
    (folder / "environment.json").write_text(
        json.dumps({"revision": "abc", "packages": {"keras": "3"}, "platform": "Linux", "devices": ["CPU"]})
    )
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "state" / "secret.npz").write_bytes(b"x")
    (folder / "README.md").write_text(
        "# A card\n\nWith `code` and a table.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    for line in lines:
        (folder / "checkpoints" / f"{line['stage']:02d}-{line['epoch']:04d}.npz").write_bytes(b"weights")


@pytest.fixture
def tiny(tmp_path: Path) -> MakeModel:
    """A tiny model with real files, brought in."""
    from curation.services.models import import_model
    from tests.tiny_model import make_tiny_model

    def make(name: str = "tiny", classes: list[str] = CLASSES) -> ModelVersion:
        return import_model(make_tiny_model(tmp_path / "elsewhere", classes, name=f"{name}-source"), name)

    return make


def report(classes: list[str] = CLASSES) -> dict[str, Any]:
    """What evaluators say of a split in which all but one picture was right."""
    n = len(classes)
    confusion = [[4 if row == column else 0 for column in range(n)] for row in range(n)]
    confusion[0][0], confusion[0][1] = 3, 1
    return {
        "classification": {
            "pictures": 4 * n,
            "loss": 0.4321,
            "accuracy": 0.9167,
            "macro_f1": 0.9143,
            "per_class": [
                {"class": name, "precision": 1.0, "recall": 0.75, "f1": 0.857, "support": 4}
                for name in classes
            ],
            "confusion": confusion,
        },
        "aucpr": {"softmax": 0.97, "sigmoid": 0.96},
        "calibration": {
            "ece": 0.031,
            "reliability": [
                {"low": 0.4, "high": 0.5, "pictures": 3, "confidence": 0.45, "accuracy": 0.4},
                {"low": 0.9, "high": 1.0, "pictures": 9, "confidence": 0.95, "accuracy": 1.0},
            ],
        },
        "coverage": {
            "target": 0.99,
            "at_target": {"coverage": 0.75, "pictures": 9, "confidence": 0.9, "accuracy": 1.0},
            "curve": [
                {"coverage": c, "pictures": int(12 * c), "confidence": 1 - c / 2, "accuracy": 1 - c / 12,
                 "macro_f1": 1 - c / 11}
                for c in (1.0, 0.75, 0.5, 0.25)
            ],
        },
        "groups": {
            "sources": [{"source": "S0", "pictures": 6, "classes": 3, "accuracy": 1.0, "low": 0.6,
                         "high": 1.0, "macro_f1": 1.0}],
            "licences": [{"licence": "CC0-1.0", "pictures": 6, "classes": 3, "accuracy": 1.0, "low": 0.6,
                          "high": 1.0, "macro_f1": 1.0}],
        },
        "bootstrap": {
            "level": 0.95,
            "macro_f1": [0.8, 0.99],
            "accuracy": [0.81, 0.99],
            "f1_per_class": [{"class": name, "interval": [0.7, 0.95]} for name in classes],
        },
    }  # fmt: skip


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
