"""What reviewers did: one row each for leads, and one person's classes and outcomes."""

from __future__ import annotations

from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.models import Candidate, LabelClass, Project, User
from curation.selectors.classes import localized
from curation.selectors.dashboards import doors
from curation.selectors.dashboards.panel import GROUPS, Panel
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
    return Panel(table, draws=("votes",), empty=_("Nobody voted on these days."))


def classes_of(scope: Scope) -> Panel:
    """What a person said, by class, and how often the picture is now decided so. Two queries."""
    first, last = scope.span
    days = {"from": first.isoformat(), "to": last.isoformat()}
    decided = Q(candidate__state=Candidate.State.DECIDED, undone_by=None)
    votes = votes_of(scope).filter(series_days(scope)).order_by().values_list("label")
    found = {
        label: numbers
        for label, *numbers in votes.annotate(
            n=Count("pk"),
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
                Cell(same / of if of else None),
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
    total = None
    if rows:
        n, of, same = (sum(int(row[at].value or 0) for row in rows) for at in (1, 2, 3))
        total = [total_of(), Cell(n), Cell(of), Cell(same), Cell(same / of if of else None)]
    table = ReportTable("said", _("Classes given"), columns, rows, total, notes)
    return Panel(table, GROUPS, ("votes", "same"), empty=_("No votes on these days."))


def _with_project(scope: Scope, label: LabelClass) -> str:
    name = localized(label).name
    return name if scope.project else f"{name} · {label.project}"


def projects_of(scope: Scope) -> Panel:
    """Where a person voted, on the days of the series. One query, and one for the classes."""
    votes = votes_of(scope).filter(series_days(scope)).order_by().values_list("label__project")
    first, last = scope.span
    days = {"from": first.isoformat(), "to": last.isoformat()}
    found = dict(votes.annotate(n=Count("pk")))
    projects = Project.objects.filter(pk__in=found).order_by("key")
    rows = [
        [Cell(one.key, text=str(one)), Cell(found[one.pk], doors.votes(scope, one, kind="label", **days))]
        for one in projects
    ]
    columns = [Column("project", _("Project"), "text"), Column("votes", _("Votes"))]
    return Panel(ReportTable("projects", _("Projects"), columns, rows), empty=_("No votes on these days."))
