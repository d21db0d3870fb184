"""The tables of an evaluation, as tab-separated text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from inference.files import whole_file
from training.evaluators.scored import Scored

PREDICTIONS_FILE = "predictions.tsv"


def tables_of(report: Mapping[str, Any], scored: Scored) -> dict[str, str]:
    """Text by file name."""
    found = report["evaluators"]
    scores, groups = found["classification"], found["groups"]
    spans = {one["class"]: one["interval"] for one in found["bootstrap"]["f1_per_class"]}
    areas = {one["class"]: one["aucpr"] for one in found["aucpr"]["per_class"]}
    classes = [
        {
            **row,
            "f1_low": (spans[row["class"]] or [None])[0],
            "f1_high": (spans[row["class"]] or [None])[-1],
            "aucpr": areas[row["class"]],
        }
        for row in scores["per_class"]
    ]
    return {
        "evaluation.tsv": of_rows(
            [
                {
                    "measure": name,
                    "value": one["value"],
                    "low": one["interval"][0],
                    "high": one["interval"][1],
                }
                for name, one in report["headline"].items()
            ]
        ),
        "classes.tsv": of_rows(classes),
        "confusion.tsv": table(
            ["true \\ predicted", *scored.classes],
            ([name, *row] for name, row in zip(scored.classes, scores["confusion"], strict=True)),
        ),
        "sources.tsv": of_rows(groups["sources"]),
        "licences.tsv": of_rows(groups["licences"]),
        "reliability.tsv": of_rows(found["calibration"]["reliability"]),
        "coverage.tsv": of_rows(found["coverage"]["curve"]),
        PREDICTIONS_FILE: _predictions(scored),
    }


def of_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table of mappings that have the same keys; empty for none."""
    if not rows:
        return ""
    return table(list(rows[0]), (row.values() for row in rows))


def table(names: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_told(value) for value in row] for row in rows)
    return text.getvalue()


def write_table(path: Path, names: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """The same into a file, row by row: the text of a million rows takes gigabytes."""
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_told(value) for value in row] for row in rows)


def _told(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def _predictions(scored: Scored) -> str:
    """One row a picture, in the order of the split: what two models are compared by."""
    return table(
        ["id", "category", "prediction", "confidence", "source", "licence"],
        zip(
            scored.ids,
            (scored.classes[place] for place in scored.labels),
            (scored.classes[place] for place in scored.predictions),
            scored.confidence.tolist(),
            scored.sources,
            scored.licences,
            strict=True,
        ),
    )
