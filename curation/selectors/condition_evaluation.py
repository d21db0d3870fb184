"""An evaluation of a model of tiles beside one of whole sheets, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from curation.models import Evaluation, Image, ModelVersion
from curation.selectors import run_folder
from curation.selectors.evaluation_cells import address_of
from curation.selectors.runs import looks

SHOWN = 24
REPORT = ("report.html", "report.md", "report.json")
WAYS = ("tiles", "whole")


@dataclass(frozen=True)
class ConditionEvaluation:
    evaluation: Evaluation
    report: dict[str, Any]
    wrong: list[tuple[dict[str, Any], Image | None]]

    @property
    def context(self) -> dict[str, Any]:
        found, report = self.evaluation, self.report
        classes = report["data"]["classes"]
        names = {way: report["models"][way]["name"] for way in WAYS}
        return {
            "evaluation": found,
            "release": found.release,
            "project": found.release.project,
            "looks": looks(found.release, found.split),
            "models": [(way, names[way], report[way], self._confusion(way)) for way in WAYS],
            "classes": classes,
            "files": [one for one in run_folder.files(found.run) if one.name in REPORT],
            "plots": {
                "histograms": {way: report[way]["histogram"] for way in WAYS},
                "entropy": {name: report["entropy"][name] for name in ("tiles", "sheets")},
                "coverage": {way: report[way]["coverage"]["curve"] for way in WAYS},
                "classes": classes,
                "names": names,
            },
        }

    def _confusion(self, way: str) -> list[tuple[str, list[tuple[int, str]]]]:
        """By decided class: how many sheets were taken for each, and where they are."""
        classes = self.report["data"]["classes"]
        return [
            (
                label,
                [
                    (n, address_of(self.evaluation, label, said, way))
                    for said, n in zip(classes, row, strict=True)
                ],
            )
            for label, row in zip(classes, self.report[way]["confusion"], strict=True)
        ]


def evaluation(pk: int) -> ConditionEvaluation | None:
    """None where it is another kind of evaluation, or none. Two queries."""
    wanted = Evaluation.objects.select_related("model", "release__project", "run__created_by", "run__job")
    found = wanted.filter(pk=pk, model__kind=ModelVersion.Kind.TILES).first()
    if found is None:
        return None
    rows = found.metrics["misclassified"][:SHOWN]
    images = Image.objects.filter(sha256__in=[row["id"] for row in rows]).in_bulk(field_name="sha256")
    return ConditionEvaluation(found, found.metrics, [(row, images.get(row["id"])) for row in rows])


def beside(model: ModelVersion) -> list[ModelVersion]:
    """Classifiers that a model of tiles can be measured beside: those with its classes, in any order."""
    if model.kind != ModelVersion.Kind.TILES:
        return []
    known = ModelVersion.objects.filter(kind=ModelVersion.Kind.CLASSIFIER, classes__contains=model.classes)
    return [one for one in known if sorted(one.classes) == sorted(model.classes)]
