"""The files of an index: its facts as JSON, its cells as faiss writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from inference.files import sha256_of, whole_file
from training.representation.neighbours.vectors import Metric, faiss

FORMAT, VERSION = "vasculum-neighbours", 1


def write(folder: Path, checksum: str, metric: Metric, facts: Mapping[str, Any], cells: Any) -> None:
    """cells: faiss's index, or None."""
    facts = {"format": FORMAT, "version": VERSION, "checksum": checksum, **facts}
    if cells is not None:
        with whole_file(_cells_file(folder, metric)) as temporary:
            faiss().write_index(cells, str(temporary))
        facts["sha256"] = sha256_of(_cells_file(folder, metric))
    with whole_file(_facts_file(folder, metric)) as temporary:
        temporary.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def read(folder: Path, checksum: str, metric: Metric) -> tuple[dict[str, Any], Any]:
    """Facts and cells. ModelError where there are none, or they are of other features, or damaged."""
    path = _facts_file(folder, metric)
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} is no index of neighbours: {error}") from error
    wanted = {"format": FORMAT, "version": VERSION, "checksum": checksum, "metric": metric}
    for name, value in wanted.items():
        if facts.pop(name, None) != value:
            raise ModelError(f"{path}: {name} must be {value!r}; make the index anew")
    cells = None
    if facts["kind"] != "exact":
        file = _cells_file(folder, metric)
        if not file.is_file() or sha256_of(file) != facts.pop("sha256"):
            raise ModelError(f"{file} must be as {path.name} says, it is missing or was changed")
        cells = faiss().read_index(str(file))
    return {"metric": metric, **facts}, cells


def _facts_file(folder: Path, metric: str) -> Path:
    return folder / f"neighbours-{metric}.json"


def _cells_file(folder: Path, metric: str) -> Path:
    return folder / f"neighbours-{metric}.faiss"
