"""Where a run and what it needs lie: to be worked on, and to be read."""

from __future__ import annotations

from pathlib import Path

from curation.models import ModelVersion, Run
from curation.services import folders


def name_of_run(run: Run) -> str:
    """Of its folder, as all machines know it."""
    return f"runs/{run.folder}"


def folder_of_run(run: Run) -> Path:
    """Where the job of a run writes, on this machine's disk."""
    return folders.work_of(name_of_run(run))


def seen_of_run(run: Run, *patterns: str) -> Path:
    """The folder as all machines know it, with the files asked for. Raises StorageDown."""
    return folders.place(name_of_run(run), *patterns)


def name_of_model(model: ModelVersion) -> str:
    return f"models/{model.folder}"


def path_of_model(model: ModelVersion, *patterns: str) -> Path:
    """The folder of a model, to be read. Raises StorageDown."""
    return folders.place(name_of_model(model), *patterns)
