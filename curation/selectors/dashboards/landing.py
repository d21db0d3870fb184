"""The way in: everything that has figures, with how many pictures and the door to its page."""

from __future__ import annotations

from django.utils.translation import gettext as _

from curation.models import Batch, Candidate, LabelClass, ModelVersion, Project, Role, Source, User
from curation.selectors.classes import localized
from curation.selectors.dashboards import doors
from curation.selectors.dashboards.panel import Panel
from curation.selectors.dashboards.pool import Pool, by_project, only_one, state_cells, state_columns
from curation.selectors.dashboards.scope import Scope
from curation.selectors.release_reports.table import Cell, Column, ReportTable

NEWEST = 30  # batches and models that are named


def panels(viewer: User) -> tuple[Pool, list[Panel]]:
    """Projects and their classes, sources, batches, models, people. The number of queries is constant."""
    scope = Scope(viewer)
    pool = Pool(scope)
    found = [by_project(pool), _sources(pool), _classes(pool), _models(), _batches()]
    if viewer.has_role(Role.CURATOR):
        found.append(_people(viewer))
    return pool, [panel for panel in found if panel.rows]


def _sources(pool: Pool) -> Panel:
    """Over all projects: a picture that two ask about counts twice, as in the table of sources."""
    tallies = pool.tallies(lambda part: part.source)
    one = only_one(pool)
    rows = [
        [
            Cell(
                source.code, doors.address("dashboard_source", source.code), f"{source.code} · {source.name}"
            ),
            *state_cells(pool.scope, one, tallies[source.pk], source=source.code),
        ]
        for source in Source.objects.filter(pk__in=[pk for pk in tallies if pk])
    ]
    rows.sort(key=lambda row: (-int(row[-1].value or 0), str(row[0].value)))
    table = ReportTable("sources", _("Sources"), state_columns(Column("source", _("Source"), "text")), rows)
    return Panel(table, draws=[state.value for state in Candidate.State])


def _classes(pool: Pool) -> Panel:
    tallies = pool.tallies(lambda part: part.label)
    rows = []
    for label in LabelClass.objects.filter(project__in=pool.projects).order_by("project", "index"):
        project: Project = pool.projects[label.project_id]
        name = localized(label).name
        tally = tallies.get(label.pk)
        decided, waiting = (tally.decided, tally.open) if tally else (0, 0)
        state = Candidate.State
        rows.append(
            [
                Cell(
                    label.slug,
                    doors.address("dashboard_class", project.key, label.slug),
                    name if len(pool.projects) == 1 else f"{name} · {project}",
                ),
                Cell(decided, doors.candidates(pool.scope, project, state=state.DECIDED, label=label)),
                Cell(waiting, doors.candidates(pool.scope, project, state=state.OPEN, label=label)),
            ]
        )
    columns = [
        Column("class", _("Class"), "text"),
        Column("decided", _("Decided")),
        Column("open", _("Open, taken for it")),
    ]
    return Panel(ReportTable("classes", _("Classes"), columns, rows), draws=("decided", "open"))


def _models() -> Panel:
    rows = [
        [
            Cell(model.name, doors.address("dashboard_model", model.name)),
            Cell(model.created_at.date().isoformat()),
        ]
        for model in ModelVersion.objects.filter(kind=ModelVersion.Kind.CLASSIFIER).order_by("-id")[:NEWEST]
    ]
    columns = [Column("model", _("Model"), "text"), Column("since", _("Here since"), "text")]
    return Panel(ReportTable("models", _("Models"), columns, rows))


def _batches() -> Panel:
    rows = [
        [
            Cell(
                str(batch.pk),
                doors.address("dashboard_batch", batch.pk),
                f"{batch.pk} · {batch.get_kind_display()}",
            ),
            Cell(batch.created_at.date().isoformat()),
            Cell(batch.state, text=batch.get_state_display()),
        ]
        for batch in Batch.objects.order_by("-id")[:NEWEST]
    ]
    columns = [
        Column("batch", _("Batch"), "text"),
        Column("day", _("Day"), "text"),
        Column("state", _("State"), "text"),
    ]
    return Panel(ReportTable("batches", _("Newest batches"), columns, rows))


def _people(viewer: User) -> Panel:
    """Oneself for curators, all who may review for leads."""
    people = User.objects.filter(pk=viewer.pk)
    if viewer.has_role(Role.LEAD):
        roles = [role for role in Role if role.rank >= Role.CURATOR.rank]
        people = User.objects.filter(is_active=True, role__in=roles).order_by("username")
    rows = [
        [
            Cell(one.username, doors.address("dashboard_reviewer", one.username), str(one)),
            Cell(one.role, text=one.get_role_display()),
        ]
        for one in people
    ]
    columns = [Column("reviewer", _("Reviewer"), "text"), Column("role", _("Role"), "text")]
    return Panel(ReportTable("reviewers", _("Reviewers"), columns, rows))
