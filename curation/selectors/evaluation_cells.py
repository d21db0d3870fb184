"""The pictures behind a confusion matrix: what was decided as one class and taken for another."""

from __future__ import annotations

import csv
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode

from curation.models import Evaluation, Image
from curation.selectors.run_folder import file_of

# Where an evaluation has its table of predictions: of a run of its own, or of a training run.
FILES = ("predictions.tsv", "evaluation/predictions.tsv")
# Columns of the decided and the predicted class: of a classifier, and of both models of sheets.
COLUMNS = {
    "": ("category", "prediction"),
    "tiles": ("label", "by_tiles"),
    "whole": ("label", "by_whole_sheet"),
}


@dataclass(frozen=True, slots=True)
class Predicted:
    """One picture of the evaluated split. `confidence` of the predicted class; None where it is not known."""

    sha256: str
    decided: str
    said: str
    confidence: float | None


def classes_of(evaluation: Evaluation) -> list[str]:
    """The classes as report and table name them."""
    metrics = evaluation.metrics
    inside = metrics.get("evaluators", metrics)
    rows = inside.get("classification", {}).get("per_class")
    return [row["class"] for row in rows] if rows else list(metrics.get("data", {}).get("classes", []))


def address_of(evaluation: Evaluation, decided: str, said: str, by: str = "") -> str:
    """Of the page with the pictures of one cell; classes by the names that the report gives them."""
    asked = {"decided": decided, "said": said, **({"by": by} if by else {})}
    return f"{reverse('evaluation_pictures', args=[evaluation.pk])}?{urlencode(asked)}"


def predicted(evaluation: Evaluation, decided: str = "", said: str = "", by: str = "") -> list[Predicted]:
    """The pictures of a cell, the surest first; "" asks for any class. `by`: of two models, which.

    Raises FileNotFoundError where the run has no table of predictions any more, or one of another form.
    """
    places = (file_of(evaluation.run, name) for name in FILES)
    place = next(filter(None, places), None)
    if place is None:
        raise FileNotFoundError("predictions.tsv")
    own, other = COLUMNS[by]
    with place.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, dialect="excel-tab")
        if not {"id", own, other} <= set(rows.fieldnames or ()):
            raise FileNotFoundError(f"predictions.tsv with {own} and {other}")
        found = [
            Predicted(row["id"], row[own], row[other], _number(row.get("confidence")))
            for row in rows
            if row[own] == (decided or row[own]) and row[other] == (said or row[other])
        ]
    return sorted(found, key=lambda one: -(one.confidence or 0.0))


def with_images(rows: list[Predicted]) -> list[tuple[Predicted, Image | None]]:
    """Each with its picture, if that is known here. One query."""
    images = Image.objects.filter(sha256__in=[row.sha256 for row in rows]).select_related("source")
    known = {image.sha256: image for image in images}
    return [(row, known.get(row.sha256)) for row in rows]


def _number(text: str | None) -> float | None:
    return float(text) if text else None
