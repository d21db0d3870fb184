"""What became of the records that publishers listed, and why some pictures did not come."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from curation.models import MediaRecord
from curation.selectors import rules
from curation.selectors.dashboards import doors
from curation.selectors.dashboards.panel import Panel, linked, sum_of
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
    """A row for each state and reason. Two queries: the second reads a message of reasons without words."""
    # By batch as well: read in the order of the index (record_report), with few rows to add up here.
    sums: Counter[tuple[str, str]] = Counter()
    for _batch, state, rule, n in records(scope).values_list("batch", "state", "rule").annotate(n=Count("*")):
        sums[state, rule] += n
    found = _waiting_together([(state, rule, n) for (state, rule), n in sums.items()])
    found.sort(key=lambda row: (ORDER.index(State(row[0])), -row[2], row[1]))
    said = _messages(scope, [(state, rule) for state, rule, _n in found])
    rows = [_row(scope, state, rule, n, said.get((state, rule), "")) for state, rule, n in found]
    columns = [
        Column("why", _("What became of them"), "text"),
        Column("rule", _("Rule"), "text"),
        Column("records", _("Records")),
    ]
    total = [total_of(), Cell(""), Cell(sum_of(rows, 2), doors.records(scope))]
    failed = sum(n for state, _rule, n in found if state == State.FAILED)
    lead = ""
    if failed:
        words = _("%(failed)s of %(all)s records could not be downloaded.")
        lead = linked(words, failed=Cell(failed, doors.records(scope, state=State.FAILED)), all=total[-1])
    table = ReportTable("downloads", _("Downloads"), columns, rows, total if rows else None)
    return Panel(
        table,
        draws=("records",),
        words=lead,
        empty=_("No published record is counted here. They come with archives and lists of addresses."),
    )


def _waiting_together(found: list[Any]) -> list[Any]:
    """What is to be tried again still has the rule of the last try, which is no reason any more."""
    waiting = [row for row in found if row[0] == State.WAITING]
    rest = [row for row in found if row[0] != State.WAITING]
    if waiting:
        rest.append((State.WAITING.value, "", sum(row[2] for row in waiting)))
    return rest


def _messages(scope: Scope, pairs: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What one record of each says, where the rule has no words of its own: the first that is found."""
    asked = [
        records(scope).filter(state=state, rule=rule).values_list("state", "rule", "message")[:1]
        for state, rule in pairs
        if rule and not rules.words(rule, "")
    ]
    if not asked:
        return {}
    first, *rest = asked
    return {(state, rule): said for state, rule, said in first.union(*rest, all=True)}


def _row(scope: Scope, state: str, rule: str, n: int, said: str) -> list[Cell]:
    name = str(State(state).label)
    why = rules.words(rule, said) if rule and state != State.WAITING else ""
    text = f"{name}: {why}" if why else name
    return [Cell(state, text=text), Cell(rule), Cell(n, doors.records(scope, state=state, rule=rule))]
