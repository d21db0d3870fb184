"""Check the folders of an `imagefolder` export: each picture in the folder of its split and class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from curation.services.exports import archives, imagefolder, tables
from curation.services.exports.check_archives import picture_problem
from curation.services.exports.check_tables import Finds, Form, Labels, first_difference, read
from curation.services.exports.class_folders import class_folders
from curation.services.exports.content import RELEASE_FILE
from curation.services.manifest import Row
from curation.services.progress import Progress

OTHERS = [
    f"{folder}/{name}"
    for folder in imagefolder.SPLIT_FOLDERS.values()
    for name in (imagefolder.METADATA_FILE, "*/*.jpg")
]
FORM = Form(imagefolder.TABLES, archives.CHANGES, imagefolder.README_FILE, tuple(OTHERS))


def check(
    directory: Path, facts: Mapping[str, Any], labels: Labels, report: Finds, progress: Progress
) -> None:
    """Every picture stands where its label says and is the one that the labels name; no other is there."""
    rows = labels.rows
    folders = class_folders(sorted({(r.category_index, r.category, r.category_name) for r in rows.values()}))
    if facts.get("folders") != folders:
        report.fault(RELEASE_FILE, "folders are not those that follow from the classes")
    places = {imagefolder.path_of(row, folders): sha256 for sha256, row in rows.items()}
    found = {path.relative_to(directory).as_posix(): path for path in directory.rglob("*.jpg")}
    for name in sorted(found.keys() - places.keys()):
        report.fault(name, _astray(name, rows, folders))
    for name, sha256 in sorted(places.items()):
        line = labels.lines.get(sha256, {})
        if line and line["path"] != name:
            report.fault(tables.LABELS_FILE, f"{sha256}: path is {line['path']!r}, expected {name!r}")
        if name not in found:
            report.fault(name, "is missing; the labels name it")
        elif problem := _problem(found[name], line.get("file_sha256", "")):
            report.fault(name, problem)
        report.pictures += 1
        progress.advance()
    _check_metadata(directory, rows, folders, report)


def _astray(name: str, rows: Mapping[str, Row], folders: Mapping[str, str]) -> str:
    """What is wrong with a picture that stands where none should."""
    row = rows.get(Path(name).stem)
    if row is None:
        return "is in no line of the labels"
    return (
        f"is in the wrong folder: {row.category} in the split {row.split} is its label, so it belongs in "
        + (imagefolder.path_of(row, folders))
    )


def _problem(path: Path, sha256: str) -> str:
    try:
        return picture_problem(path.read_bytes(), sha256)
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _check_metadata(
    directory: Path, rows: Mapping[str, Row], folders: Mapping[str, str], report: Finds
) -> None:
    """metadata.csv of each split is what follows from the manifest."""
    ordered = [rows[sha256] for sha256 in sorted(rows)]
    columns = imagefolder.metadata_columns({r.category for r in ordered}, {r.source for r in ordered})
    by_split: defaultdict[str, list[Row]] = defaultdict(list)
    for row in ordered:
        by_split[row.split].append(row)
    for split, some in by_split.items():
        name = f"{imagefolder.SPLIT_FOLDERS[split]}/{imagefolder.METADATA_FILE}"
        content = read(directory, name, report)
        wanted = b"".join(imagefolder.metadata(some, columns, folders))
        if content is not None and content != wanted:
            report.fault(name, f"is not what follows from the manifest; {first_difference(content, wanted)}")
