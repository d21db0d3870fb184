"""What lies in the folder of a run: files to download, checkpoints, configuration, environment, model card.

The folder may be half written, or gone: then there is less to show, and nothing fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.models import Run
from curation.services import folders
from curation.services.runs.places import name_of_run, seen_of_run
from inference.errors import ModelError
from training.representation.encoders.folder import FOLDER as ENCODER_FOLDER
from training.runs.folder import Checkpoint, RunFolder

CARD = "README.md"
READ = ("config.json", "environment.json", "data.json", "metrics.jsonl", CARD, f"{ENCODER_FOLDER}/{CARD}")
CARD_SIZE = 200_000  # bytes of a model card that are read
HIDDEN = {"state"}  # of no use to anybody but the run itself
MOST_FILES = 400


@dataclass(frozen=True)
class File:
    name: str  # below the folder, with /
    bytes: int


@dataclass(frozen=True)
class Contents:
    files: list[File]
    more: int  # files that are not listed
    checkpoints: list[Checkpoint]
    config: dict[str, Any]
    environment: dict[str, Any]
    data: dict[str, Any]
    card: str


def contents(run: Run) -> Contents:
    folder = seen_of_run(run, *READ)
    found = list(files(run))
    # Each checkpoint has its line in the table of them.
    listed = [one for one in found if not one.name.startswith("checkpoints/")]
    return Contents(
        files=listed[:MOST_FILES],
        more=max(len(listed) - MOST_FILES, 0),
        checkpoints=_checkpoints(folder, found),
        config=_table(folder / "config.json").get("config") or run.config,
        environment=_table(folder / "environment.json"),
        data=_table(folder / "data.json"),
        card=card_of(folder / ENCODER_FOLDER) or card_of(folder),
    )


def card_of(folder: Path) -> str:
    """The card of a run, a model or an encoder, "" where there is none."""
    return _text(folder / CARD)


def files(run: Run) -> Iterator[File]:
    """Plain files that may be downloaded, by name. No links, nothing hidden."""
    found = sorted(folders.entries(name_of_run(run)), key=lambda entry: entry.name.split("/"))
    return (File(one.name, one.bytes) for one in found if one.name.partition("/")[0] not in HIDDEN)


def file_of(run: Run, name: str) -> Path | None:
    """The path of a file of the run; None unless `files` lists it. Raises StorageDown."""
    if not any(one.name == name for one in files(run)):
        return None
    try:
        return folders.file(name_of_run(run), name)
    except FileNotFoundError:
        return None  # replaced by another at this moment


def _checkpoints(folder: Path, found: list[File]) -> list[Checkpoint]:
    try:
        return RunFolder.open(folder).checkpoints([one.name for one in found])
    except ModelError:
        return []


def _table(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(CARD_SIZE)
    except OSError:
        return ""
