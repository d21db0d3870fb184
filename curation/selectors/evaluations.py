"""Evaluations as people read them: figures with intervals, tables with links, and what the plots draw.

A report is what training.evaluators say, by their names. One of an evaluator that was not run, or of an older
form, leaves its part of the page out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from curation.models import Evaluation, ModelVersion, Release
from curation.selectors.evaluation_cells import address_of

MOST_CONFUSIONS = 20
SELECT = ("model", "release__project", "run__job", "run__created_by")


@dataclass(frozen=True)
class Figure:
    """One score with its interval, if it was measured. `is_share`: to be written as a percentage."""

    name: str
    value: float
    interval: tuple[float, float] | None
    is_share: bool = True


@dataclass(frozen=True)
class Row:
    """One line of a table: a class, source or licence, its figures, and where its pictures are."""

    name: str
    link: str
    figures: Mapping[str, Any]


@dataclass(frozen=True)
class EvaluationView:
    evaluation: Evaluation

    def part(self, name: str) -> Mapping[str, Any]:
        """What one evaluator said; empty where it was not asked."""
        metrics = self.evaluation.metrics
        inside = metrics.get("evaluators", metrics.get("results", metrics))
        found = inside.get(name) if isinstance(inside, Mapping) else None
        return found if isinstance(found, Mapping) else {}

    @property
    def f1(self) -> float | None:
        return self.part("classification").get("macro_f1")

    @property
    def accuracy(self) -> float | None:
        return self.part("classification").get("accuracy")

    @property
    def figures(self) -> list[Figure]:
        scores, curve, sure = self.part("classification"), self.part("aucpr"), self.part("calibration")
        known = [
            (_("Macro F1"), scores.get("macro_f1"), "macro_f1", True),
            (_("Accuracy"), scores.get("accuracy"), "accuracy", True),
            (_("AUCPR"), curve.get("softmax"), "aucpr_softmax", True),
            (_("Loss"), scores.get("loss"), "loss", False),
            (_("Calibration error (ECE)"), sure.get("ece"), "", True),
        ]
        return [
            Figure(name, value, self._interval(key), is_share)
            for name, value, key, is_share in known
            if isinstance(value, int | float)
        ]

    def _interval(self, key: str) -> tuple[float, float] | None:
        found = self.part("bootstrap").get(key)
        return (found[0], found[1]) if isinstance(found, list) and len(found) == 2 else None

    @property
    def level(self) -> float | None:
        return self.part("bootstrap").get("level")

    @property
    def classes(self) -> list[Row]:
        slugs = self._slugs
        spans = {one["class"]: one.get("interval") for one in self.part("bootstrap").get("f1_per_class", [])}
        return [
            Row(
                one["class"],
                self._members(category=slugs[one["class"]]) if one["class"] in slugs else "",
                {**one, "interval": spans.get(one["class"])},
            )
            for one in self.part("classification").get("per_class", [])
        ]

    @property
    def confusions(self) -> list[tuple[str, str, int, str]]:
        """What is taken for what most often: decided, predicted, pictures, and where they are."""
        plots = self.plots
        cells = [
            (plots["classes"][at], plots["classes"][to], n, plots["links"][at][to])
            for at, row in enumerate(plots["confusion"])
            for to, n in enumerate(row)
            if n and at != to
        ]
        return sorted(cells, key=lambda cell: -cell[2])[:MOST_CONFUSIONS]

    @property
    def sources(self) -> list[Row]:
        return self._group("sources", "source")

    @property
    def licences(self) -> list[Row]:
        return self._group("licences", "licence")

    @property
    def at_target(self) -> Mapping[str, Any]:
        return {
            **(self.part("coverage").get("at_target") or {}),
            "target": self.part("coverage").get("target"),
        }

    @property
    def plots(self) -> dict[str, Any]:
        """What static/js/evaluation.js draws: numbers and addresses, no looks."""
        scores, sure, kept = self.part("classification"), self.part("calibration"), self.part("coverage")
        names = [one["class"] for one in scores.get("per_class", [])]
        return {
            "confusion": scores.get("confusion") or [],
            "classes": names,
            # Nothing leads to no picture.
            "links": [
                [
                    address_of(self.evaluation, name, other) if n else ""
                    for other, n in zip(names, row, strict=True)
                ]
                for name, row in zip(names, scores.get("confusion") or [], strict=False)
            ],
            "reliability": list(sure.get("reliability") or []),
            "coverage": list(kept.get("curve") or []),
        }

    def _group(self, part: str, key: str) -> list[Row]:
        rows = self.part("groups").get(part, [])
        return [Row(one[key], self._members(**{key: one[key]}), one) for one in rows]

    @property
    def _slugs(self) -> dict[str, str]:
        """Slug of each class, by the name and by the slug itself: reports may give either."""
        rows = self._members_of_classes()
        return {name: slug for slug, title in rows for name in (slug, title)}

    def _members_of_classes(self) -> Iterable[tuple[str, str]]:
        cached = self.__dict__.get("_rows")
        if cached is None:
            cached = list(
                self.evaluation.release.project.classes.order_by("index").values_list("slug", "name")
            )
            self.__dict__["_rows"] = cached
        rows: Iterable[tuple[str, str]] = cached
        return rows

    def _members(self, **asked: str) -> str:
        address = reverse("release_members", args=[self.evaluation.release.name])
        return f"{address}?{urlencode({**asked, 'split': self.evaluation.split})}"


def evaluation_view(pk: int) -> EvaluationView:
    found = Evaluation.objects.select_related(*SELECT).filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no evaluation %(pk)s.") % {"pk": pk})
    return EvaluationView(found)


def evaluations(model: ModelVersion) -> list[EvaluationView]:
    """All of a model, the newest first."""
    return [EvaluationView(one) for one in _rows().filter(model=model)]


def beside(evaluation: Evaluation) -> list[EvaluationView]:
    """The newest one of every other model on the same split of the same release, the best first."""
    rows = _rows().filter(release=evaluation.release, split=evaluation.split)
    newest: dict[int, EvaluationView] = {}
    for one in rows.exclude(model=evaluation.model_id):
        newest.setdefault(one.model_id, EvaluationView(one))
    return sorted(newest.values(), key=lambda view: -(view.f1 or 0.0))


def _rows() -> QuerySet[Evaluation]:
    return Evaluation.objects.select_related(*SELECT).order_by("-id")


def releases_for(model: ModelVersion, most: int = 6) -> list[Release]:
    """Releases that it may be measured on: frozen ones of projects with its classes, the newest first.
    None for an encoder, which names no class."""
    if model.kind == ModelVersion.Kind.ENCODER:
        return []
    frozen = Release.objects.exclude(manifest_sha256="").select_related("project").order_by("-id")
    rows = frozen.prefetch_related("project__classes")
    fitting = (one for one in rows if {c.name for c in one.project.classes.all()} == set(model.classes))
    return [one for one, _n in zip(fitting, range(most), strict=False)]
