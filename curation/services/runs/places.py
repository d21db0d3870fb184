"""Where a run and what it needs lie on disk."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from curation.models import ModelVersion, Run


def folder_of_run(run: Run) -> Path:
    return Path(settings.RUNS_DIR) / run.folder


def path_of_model(model: ModelVersion) -> Path:
    return Path(settings.MODELS_DIR) / model.folder
