"""Check what both formats have: manifest, labels, attribution and the counts in release.json."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from curation.errors import Refused
from curation.licensing import identifiers
from curation.models import Split
from curation.services import manifest
from curation.services.exports import tables
from curation.services.exports.check_rows import check_rows, class_order
from curation.services.exports.check_splits import check_splits
from curation.services.exports.content import MANIFEST_FILE, RELEASE_FILE
from curation.services.manifest import Row


class Finds(Protocol):
    """Where faults are written down: curation.services.verify.Report."""

    pictures: int

    def fault(self, file: str, problem: str) -> None: ...


@dataclass(frozen=True)
class Form:
    """The tables of a format, none where all is in the manifest, and the words about what was done to its
    pictures. others: patterns of the names of all further files that the format has, None where they are not
    known (check_names)."""

    columns: Mapping[str, Sequence[str]]
    changes: str
    readme: str
    others: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Labels:
    """The labels table by id, and the manifest's rows that this export holds."""

    lines: dict[str, dict[str, str]]
    rows: dict[str, Row]


def check(directory: Path, facts: Mapping[str, Any], form: Form, report: Finds) -> Labels | None:
    """Check all tables; the labels for the check of the pictures, None where they cannot be read."""
    if not (directory / form.readme).is_file():
        report.fault(form.readme, "is missing")
    rows = _manifest(directory, facts, report)
    lines = _labels(directory, form, rows or [], report) if form.columns else {}
    if rows is None or lines is None:
        return None
    if any(row.split not in Split.values for row in rows):
        return None  # said already; where pictures stand cannot be told
    included = facts["licences"].get("included") or {}
    here = {row.sha256: row for row in rows if row.licence in included}
    _counts(facts, rows, list(here.values()), report)
    if not form.columns:
        return Labels({}, here)
    _compare(lines, here, report)
    ordered = sorted(here.values(), key=tables.source_order)
    _same(directory, tables.ATTRIBUTION_FILE, lambda: tables.attribution(ordered, form.changes), report)
    _package(directory, facts, form, report)
    return Labels(lines, here)


def _manifest(directory: Path, facts: Mapping[str, Any], report: Finds) -> list[Row] | None:
    content = read(directory, MANIFEST_FILE, report)
    if content is None:
        return None
    actual = hashlib.sha256(content).hexdigest()
    if actual != facts["manifest_sha256"]:
        report.fault(
            MANIFEST_FILE,
            f"has the SHA-256 {actual}; the release's is {facts['manifest_sha256']}",
        )
    try:
        described, rows = manifest.parse(content.decode())
    except (Refused, UnicodeDecodeError) as error:
        report.fault(MANIFEST_FILE, f"cannot be read: {error}")
        return None
    check_rows(described, facts, rows, report)
    check_splits(described, facts, rows, report)
    return rows


def _labels(directory: Path, form: Form, rows: list[Row], report: Finds) -> dict[str, dict[str, str]] | None:
    """The labels by id. What they have in common with `rows` is kept once: there may be 200,000 lines."""
    content = read(directory, tables.LABELS_FILE, report)
    if content is None:
        return None
    columns = list(form.columns[tables.LABELS_FILE])
    try:
        body = tables.table_lines(content)
        if next(body, None) != columns:
            report.fault(tables.LABELS_FILE, f"the columns must be {', '.join(columns)}")
            return None
        lines = _lines(body, columns, {row.sha256: row for row in rows}, report)
    except ValueError as error:
        report.fault(tables.LABELS_FILE, f"cannot be read: {error}")
        return None
    ordered = sorted(lines)
    written = tables.labels(columns, lambda: (list(lines[sha256].values()) for sha256 in ordered))
    if not is_made_of(content, written):
        report.fault(tables.LABELS_FILE, "its lines are not in the form or order in which they are written")
    return lines


def _lines(
    body: Iterator[list[str]], columns: list[str], rows: Mapping[str, Row], report: Finds
) -> dict[str, dict[str, str]]:
    lines: dict[str, dict[str, str]] = {}
    for number, cells in enumerate(body, 2):
        if len(cells) != len(columns):
            report.fault(
                tables.LABELS_FILE, f"line {number}: {len(cells)} cells, the header has {len(columns)}"
            )
        elif cells[0] in lines:
            report.fault(tables.LABELS_FILE, f"line {number}: {cells[0]} stands there already")
        else:
            own: dict[str, str] = rows[cells[0]]._asdict() if cells[0] in rows else {}
            kept = (
                own[column] if own.get(column) == cell else cell
                for column, cell in zip(columns, cells, strict=True)
            )
            lines[cells[0]] = dict(zip(columns, kept, strict=True))
    return lines


def _compare(lines: Mapping[str, Mapping[str, str]], here: Mapping[str, Row], report: Finds) -> None:
    """The labels say of each picture what the manifest says."""
    for sha256 in sorted(here.keys() - lines.keys()):
        report.fault(tables.LABELS_FILE, f"{sha256} is missing; the manifest has it")
    for sha256 in sorted(lines.keys() - here.keys()):
        report.fault(tables.LABELS_FILE, f"{sha256} is not in the manifest under a licence of this export")
    for sha256 in sorted(lines.keys() & here.keys()):
        line, row = lines[sha256], here[sha256]
        if problem := identifiers.problem(line["licence"], line["licence_url"]):
            report.fault(tables.LABELS_FILE, f"{sha256}: {problem}")
        for column in tables.PROVENANCE:
            wanted = str(getattr(row, column))
            if line[column] != wanted:
                report.fault(
                    tables.LABELS_FILE,
                    f"{sha256}: {column} is {line[column]!r}, the manifest says {wanted!r}",
                )


def _counts(facts: Mapping[str, Any], rows: list[Row], here: list[Row], report: Finds) -> None:
    """The numbers in release.json are those of the manifest."""
    licences = facts["licences"]
    everything = {**(licences.get("included") or {}), **(licences.get("excluded") or {})}
    if everything != Counter(row.licence for row in rows):
        report.fault(RELEASE_FILE, "licences do not add up to those of the manifest")
    if facts["pictures"] != len(here):
        report.fault(RELEASE_FILE, f"pictures is {facts['pictures']}, the manifest gives {len(here)}")
    counts = Counter((row.split, row.category) for row in here)
    written = {(split, slug): n for split, each in facts["counts"].items() for slug, n in each.items()}
    if written != counts:
        report.fault(RELEASE_FILE, "counts are not those of the manifest")
    classes = sorted({(row.category_index, row.category, row.category_name) for row in here})
    if problem := class_order(facts["classes"], classes):
        report.fault(RELEASE_FILE, f"classes are not those of the manifest: {problem}")


def _package(directory: Path, facts: Mapping[str, Any], form: Form, report: Finds) -> None:
    """The data package describes the tables as they are; it may describe more."""
    content = read(directory, tables.PACKAGE_FILE, report)
    if content is None:
        return
    wanted = json.loads(tables.data_package(facts["release"].lower(), str(facts.get("title")), form.columns))
    try:
        said = json.loads(content)
        resources = said["resources"]
        lacking = [each["path"] for each in wanted["resources"] if each not in resources]
    except (ValueError, TypeError, KeyError) as error:
        report.fault(tables.PACKAGE_FILE, f"is not a data package: {error!r}")
        return
    for name in lacking:
        report.fault(tables.PACKAGE_FILE, f"does not describe {name} as it is")
    for key in ("name", "title"):
        if said.get(key) != wanted[key]:
            report.fault(tables.PACKAGE_FILE, f"{key} is {said.get(key)!r}, expected {wanted[key]!r}")


def _same(directory: Path, name: str, wanted: Callable[[], Iterable[bytes]], report: Finds) -> None:
    """wanted: gives the pieces that the file must be made of."""
    content = read(directory, name, report)
    if content is not None and not is_made_of(content, wanted()):
        problem = first_difference(content, b"".join(wanted()))
        report.fault(name, f"is not what follows from the manifest; {problem}")


def is_made_of(content: bytes, pieces: Iterable[bytes]) -> bool:
    at = 0
    for piece in pieces:
        if not content.startswith(piece, at):
            return False
        at += len(piece)
    return at == len(content)


def first_difference(content: bytes, wanted: bytes) -> str:
    """Where two texts part, for people."""
    there, right = content.split(b"\n"), wanted.split(b"\n")
    for number, (one, other) in enumerate(zip(there, right, strict=False), 1):
        if one != other:
            return f"line {number} differs"
    return f"{len(there)} lines instead of {len(right)}"


def read(directory: Path, name: str, report: Finds) -> bytes | None:
    """A file's bytes; a fault and None where it is missing."""
    try:
        return (directory / name).read_bytes()
    except OSError as error:
        report.fault(name, "is missing" if isinstance(error, FileNotFoundError) else str(error.strerror))
        return None
