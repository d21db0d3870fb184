"""What came in, what was decided and what was voted, by the day or the week."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from curation.models import Candidate, LabelClass, Project, Vote
from curation.selectors.dashboards import doors
from curation.selectors.dashboards.panel import LINES, Panel
from curation.selectors.dashboards.scope import WEEK, Scope
from curation.selectors.figure_filters import between
from curation.selectors.release_reports.table import Cell, Column, ReportTable, total_of

Days = Counter[date]


def series(scope: Scope, project: Project | None, cast: VoteDays | None = None) -> Panel:
    """Three numbers a row. `project`: the only one that is counted, if there is one."""
    added, decided, votes = _added(scope), _decided(scope), (cast or VoteDays(scope)).by_day
    columns = [
        Column("from", _("Week of") if scope.by == WEEK else _("Day"), "text"),
        Column("added", _("Pictures in")),
        Column("decided", _("Decided")),
        Column("votes", _("Votes")),
    ]
    rows = []
    for first, last in periods(scope):
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        rows.append(
            [
                Cell(first.isoformat()),
                *_cells(
                    scope,
                    project,
                    first,
                    last,
                    *(sum(c[day] for day in days) for c in (added, decided, votes)),
                ),
            ]
        )
    first, last = scope.span
    sums = _cells(scope, project, first, last, added.total(), decided.total(), votes.total())
    notes = [
        _(
            "Decided: pictures whose decision that stands now was made then. Votes: classes that reviewers "
            "and leads gave, whether or not they stand."
        )
    ]
    table = ReportTable("series", _("Over time"), columns, rows, [total_of(), *sums], notes)
    return Panel(table, LINES, ("added", "decided", "votes"))


def periods(scope: Scope) -> list[tuple[date, date]]:
    """First and last day of each day or week (from Mondays on), cut to the days that are asked for."""
    first, end = scope.span
    found = []
    while first <= end:
        last = first + timedelta(days=6 - first.weekday()) if scope.by == WEEK else first
        found.append((first, min(last, end)))
        first = last + timedelta(days=1)
    return found


def votes_series(scope: Scope, project: Project | None) -> Panel:
    """The votes of one reviewer, or of all who are counted."""
    votes = VoteDays(scope).by_day
    rows = []
    for first, last in [*periods(scope), scope.span]:
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        url = doors.votes(scope, project, kind="label", **_between(first, last))
        rows.append([Cell(first.isoformat()), Cell(sum(votes[day] for day in days), url)])
    *rows, (_first, total) = rows
    columns = [
        Column("from", _("Week of") if scope.by == WEEK else _("Day"), "text"),
        Column("votes", _("Votes")),
    ]
    table = ReportTable("series", _("Over time"), columns, rows, [total_of(), total])
    return Panel(table, LINES, ("votes",))


def _between(first: date, last: date) -> dict[str, str]:
    return {"from": first.isoformat(), "to": last.isoformat()}


def _cells(
    scope: Scope, project: Project | None, first: date, last: date, added: int, decided: int, votes: int
) -> list[Cell]:
    since, until = first.isoformat(), last.isoformat()
    state = Candidate.State.DECIDED
    come = doors.candidates(scope, project, added_from=since, added_to=until)
    made = doors.candidates(scope, project, state=state, decided_from=since, decided_to=until)
    cast = doors.votes(scope, project, kind="label", **_between(first, last))
    return [Cell(added, come), Cell(decided, made), Cell(votes, cast)]


def _by_day(rows: QuerySet[Any], name: str, scope: Scope) -> Days:
    first, last = scope.span
    rows = rows.filter(between(name, first, last))
    return Counter(dict(rows.order_by().values_list(TruncDate(name)).annotate(n=Count("*"))))


def _added(scope: Scope) -> Days:
    return _by_day(scope.candidates(dated=False), "created_at", scope)


def _decided(scope: Scope) -> Days:
    rows = scope.candidates(dated=False).filter(decided_at__isnull=False)
    return _by_day(rows, "decided_at", scope)


def votes_of(scope: Scope) -> QuerySet[Vote]:
    """Votes for a class in a scope. The project of a vote is that of its class, which spares a join."""
    votes = Vote.objects.filter(kind=Vote.Kind.LABEL)
    if scope.label:
        votes = votes.filter(label=scope.label)
    elif scope.project:
        classes = LabelClass.objects.filter(project=scope.project).order_by().values_list("pk", flat=True)
        votes = votes.filter(label__in=list(classes))
    if scope.source:
        votes = votes.filter(candidate__source=scope.source)
    if scope.batch:
        votes = votes.filter(candidate__batch=scope.batch)
    if scope.reviewer:
        votes = votes.filter(user=scope.reviewer)
    return votes


class VoteDays:
    """Votes for a class on the days of the series, by person and day: one query for two panels."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    @cached_property
    def rows(self) -> list[tuple[int, date, int, datetime]]:
        rows = votes_of(self.scope).filter(series_days(self.scope)).order_by()
        days = rows.values_list("user_id", TruncDate("created_at"))
        return list(days.annotate(n=Count("*"), last=Max("created_at")))

    @property
    def by_day(self) -> Days:
        found: Days = Counter()
        for _user, day, n, _last in self.rows:
            found[day] += n
        return found

    @property
    def by_person(self) -> dict[int, tuple[int, datetime]]:
        """Votes and the moment of the last one."""
        found: dict[int, tuple[int, datetime]] = {}
        for user, _day, n, last in self.rows:
            before, at = found.get(user, (0, last))
            found[user] = (before + n, max(at, last))
        return found


def series_days(scope: Scope) -> Q:
    """The days of the series, asked for or not: votes are read so far back and no further."""
    first, last = scope.span
    return between("created_at", first, last)
