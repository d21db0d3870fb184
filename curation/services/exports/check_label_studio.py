"""Check a `label-studio` export: a task for each picture, with its provenance, and choices that there are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from curation.services.exports import label_studio
from curation.services.exports.check_tables import Finds, Form, Labels
from curation.services.labels.tasks import Task, Wrong, read_file, said, task_of
from curation.services.progress import Progress

FORM = Form(
    label_studio.TABLES,
    label_studio.CHANGES,
    label_studio.README_FILE,
    (label_studio.TASKS_FILE, label_studio.CONFIG_FILE),
)
NAMES = ("source", "licence", "rights_holder")


def check(
    directory: Path, facts: Mapping[str, Any], found: Labels, report: Finds, progress: Progress
) -> None:
    slugs = _config(directory / label_studio.CONFIG_FILE, found, report)
    seen: set[str] = set()
    file = label_studio.TASKS_FILE
    try:
        for number, value in read_file(directory / file):
            try:
                task = task_of(number, value)
                _check(task, value, found, slugs)
                if task.sha256 in seen:
                    raise Wrong("sha256", task.sha256, "has a task already")
            except Wrong as wrong:
                report.fault(file, str(wrong.at(number)))
                continue
            seen.add(task.sha256)
            report.pictures += 1
            progress.advance()
    except Wrong as wrong:
        report.fault(file, str(wrong.at(0)))
    except OSError as error:
        report.fault(file, f"cannot be read: {error.strerror}")
    for sha256 in sorted(found.rows.keys() - seen):
        report.fault(file, f"{sha256} has no task that is in order")


def _check(task: Task, value: dict[str, Any], found: Labels, slugs: set[str]) -> None:
    row = found.rows.get(task.sha256)
    if row is None:
        raise Wrong("sha256", task.sha256, "is not in the labels")
    for name in NAMES:
        given = value["meta"].get(name, "")
        if given != getattr(row, name):
            raise Wrong(f"meta.{name}", given, f"the manifest says {getattr(row, name)!r}")
    predictions = value.get("predictions", [])
    if not isinstance(predictions, list):
        raise Wrong("predictions", predictions, "expected an array")
    for place, each in enumerate([*task.annotations, *predictions], 1):
        one = said(each, place)
        if one is not None and one.choice not in slugs:
            raise Wrong(f"result {place}", one.choice, "is no choice of the configuration")


def _config(path: Path, found: Labels, report: Finds) -> set[str]:
    """The slugs that can be chosen."""
    try:
        root = ElementTree.fromstring(path.read_bytes())
    except FileNotFoundError:
        report.fault(path.name, "is missing")
        return set()
    except (OSError, ElementTree.ParseError) as error:
        report.fault(path.name, f"cannot be read: {error}")
        return set()
    slugs = {choice.get("alias", "") for choice in root.iter("Choice")}
    for slug in sorted({row.category for row in found.rows.values()} - slugs):
        report.fault(path.name, f"does not offer {slug}, which the manifest knows")
    return slugs
