"""Check a `labels` export: the forms of a table say the same, and votes and decisions fit each other."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from curation.selectors.label_columns import DECISIONS, VOTES, Table
from curation.services.exports import labels, tables
from curation.services.exports.check_tables import Finds, Form, Labels
from curation.services.labels.write import DELIMITERS, FORMS
from curation.services.progress import Progress

OTHERS = tuple(f"{table.name}.{form}" for table in (VOTES, DECISIONS) for form in FORMS)
FORM = Form(labels.TABLES, labels.CHANGES, labels.README_FILE, OTHERS)
Cells = dict[str, Any]
BOOLEANS = {"true": True, "false": False}
READ: dict[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": BOOLEANS.__getitem__,
    "datetime": datetime.fromisoformat,
}


def check(
    directory: Path, facts: Mapping[str, Any], found: Labels, report: Finds, progress: Progress
) -> None:
    forms = facts.get("forms")
    if not isinstance(forms, dict) or not forms or set(forms) - set(FORMS):
        report.fault("release.json", f"forms must name some of {', '.join(FORMS)}")
        return
    for table in (VOTES, DECISIONS):
        present = {path.suffix[1:] for path in directory.glob(f"{table.name}.*")}
        for form in sorted(present - set(forms)):
            report.fault(f"{table.name}.{form}", "is not among the forms of release.json")
    said: Counter[tuple[str, str]] = Counter()
    for line, row in _rows(directory, VOTES, list(forms), report):
        _check_row(f"{VOTES.name}, row {line:,}", row, facts, found, report)
        if row["counts"] and row["kind"] == "label":
            said[row["sha256"], row["class"]] += 1
        progress.check()
    current: dict[str, Cells] = {}
    for line, row in _rows(directory, DECISIONS, list(forms), report):
        place = f"{DECISIONS.name}, row {line:,}"
        _check_row(place, row, facts, found, report)
        if row["current"]:
            if row["sha256"] in current:
                report.fault(place, f"{row['sha256']} has two decisions that hold")
            current[row["sha256"]] = row
    totals: Counter[str] = Counter()
    for (sha256, _slug), n in said.items():
        totals[sha256] += n
    for sha256, expected in found.rows.items():
        report.pictures += 1
        progress.advance()
        decision = current.get(sha256)
        if decision is None:
            report.fault(DECISIONS.name, f"{sha256} has no decision that holds")
            continue
        agree = said[sha256, expected.category]
        wanted: Cells = {
            "class": expected.category,
            "votes_for": agree,
            "votes_against": totals[sha256] - agree,
            **{name: getattr(expected, name) for name in ("source", "licence", "rights_holder")},
        }
        for name, value in wanted.items():
            if (decision[name] or "") != (value or ""):
                report.fault(
                    DECISIONS.name,
                    f"{sha256}: {name} is {decision[name]!r}; manifest and votes give {value!r}",
                )


def _check_row(place: str, row: Cells, facts: Mapping[str, Any], found: Labels, report: Finds) -> None:
    if row["sha256"] not in found.rows:
        report.fault(place, f"{row['sha256']!r} is not in {tables.LABELS_FILE}")
    if row["project"] != facts.get("project"):
        report.fault(place, f"project is {row['project']!r}, that of the release is {facts.get('project')!r}")


def _rows(directory: Path, table: Table, forms: list[str], report: Finds) -> Iterator[tuple[int, Cells]]:
    """The rows of a table, where all its forms can be read and say the same."""
    paths = {form: directory / f"{table.name}.{form}" for form in forms}
    if lost := [path.name for path in paths.values() if not path.is_file()]:
        for name in lost:
            report.fault(name, "is missing")
        return
    try:
        readers = [_reader(path, table, form) for form, path in paths.items()]
        for number, rows in enumerate(zip_longest(*readers), 1):
            for form, row in zip(forms, rows, strict=True):
                if row is None or row != rows[0]:
                    report.fault(f"{table.name}.{form}", f"row {number:,} is not that of the other forms")
                    return
            yield number, rows[0]
    except Unreadable as error:
        report.fault(*error.args)


class Unreadable(Exception):
    """File and problem."""


def _reader(path: Path, table: Table, form: str) -> Iterator[Cells]:
    read = _parquet if form == "parquet" else _json_lines if form == "jsonl" else _separated
    try:
        yield from read(path, table)
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise Unreadable(path.name, f"cannot be read: {error}") from error


def _separated(path: Path, table: Table) -> Iterator[Cells]:
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file, delimiter=DELIMITERS[path.suffix[1:]], strict=True)
        _must_be(next(lines, []), table)
        readers = [(column.name, READ[column.type]) for column in table.columns]
        for line in lines:
            yield {
                name: read(cell) if cell else None for (name, read), cell in zip(readers, line, strict=True)
            }


def _json_lines(path: Path, table: Table) -> Iterator[Cells]:
    times = [column.name for column in table.columns if column.type == "datetime"]
    with path.open("rb") as file:
        for line in file:
            row = json.loads(line)
            _must_be(list(row), table)
            yield row | {name: datetime.fromisoformat(row[name]) for name in times if row[name]}


def _parquet(path: Path, table: Table) -> Iterator[Cells]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            _must_be(file.schema_arrow.names, table)
            for batch in file.iter_batches(2_000):
                yield from batch.to_pylist()
    except ArrowException as error:
        raise ValueError(str(error)) from error


def _must_be(names: list[str], table: Table) -> None:
    if names != table.names:
        raise ValueError(f"the columns must be {', '.join(table.names)}")
