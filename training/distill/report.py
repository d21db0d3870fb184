"""What came of a distillation: how far the student agrees with its teacher, class by class.

    RUN/distillation.json    settings, teacher before and after, figures in total and per class of the data
    RUN/distillation.tsv     the same figures per class
    RUN/disagreements.tsv    the pictures that teacher and student give different answers to

Importing this needs no TensorFlow.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from inference.files import whole_file
from inference.folder import ModelClass
from training.data.release import Example, ReleaseData
from training.distill.answers import Answers, counts

REPORT_FILE = "distillation.json"
PER_CLASS_FILE = "distillation.tsv"
DISAGREEMENTS_FILE = "disagreements.tsv"


def figures(answers: Answers, data: ReleaseData, *, labelled: bool) -> dict[str, Any]:
    """Total and per class of the data; who was right is told where the outputs are those classes."""
    everything = np.ones(len(answers.labels), bool)
    return {
        "total": counts(answers, everything, labelled=labelled),
        "classes": [
            {
                "slug": one.slug,
                "name": one.name,
                **counts(answers, answers.labels == place, labelled=labelled),
            }
            for place, one in enumerate(data.classes)
        ],
    }


def write_report(
    folder: Path,
    report: Mapping[str, Any],
    answers: Answers,
    pictures: Iterable[Example],
    data: ReleaseData,
    outputs: Sequence[ModelClass],
    *,
    labelled: bool,
) -> None:
    """Write the three files, each whole. pictures: in the order of the answers. outputs: their classes."""
    with whole_file(folder / REPORT_FILE) as temporary:
        text = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")
    rows = [*report["classes"], {"slug": "total", "name": "", **report["total"]}]
    _table(folder / PER_CLASS_FILE, list(rows[0]), ([_cell(one) for one in row.values()] for row in rows))
    columns = ["id", "source", "licence", "category", "teacher", "student", "divergence"]
    columns += ["right"] if labelled else []
    lines = (
        _line(answers, place, one, data, outputs, labelled)
        for place, one in enumerate(pictures)
        if not answers.agree[place]
    )
    _table(folder / DISAGREEMENTS_FILE, columns, lines)


def _line(
    answers: Answers,
    place: int,
    picture: Example,
    data: ReleaseData,
    outputs: Sequence[ModelClass],
    labelled: bool,
) -> list[str]:
    label, teacher, student = (int(one[place]) for one in (answers.labels, answers.teacher, answers.student))
    line = [picture.id, picture.source, picture.licence, str(data.classes[label].slug)]
    line += [outputs[one].slug or outputs[one].name for one in (teacher, student)]
    line.append(_cell(float(answers.divergence[place])))
    if labelled:
        line.append("teacher" if teacher == label else "student" if student == label else "neither")
    return line


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def _table(path: Path, columns: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(lines)
