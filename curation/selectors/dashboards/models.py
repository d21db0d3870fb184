"""What a model said of which pictures, and how they were decided since."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, Count, F, IntegerField, QuerySet, When
from django.utils.translation import gettext as _

from curation.models import Candidate, LabelClass, Licence, Prediction, Project, Source
from curation.selectors.classes import localized
from curation.selectors.dashboards import doors
from curation.selectors.dashboards.panel import GROUPS, Panel, linked
from curation.selectors.dashboards.scope import Scope
from curation.selectors.release_reports.table import Cell, Column, ReportTable, total_of

State = Candidate.State
_OPEN, _OTHERWISE, _SAME = 0, 1, 2  # not decided; decided as another class; decided as the model said
OUTCOME = Case(
    When(candidate__label=None, then=_OPEN),
    When(candidate__label=F("label"), then=_SAME),
    default=_OTHERWISE,
    output_field=IntegerField(),
)
# Few and narrow columns: their values are compared two hundred thousand times.
_OUTER = """
SELECT CASE WHEN grouping(label_id) = 0 THEN 'class' WHEN grouping(source_id) = 0 THEN 'source'
            ELSE 'licence' END,
    coalesce(label_id, source_id, licence_id), sum(n)::bigint,
    coalesce(sum(n) FILTER (WHERE outcome > 0), 0)::bigint,
    coalesce(sum(n) FILTER (WHERE outcome = 2), 0)::bigint
FROM ({inner}) AS fine
GROUP BY GROUPING SETS ((label_id), (source_id), (licence_id))"""


class Sums(NamedTuple):
    """Pictures a model looked at, those of them that are decided, and those decided as it said."""

    n: int
    decided: int
    same: int

    def __add__(self, other: Any) -> Sums:
        return Sums(*(a + b for a, b in zip(self, other, strict=True)))


NONE = Sums(0, 0, 0)


def predictions(scope: Scope, *, dated: bool = True) -> QuerySet[Prediction]:
    rows = Prediction.objects.filter(model=scope.model).order_by()
    if scope.project:
        rows = rows.filter(candidate__project=scope.project)
    if scope.source:
        rows = rows.filter(candidate__source=scope.source)
    if scope.label:
        rows = rows.filter(label=scope.label)
    return rows.filter(scope.on_days("created_at")) if dated else rows


class Predicted:
    """What a model looked at, by class given, source and licence: one pass over its predictions."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        found: dict[str, dict[int | None, Sums]] = {"class": {}, "source": {}, "licence": {}}
        for what, key, *numbers in self._counted():
            found[what][key] = Sums(*numbers)
        self.classes, self.sources, self.licences = found.values()
        self.total = sum(self.classes.values(), NONE)
        self.labels = list(
            LabelClass.objects.filter(pk__in=[pk for pk in self.classes if pk])
            .select_related("project")
            .order_by("project", "index")
        )
        self.projects = {label.project_id: label.project for label in self.labels}

    def _counted(self) -> list[tuple[Any, ...]]:
        columns = {f"{name}_id": F(f"candidate__{name}_id") for name in ("source", "licence")}
        rows = predictions(self.scope).annotate(**columns, outcome=OUTCOME)
        try:
            names = ("label_id", *columns, "outcome")
            inner, params = rows.values_list(*names).annotate(n=Count("*")).query.sql_with_params()
        except EmptyResultSet:
            return []
        with connection.cursor() as cursor:
            cursor.execute(_OUTER.format(inner=inner), params)
            return cursor.fetchall()

    @property
    def project(self) -> Project | None:
        """The only one, to whose rows sums lead."""
        return next(iter(self.projects.values())) if len(self.projects) == 1 else None

    def cells(self, sums: Sums, project: Project | None, **asked: str) -> list[Cell]:
        """Looked at, decided since, decided so and the share, each with its pictures."""
        all_of = doors.candidates(self.scope, project, **asked)
        decided = doors.candidates(self.scope, project, state=State.DECIDED, **asked)
        same = doors.candidates(self.scope, project, agreed="yes", **asked)
        share = sums.same / sums.decided if sums.decided else None
        return [Cell(sums.n, all_of), Cell(sums.decided, decided), Cell(sums.same, same), Cell(share, same)]

    def total_cells(self) -> list[Cell]:
        said = {"said": self.scope.label.slug} if self.scope.label else {}
        return [total_of(), *self.cells(self.total, self.project, **said)]

    def by_class(self) -> Panel:
        rows = []
        for label in self.labels:
            name = localized(label).name
            text = name if self.scope.project else f"{name} · {label.project}"
            page = doors.address("dashboard_class", label.project.key, label.slug)
            cells = self.cells(self.classes[label.pk], label.project, said=label.slug)
            rows.append([Cell(label.slug, page, text), *cells])
        first = Column("class", _("Class given"), "text")
        total = self.total_cells() if len(rows) > 1 else None
        table = ReportTable("predicted", _("What it says"), _columns(first), rows, total)
        return Panel(table, GROUPS, ("predicted", "decided", "same"), empty=_unseen())

    def by_source(self) -> Panel:
        named = Source.objects.in_bulk([pk for pk in self.sources if pk])
        rows = [
            [
                Cell(named[pk].code, doors.address("dashboard_source", named[pk].code)),
                *self.cells(sums, self.project, source=named[pk].code, **self._said()),
            ]
            for pk, sums in _largest(self.sources)
        ]
        table = ReportTable("by-source", _("Sources"), _columns(Column("source", _("Source"), "text")), rows)
        return Panel(table, draws=("share",), empty=_unseen())

    def by_licence(self) -> Panel:
        named = Licence.objects.in_bulk([pk for pk in self.licences if pk])
        rows = [
            [
                Cell(named[pk].identifier, text=named[pk].short),
                *self.cells(sums, self.project, licence=named[pk].identifier, **self._said()),
            ]
            for pk, sums in _largest(self.licences)
        ]
        first = Column("licence", _("Licence"), "text")
        table = ReportTable("licences", _("Licences"), _columns(first), rows)
        return Panel(table, GROUPS, ("predicted", "decided", "same"), empty=_unseen())

    def _said(self) -> dict[str, str]:
        return {"said": self.scope.label.slug} if self.scope.label else {}


def _columns(first: Column) -> list[Column]:
    return [
        first,
        Column("predicted", _("Looked at")),
        Column("decided", _("decided since")),
        Column("same", _("decided so")),
        Column("share", _("Share"), "share"),
    ]


def _unseen() -> str:
    return _("It has looked at no picture here yet. Ask for suggestions on the page of a project.")


def _largest(found: dict[int | None, Sums]) -> list[tuple[int, Sums]]:
    return sorted(((pk, sums) for pk, sums in found.items() if pk), key=lambda row: (-row[1].n, row[0]))


def right(found: Predicted) -> str:
    """How often it was right, in a sentence."""
    if not found.total.n:
        return _unseen()
    if not found.total.decided:
        return _("None of the pictures it looked at is decided yet.")
    _first, _seen, decided, same, _share = found.total_cells()
    words = _("Of %(of)s pictures decided since, %(same)s are decided as it said.")
    return linked(words, of=decided, same=same)
