"""What reviewers did: one row each for leads, and one person's classes and outcomes."""

from __future__ import annotations

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.models import Candidate, LabelClass, Project, User, Vote
from curation.selectors.classes import localized
from curation.selectors.dashboards import doors
from curation.selectors.dashboards.panel import GROUPS, Panel, sum_of
from curation.selectors.dashboards.scope import Scope
from curation.selectors.dashboards.series import VoteDays, series_days, votes_of
from curation.selectors.release_reports.table import Cell, Column, ReportTable, total_of


def reviewers(scope: Scope, project: Project | None, cast: VoteDays) -> Panel:
    """Votes for a class on the days of the series, by person, most first. One query beside that of `cast`."""
    first, last = scope.span
    days = {"from": first.isoformat(), "to": last.isoformat()}
    counted = [(pk, n, latest) for pk, (n, latest) in cast.by_person.items()]
    found = sorted(counted, key=lambda row: (-row[1], row[0]))
    people = User.objects.in_bulk([row[0] for row in found])
    rows = [
        [
            Cell(
                people[pk].username, doors.address("dashboard_reviewer", people[pk].username), str(people[pk])
            ),
            Cell(n, doors.votes(scope, project, kind="label", reviewer=people[pk].username, **days)),
            Cell(timezone.localtime(latest).date().isoformat()),
        ]
        for pk, n, latest in found
    ]
    columns = [
        Column("reviewer", _("Reviewer"), "text"),
        Column("votes", _("Votes")),
        Column("last", _("Last"), "text"),
    ]
    notes = [_("From %(first)s to %(last)s.") % {"first": first.isoformat(), "last": last.isoformat()}]
    table = ReportTable("reviewers", _("Reviewers"), columns, rows, notes=notes)
    return Panel(table, draws=("votes",), empty=_("Nobody voted on these days. Ask for other days above."))


def classes_of(scope: Scope) -> Panel:
    """What a person said, by class, and how often the picture is now decided so. Two queries."""
    first, last = scope.span
    days = {"from": first.isoformat(), "to": last.isoformat()}
    undone = Vote.objects.filter(undoes__isnull=False, undoes=OuterRef("pk"))
    decided = Q(~Exists(undone), candidate__state=Candidate.State.DECIDED)
    votes = votes_of(scope).filter(series_days(scope)).order_by().values_list("label")
    found = {
        label: numbers
        for label, *numbers in votes.annotate(
            n=Count("*"),
            decided=Count("pk", filter=decided),
            same=Count("pk", filter=decided & Q(candidate__label=F("label"))),
        )
    }
    labels = LabelClass.objects.filter(pk__in=found).select_related("project").order_by("project", "index")
    rows = []
    for label in labels:
        n, of, same = found[label.pk]

        def link(label: LabelClass = label, **asked: str) -> str:
            return doors.votes(scope, label.project, kind="label", label=label.slug, **(days | asked))

        rows.append(
            [
                Cell(label.slug, text=_with_project(scope, label)),
                Cell(n, link()),
                Cell(of, link(standing="yes", decided="any")),
                Cell(same, link(standing="yes", decided="same")),
                Cell(same / of if of else None, link(standing="yes", decided="same")),
            ]
        )
    columns = [
        Column("class", _("Class"), "text"),
        Column("votes", _("Votes")),
        Column("decided", _("of pictures decided since")),
        Column("same", _("decided so")),
        Column("share", _("Share"), "share"),
    ]
    notes = [
        _("From %(first)s to %(last)s.") % {"first": first.isoformat(), "last": last.isoformat()},
        _("A decision that differs is no mistake yet: where votes differ, a lead or the majority decides."),
    ]
    total = _total(scope, rows) if len(rows) > 1 else None
    table = ReportTable("said", _("Classes given"), columns, rows, total, notes)
    return Panel(
        table, GROUPS, ("votes", "same"), empty=_("No votes on these days. Ask for other days above.")
    )


def _total(scope: Scope, rows: list[list[Cell]]) -> list[Cell]:
    n, of, same = (sum_of(rows, at) for at in (1, 2, 3))
    first, last = scope.span
    days = {"from": first.isoformat(), "to": last.isoformat()}

    def link(**asked: str) -> str:
        return doors.votes(scope, scope.project, kind="label", **(days | asked))

    so = link(standing="yes", decided="same")
    share = same / of if of else None
    cells = [Cell(n, link()), Cell(of, link(standing="yes", decided="any"))]
    return [total_of(), *cells, Cell(same, so), Cell(share, so)]


def cast(scope: Scope, said: Panel) -> Cell:
    """All votes of the panel, with their door."""
    first, last = scope.span
    days = {"from": first.isoformat(), "to": last.isoformat()}
    return Cell(sum_of(said.table.rows, 1), doors.votes(scope, scope.project, kind="label", **days))


def _with_project(scope: Scope, label: LabelClass) -> str:
    name = localized(label).name
    return name if scope.project else f"{name} · {label.project}"


def projects_of(scope: Scope) -> Panel:
    """Where a person voted, on the days of the series. One query, and one for the classes."""
    votes = votes_of(scope).filter(series_days(scope)).order_by().values_list("label__project")
    first, last = scope.span
    days = {"from": first.isoformat(), "to": last.isoformat()}
    found = dict(votes.annotate(n=Count("*")))
    projects = Project.objects.filter(pk__in=found).order_by("key")
    rows = [
        [
            Cell(one.key, doors.address("dashboard_project", one.key), str(one)),
            Cell(found[one.pk], doors.votes(scope, one, kind="label", **days)),
        ]
        for one in projects
    ]
    columns = [Column("project", _("Project"), "text"), Column("votes", _("Votes"))]
    return Panel(
        ReportTable("voted", _("Votes by project"), columns, rows),
        empty=_("No votes on these days. Ask for other days above."),
    )
