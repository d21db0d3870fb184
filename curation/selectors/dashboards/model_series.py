"""What a model looked at and what was decided since, by the day or the week."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from curation.models import Candidate
from curation.selectors.dashboards import doors
from curation.selectors.dashboards.models import Predicted, predictions
from curation.selectors.dashboards.panel import LINES, Panel
from curation.selectors.dashboards.scope import WEEK, Scope
from curation.selectors.dashboards.series import periods
from curation.selectors.figure_filters import between
from curation.selectors.release_reports.table import Cell, Column, ReportTable, total_of

Days = Counter[date]


def series(scope: Scope, said: Predicted) -> Panel:
    """Looked at, by the day it did; decided, and decided so, by the day of the decision."""
    seen, decided, same = _seen(scope), *_decided(scope)
    asked = {"said": scope.label.slug} if scope.label else {}
    rows = []
    for first, last in [*periods(scope), scope.span]:
        since, until = first.isoformat(), last.isoformat()
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        numbers = [sum(counted[day] for day in days) for counted in (seen, decided, same)]
        made = {"decided_from": since, "decided_to": until, **asked}
        looked = doors.candidates(scope, said.project, seen_from=since, seen_to=until, **asked)
        since_then = doors.candidates(scope, said.project, state=Candidate.State.DECIDED, **made)
        so = doors.candidates(scope, said.project, agreed="yes", **made)
        share = numbers[2] / numbers[1] if numbers[1] else None
        rows.append(
            [
                Cell(since),
                *(Cell(n, url) for n, url in zip(numbers, (looked, since_then, so), strict=True)),
                Cell(share, so),
            ]
        )
    *rows, (_first, *total) = rows
    columns = [
        Column("from", _("Week of") if scope.by == WEEK else _("Day"), "text"),
        Column("predicted", _("Looked at")),
        Column("decided", _("decided then")),
        Column("same", _("decided so")),
        Column("share", _("Share"), "share"),
    ]
    notes = [_("Decided: of all it ever looked at, by the day of the decision that stands now.")]
    table = ReportTable("series", _("Over time"), columns, rows, [total_of(), *total], notes)
    return Panel(table, LINES, ("predicted", "decided", "same"))


def _seen(scope: Scope) -> Days:
    rows = predictions(scope, dated=False).filter(between("created_at", *scope.span))
    return Counter(dict(rows.values_list(TruncDate("created_at")).annotate(n=Count("*"))))


def _decided(scope: Scope) -> tuple[Days, Days]:
    """By the day of the decision: all, and those as the model said. One query."""
    rows = predictions(scope, dated=False).filter(between("candidate__decided_at", *scope.span))
    same = ExpressionWrapper(Q(candidate__label=F("label")), output_field=BooleanField())
    days = rows.annotate(same=same).values_list(TruncDate("candidate__decided_at"), "same")
    decided, so = Days(), Days()
    for day, agreed, n in days.annotate(n=Count("*")):
        decided[day] += n
        if agreed:
            so[day] += n
    return decided, so
