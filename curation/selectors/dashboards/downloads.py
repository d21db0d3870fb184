"""What became of the records that publishers listed, and why some pictures did not come."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext as _

from curation.models import MediaRecord
from curation.selectors import rules
from curation.selectors.dashboards import doors
from curation.selectors.dashboards.panel import Panel, sum_of
from curation.selectors.dashboards.scope import Scope
from curation.selectors.release_reports.table import Cell, Column, ReportTable, total_of

State = MediaRecord.State
# First what went wrong, then what waits, then what is here.
ORDER = [State.FAILED, State.REFUSED, State.HELD, State.WAITING, State.DUPLICATE, State.ADDED, State.EXPANDED]


def records(scope: Scope) -> QuerySet[MediaRecord]:
    rows = MediaRecord.objects.order_by()
    if scope.project:
        rows = rows.filter(batch__project=scope.project)
    if scope.source:
        rows = rows.filter(source=scope.source)
    if scope.batch:
        rows = rows.filter(batch=scope.batch)
    if scope.since or scope.until:
        rows = rows.filter(scope.on_days("attempted_at"))
    return rows


def downloads(scope: Scope) -> Panel:
    """A row for each state and reason. Two queries: the second reads one message of each reason."""
    found = list(records(scope).values_list("state", "rule").annotate(n=Count("pk"), first=Min("pk")))
    found = _waiting_together(found)
    found.sort(key=lambda row: (ORDER.index(State(row[0])), -row[2], row[1]))
    said = dict(
        MediaRecord.objects.filter(pk__in=[row[3] for row in found if row[1]]).values_list("pk", "message")
    )
    rows = [_row(scope, state, rule, n, first, said) for state, rule, n, first in found]
    columns = [
        Column("why", _("What became of them"), "text"),
        Column("rule", _("Rule"), "text"),
        Column("records", _("Records")),
    ]
    total = [total_of(), Cell(""), Cell(sum_of(rows, 2), doors.records(scope))]
    failed = sum(n for state, _rule, n, _first in found if state == State.FAILED)
    lead = ""
    if failed:
        lead = _("%(failed)s of %(all)s records could not be downloaded.") % {
            "failed": f"{failed:,}",
            "all": f"{sum_of(rows, 2):,}",
        }
    table = ReportTable("downloads", _("Downloads"), columns, rows, total if rows else None)
    return Panel(table, draws=("records",), words=lead, empty=_("No published record is counted here."))


def _waiting_together(found: list[Any]) -> list[Any]:
    """What is to be tried again still has the rule of the last try, which is no reason any more."""
    waiting = [row for row in found if row[0] == State.WAITING]
    rest = [row for row in found if row[0] != State.WAITING]
    if waiting:
        rest.append((State.WAITING.value, "", sum(row[2] for row in waiting), waiting[0][3]))
    return rest


def _row(scope: Scope, state: str, rule: str, n: int, first: int, said: dict[int, str]) -> list[Cell]:
    name = str(State(state).label)
    why = rules.words(rule, said.get(first, "")) if rule and state != State.WAITING else ""
    text = f"{name}: {why}" if why else name
    return [Cell(state, text=text), Cell(rule), Cell(n, doors.records(scope, state=state, rule=rule))]
