"""Which panels stand on the page of what, and in which words it begins."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from curation.languages import in_words
from curation.models import Candidate, Project, Role
from curation.selectors.dashboards import (
    agreement,
    doors,
    downloads,
    evaluations,
    model_series,
    models,
    pool,
    releases,
    reviewers,
    series,
)
from curation.selectors.dashboards.panel import Panel, linked
from curation.selectors.dashboards.scope import Scope
from curation.selectors.pictures import SET_ASIDE
from curation.selectors.release_reports.table import Cell


def number(n: int) -> str:
    return in_words(f"{n:,}")


def lead(found: pool.Pool) -> str:
    """The state of what is counted, in a sentence; each number leads to its pictures."""
    total, project = found.total, pool.only_one(found)
    if not total.total:
        return _("No picture is counted here.")

    def cell(n: int, **asked: str) -> Cell:
        return Cell(n, doors.candidates(found.scope, project, **asked))

    words = ngettext(
        "%(decided)s of %(n)s picture is decided", "%(decided)s of %(n)s pictures are decided", total.total
    )
    rest = _("%(open)s wait for review")
    if total.set_aside:
        rest = _("%(open)s wait for review and %(aside)s for a lead curator")
    text = f"{words}; {rest}."
    if len(found.projects) > 1:
        text += " " + _("A picture that several projects ask about counts for each of them.")
    State = Candidate.State
    return linked(
        text,
        decided=cell(total.decided, state=State.DECIDED),
        n=cell(total.total),
        open=cell(total.open, state=State.OPEN),
        aside=cell(total.set_aside, state=SET_ASIDE),
    )


def of_source(scope: Scope) -> tuple[str, list[Panel]]:
    found = pool.Pool(scope)
    project = pool.only_one(found)
    panels = [
        pool.by_project(found),
        pool.by_class(found),
        pool.by_licence(found),
        releases.releases(scope),
        downloads.downloads(scope),
        agreement.agreement(found, project),
        series.series(scope, project),
    ]
    return lead(found), panels


def of_project(scope: Scope) -> tuple[str, list[Panel]]:
    assert scope.project is not None
    found, cast = pool.Pool(scope), series.VoteDays(scope)
    panels = [
        pool.by_class(found),
        pool.by_source(found),
        pool.by_licence(found),
        releases.releases(scope),
        downloads.downloads(scope),
        agreement.agreement(found, scope.project),
        *_measured(scope, scope.project),
        series.series(scope, scope.project, cast),
        *_people(scope, scope.project, cast),
    ]
    return lead(found), panels


def of_class(scope: Scope) -> tuple[str, list[Panel]]:
    assert scope.project is not None
    found, cast = pool.Pool(scope), series.VoteDays(scope)
    panels = [
        pool.by_source(found),
        pool.by_licence(found),
        releases.releases(scope),
        agreement.agreement(found, scope.project),
        *_measured(scope, scope.project),
        series.series(scope, scope.project, cast),
        *_people(scope, scope.project, cast),
    ]
    return lead(found), panels


def of_batch(scope: Scope) -> tuple[str, list[Panel]]:
    found = pool.Pool(scope)
    project = pool.only_one(found)
    panels = [
        pool.by_project(found),
        pool.by_class(found),
        pool.by_source(found),
        pool.by_licence(found),
        releases.releases(scope),
        downloads.downloads(scope),
        agreement.agreement(found, project),
        series.series(scope, project),
    ]
    return lead(found), panels


def of_reviewer(scope: Scope) -> tuple[str, list[Panel]]:
    said = reviewers.classes_of(scope)
    found = pool.Pool(scope)
    project = pool.only_one(found)
    cast = reviewers.cast(scope, said)
    words = ngettext("%(n)s vote for a class", "%(n)s votes for a class", int(cast.value or 0))
    pictures = Cell(found.total.total, doors.candidates(scope, project))
    judged = ngettext("%(pictures)s picture judged.", "%(pictures)s pictures judged.", found.total.total)
    panels = [
        said,
        reviewers.projects_of(scope),
        pool.by_project(found),
        pool.by_source(found),
        pool.by_licence(found),
        releases.releases(scope),
        agreement.agreement(found, project),
        series.votes_series(scope, scope.project),
    ]
    return linked(f"{words}; {judged}", n=cast, pictures=pictures), panels


def of_model(scope: Scope) -> tuple[str, list[Panel]]:
    said = models.Predicted(scope)
    panels = [
        said.by_class(),
        said.by_source(),
        said.by_licence(),
        evaluations.evaluations(scope),
        model_series.series(scope, said),
    ]
    return models.right(said), panels


def _measured(scope: Scope, project: Project) -> list[Panel]:
    found = agreement.measured(scope, project)
    return [found] if found else []


def _people(scope: Scope, project: Project, cast: series.VoteDays) -> list[Panel]:
    """What colleagues do is for leads."""
    return [reviewers.reviewers(scope, project, cast)] if scope.viewer.has_role(Role.LEAD) else []
