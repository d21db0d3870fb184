"""What a model said, how it was decided since, and what evaluations found."""

from __future__ import annotations

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from curation.models import Candidate, Evaluation, LabelClass, Prediction, Source
from curation.selectors.classes import localized
from curation.selectors.dashboards import doors
from curation.selectors.dashboards.panel import GROUPS, Panel, sum_of
from curation.selectors.dashboards.scope import Scope
from curation.selectors.release_reports.table import Cell, Column, ReportTable, total_of

State = Candidate.State
DECIDED = Q(candidate__state=State.DECIDED)
SAME = DECIDED & Q(candidate__label=F("label"))


def predictions(scope: Scope) -> QuerySet[Prediction]:
    rows = Prediction.objects.filter(model=scope.model).order_by()
    if scope.project:
        rows = rows.filter(candidate__project=scope.project)
    if scope.source:
        rows = rows.filter(candidate__source=scope.source)
    if scope.label:
        rows = rows.filter(label=scope.label)
    return rows.filter(scope.on_days("candidate__created_at"))


def _columns(first: Column) -> list[Column]:
    return [
        first,
        Column("predicted", _("Looked at")),
        Column("decided", _("decided since")),
        Column("same", _("decided so")),
        Column("share", _("Share"), "share"),
    ]


class Predicted:
    """Pictures by the class that a model gave and their source; one query."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        counted = (
            predictions(scope)
            .values_list("label_id", "candidate__source_id")
            .annotate(n=Count("pk"), decided=Count("pk", filter=DECIDED), same=Count("pk", filter=SAME))
        )
        self.rows = list(counted)
        self.labels = list(
            LabelClass.objects.filter(pk__in={row[0] for row in self.rows})
            .select_related("project")
            .order_by("project", "index")
        )
        self.sources = Source.objects.in_bulk({row[1] for row in self.rows if row[1]})

    def _sums(self, at: int, key: int | None) -> list[int]:
        rows = [row[2:] for row in self.rows if row[at] == key]
        return [sum(column) for column in zip(*rows, strict=True)]

    def by_class(self) -> Panel:
        rows = []
        for label in self.labels:
            n, of, same = self._sums(0, label.pk)
            name = localized(label).name
            asked = {"model": self.scope.model.name if self.scope.model else "", "said": label.slug}

            def link(label: LabelClass = label, asked: dict[str, str] = asked, **more: str) -> str:
                return doors.candidates(self.scope, label.project, **(asked | more))

            decided_so = doors.candidates(
                self.scope, label.project, state=State.DECIDED, **asked, label=label
            )
            rows.append(
                [
                    Cell(label.slug, text=name if self.scope.project else f"{name} · {label.project}"),
                    Cell(n, link()),
                    Cell(of, link(state=State.DECIDED)),
                    Cell(same, decided_so),
                    Cell(same / of if of else None),
                ]
            )
        table = ReportTable(
            "predicted",
            _("What it says"),
            _columns(Column("class", _("Class given"), "text")),
            rows,
            _total(rows),
        )
        return Panel(
            table,
            GROUPS,
            ("predicted", "decided", "same"),
            words=_right(rows),
            empty=_("It has looked at no picture here yet."),
        )

    def by_source(self) -> Panel:
        """The share leads to the pictures it is a part of."""
        project = self.scope.project
        asked = {"model": self.scope.model.name if self.scope.model else ""}
        rows = []
        for pk, source in self.sources.items():
            n, of, same = self._sums(1, pk)
            seen, decided = (
                doors.candidates(self.scope, project, state=state, source=source.code, **asked)
                if project
                else ""
                for state in ("", State.DECIDED)
            )
            page = doors.address("dashboard_source", source.code)
            share = Cell(same / of if of else None, decided)
            rows.append([Cell(source.code, page), Cell(n, seen), Cell(of, decided), share])
        rows.sort(key=lambda row: (-int(row[1].value or 0), str(row[0].value)))
        columns = _columns(Column("source", _("Source"), "text"))
        del columns[3]
        table = ReportTable("by-source", _("Sources"), columns, rows)
        return Panel(table, draws=("share",), empty=_("It has looked at no picture here yet."))


def _total(rows: list[list[Cell]]) -> list[Cell] | None:
    if not rows:
        return None
    n, of, same = (sum_of(rows, at) for at in (1, 2, 3))
    return [total_of(), Cell(n), Cell(of), Cell(same), Cell(same / of if of else None)]


def _right(rows: list[list[Cell]]) -> str:
    of, same = sum_of(rows, 2), sum_of(rows, 3)
    if not of:
        return ""
    return _("Of %(of)s pictures decided since, %(same)s are decided as it said.") % {
        "of": f"{of:,}",
        "same": f"{same:,}",
    }


def evaluations(scope: Scope) -> Panel:
    """What it reached on splits of releases, the newest first; one query."""
    found = Evaluation.objects.filter(model=scope.model).select_related("release").order_by("-id")
    rows = [
        [
            Cell(f"{one.release}/{one.split}", doors.address("evaluation", one.pk)),
            Cell(_number(one, "pictures"), doors.members(one.release, split=one.split)),
            Cell(_number(one, "accuracy"), doors.address("evaluation", one.pk)),
            Cell(_number(one, "macro_f1"), doors.address("evaluation", one.pk)),
        ]
        for one in found
    ]
    columns = [
        Column("measured", _("Measured on"), "text"),
        Column("pictures", _("Pictures")),
        Column("accuracy", _("Accuracy"), "share"),
        Column("macro_f1", _("Macro F1"), "share"),
    ]
    table = ReportTable("evaluations", _("Evaluations"), columns, rows)
    return Panel(table, GROUPS, ("accuracy", "macro_f1"), empty=_("Nobody has measured it on a release yet."))


def _number(evaluation: Evaluation, name: str) -> float | None:
    """A figure of its report, where it has it."""
    found = evaluation.metrics
    found = found.get("evaluators", found.get("results", found))
    found = found.get("classification", found)
    value = found.get(name)
    return value if isinstance(value, int | float) else None
