"""Pictures by state, class, source and licence, from one pass over the candidates (counted)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from curation.models import Candidate, LabelClass, Licence, Project, Source
from curation.selectors.classes import localized
from curation.selectors.dashboards import doors
from curation.selectors.dashboards.counted import Counted, Part, counted
from curation.selectors.dashboards.panel import Panel, linked
from curation.selectors.dashboards.scope import Scope
from curation.selectors.pictures import UNPREDICTED
from curation.selectors.progress import Tally
from curation.selectors.release_reports.table import Cell, Column, ReportTable, total_of

State = Candidate.State
STATES = (State.OPEN, State.DECIDED, State.FLAGGED, State.DISPUTED)


class Pool:
    """The candidates of a scope, counted once and added up for each panel."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    @cached_property
    def counted(self) -> Counted:
        return counted(self.scope.candidates())

    @property
    def parts(self) -> list[Part]:
        return self.counted.parts

    @cached_property
    def total(self) -> Tally:
        found = Tally()
        for part in self.parts:
            found.add(part.state, part.n)
        return found

    @cached_property
    def projects(self) -> dict[int, Project]:
        if self.scope.project:
            return {self.scope.project.pk: self.scope.project}
        return Project.objects.in_bulk({part.project for part in self.parts})

    def tallies(self, key: Callable[[Part], Any]) -> dict[Any, Tally]:
        found: dict[Any, Tally] = defaultdict(Tally)
        for part in self.parts:
            found[key(part)].add(part.state, part.n)
        return found

    @cached_property
    def licences(self) -> dict[tuple[int | None, int], Tally]:
        found: dict[tuple[int | None, int], Tally] = defaultdict(Tally)
        for part in self.counted.licensed:
            found[part.licence, part.project].add(part.state, part.n)
        return found


def state_columns(first: Column) -> list[Column]:
    named = [Column(state.value, str(state.label)) for state in STATES]
    return [first, *named, Column("total", _("Total"))]


def state_cells(scope: Scope, project: Project | None, tally: Tally, **asked: Any) -> list[Cell]:
    """A number for each state and their sum, each with its candidates: of a project, or of all."""

    def link(state: str) -> str:
        return doors.candidates(scope, project, state=state, **asked)

    numbers = [Cell(getattr(tally, state), link(state)) for state in STATES]
    return [*numbers, Cell(tally.total, link(""))]


def by_project(pool: Pool) -> Panel:
    """Where no project is asked for: a row each."""
    tallies = pool.tallies(lambda part: part.project)
    projects = sorted(pool.projects.values(), key=lambda project: (-tallies[project.pk].total, project.key))
    rows = [
        [
            Cell(project.key, doors.address("dashboard_project", project.key), str(project)),
            *state_cells(pool.scope, project, tallies[project.pk]),
        ]
        for project in projects
    ]
    return _states("projects", _("Projects"), Column("project", _("Project"), "text"), rows, pool)


def by_source(pool: Pool) -> Panel:
    tallies = pool.tallies(lambda part: (part.source, part.project))
    sources = Source.objects.in_bulk({source for source, _project in tallies if source})
    rows = [
        [
            Cell(
                sources[pk].code,
                doors.address("dashboard_source", sources[pk].code),
                _named(pool, sources[pk].code, project),
            ),
            *state_cells(pool.scope, pool.projects[project], tally, source=sources[pk].code),
        ]
        for (pk, project), tally in _largest(tallies.items())
        if pk
    ]
    return _states("sources", _("Sources"), Column("source", _("Source"), "text"), rows, pool)


def by_licence(pool: Pool) -> Panel:
    tallies = pool.licences
    licences = Licence.objects.in_bulk({licence for licence, _project in tallies if licence})
    rows = [
        [
            Cell(licences[pk].identifier, text=_named(pool, licences[pk].short, project)),
            *state_cells(pool.scope, pool.projects[project], tally, licence=licences[pk].identifier),
        ]
        for (pk, project), tally in _largest(tallies.items())
        if pk
    ]
    return _states("licences", _("Licences"), Column("licence", _("Licence"), "text"), rows, pool)


def by_class(pool: Pool) -> Panel:
    """Decided as each class, and what is open and taken for it; of a whole project also what is missing."""
    tallies = pool.tallies(lambda part: (part.label, part.project))
    labels = LabelClass.objects.filter(project__in=pool.projects).order_by("project", "index")
    scope = pool.scope
    whole = scope.project if scope.project and not (scope.source or scope.batch or scope.label) else None
    if scope.since or scope.until:
        whole = None
    columns = [
        Column("class", _("Class"), "text"),
        Column("decided", _("Decided")),
        Column("open", _("Open, taken for it")),
    ]
    if whole:
        columns.append(Column("missing", _("Missing")))
    rows = []
    for label in labels:
        tally = tallies.get((label.pk, label.project_id), Tally())
        if not tally.total and not whole:
            continue
        project = pool.projects[label.project_id]
        page = doors.address("dashboard_class", project.key, label.slug)
        cells = [
            Cell(label.slug, page, _named(pool, localized(label).name, project.pk)),
            Cell(tally.decided, doors.candidates(scope, project, state=State.DECIDED, label=label)),
            Cell(tally.open, doors.candidates(scope, project, state=State.OPEN, label=label)),
        ]
        if whole:
            cells.append(Cell(max(whole.target - tally.decided, 0)))  # what is not there has no rows
        rows.append(cells)
    notes: list[str] = []
    unguessed = sum(tally.open for (label_pk, _project), tally in tallies.items() if label_pk is None)
    if unguessed:
        url = doors.candidates(scope, only_one(pool), state=State.OPEN, predicted=UNPREDICTED)
        notes.append(linked(_("%(n)s open pictures have no suggestion yet."), n=Cell(unguessed, url)))
    table = ReportTable("classes", _("Classes"), columns, rows, notes=notes)
    return Panel(
        table,
        draws=("decided", "open"),
        empty=_("Nothing is decided or suggested yet. Review pictures, or let a model suggest classes."),
    )


def only_one(pool: Pool) -> Project | None:
    """The one project of all that is counted, to whose rows numbers can lead."""
    if pool.scope.project:
        return pool.scope.project
    return next(iter(pool.projects.values())) if len(pool.projects) == 1 else None


def _states(key: str, title: str, first: Column, rows: list[list[Cell]], pool: Pool) -> Panel:
    total = [total_of(), *state_cells(pool.scope, only_one(pool), pool.total)] if len(rows) > 1 else None
    table = ReportTable(key, title, state_columns(first), rows, total)
    return Panel(table, draws=[state.value for state in STATES], empty=_("No picture is counted here."))


def _named(pool: Pool, name: str, project: int) -> str:
    """With its project where several are counted."""
    return name if len(pool.projects) < 2 else f"{name} · {pool.projects[project]}"


def _largest(items: Iterable[tuple[Any, Tally]]) -> list[tuple[Any, Tally]]:
    return sorted(items, key=lambda item: (-item[1].total, str(item[0])))
