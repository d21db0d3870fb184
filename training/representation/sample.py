"""Which picture is in which set, and how that came about; as two files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from inference.files import whole_file
from training.data.errors import DataError, read_text

SETS = ("train", "random", "species", "institutions")
TABLE_FILE = "sample.tsv"
FACTS_FILE = "sample.json"
FORMAT, VERSION = "vasculum-sample", 1


@dataclass(frozen=True)
class Sample:
    """sets: train, random, species, institutions -> ids, sorted. facts: options, and what each step took."""

    sets: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, Any]

    def write(self, folder: Path) -> None:
        """sample.tsv and, last, sample.json, each whole. The same sample gives the same bytes."""
        text = io.StringIO()
        lines = csv.writer(text, delimiter="\t", lineterminator="\n")
        lines.writerow(["id", "set"])
        lines.writerows([id, name] for name, ids in self.sets.items() for id in ids)
        facts = {"format": FORMAT, "version": VERSION, **self.facts}
        _write(folder / TABLE_FILE, text.getvalue())
        _write(folder / FACTS_FILE, json.dumps(facts, indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """A sample that was written; DataError where it is not whole."""
        path = folder / FACTS_FILE
        try:
            facts = json.loads(_text(path))
        except ValueError as error:
            raise (
                error if isinstance(error, DataError) else DataError(f"{path} must be JSON: {error}")
            ) from error
        if not isinstance(facts, dict) or (facts.get("format"), facts.get("version")) != (FORMAT, VERSION):
            raise DataError(f"{path}: format and version must be {FORMAT!r} and {VERSION}")
        path = folder / TABLE_FILE
        found: dict[str, list[str]] = {name: [] for name in SETS}
        for number, row in enumerate(csv.reader(io.StringIO(_text(path)), delimiter="\t"), 1):
            if number == 1 and row == ["id", "set"]:
                continue
            if len(row) != 2 or row[1] not in found:
                raise DataError(
                    f"{path}, line {number} must be an id and one of {', '.join(SETS)}, got {row}"
                )
            found[row[1]].append(row[0])
        for name, ids in found.items():
            if (expected := facts["sets"][name]["pictures"]) != len(ids):
                raise DataError(f"{path}: {name} must have {expected} pictures, it has {len(ids)}")
        del facts["format"], facts["version"]
        return cls({name: tuple(ids) for name, ids in found.items()}, facts)


def _text(path: Path) -> str:
    if not path.is_file():
        raise DataError(f"{path} is missing; python -m training sample writes it")
    return read_text(path)


def _write(path: Path, text: str) -> None:
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
