"""Which panels stand on the page of what, and in which words it begins."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from curation.languages import in_words
from curation.models import Project, Role
from curation.selectors.dashboards import agreement, downloads, models, pool, releases, reviewers, series
from curation.selectors.dashboards.panel import Panel
from curation.selectors.dashboards.scope import Scope


def number(n: int) -> str:
    return in_words(f"{n:,}")


def lead(found: pool.Pool) -> str:
    """The state of what is counted, in a sentence."""
    total = found.total
    if not total.total:
        return _("No picture is counted here.")
    words = ngettext(
        "%(decided)s of %(n)s picture is decided", "%(decided)s of %(n)s pictures are decided", total.total
    ) % {"decided": number(total.decided), "n": number(total.total)}
    waiting = _("%(open)s wait for review")
    if total.set_aside:
        waiting = _("%(open)s wait for review and %(aside)s for a lead curator")
    rest = waiting % {"open": number(total.open), "aside": number(total.set_aside)}
    more = _("A picture that several projects ask about counts for each of them.")
    return f"{words}; {rest}. {more}" if len(found.projects) > 1 else f"{words}; {rest}."


def only_project(found: pool.Pool) -> Project | None:
    """The one project of all that is counted, to whose rows numbers can lead."""
    if found.scope.project:
        return found.scope.project
    return next(iter(found.projects.values())) if len(found.projects) == 1 else None


def of_source(scope: Scope) -> tuple[str, list[Panel]]:
    found = pool.Pool(scope)
    project = only_project(found)
    panels = [
        pool.by_project(found),
        pool.by_class(found),
        pool.by_licence(found),
        releases.releases(scope),
        downloads.downloads(scope),
        agreement.agreement(scope, project),
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
        agreement.agreement(scope, scope.project),
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
        agreement.agreement(scope, scope.project),
        *_measured(scope, scope.project),
        series.series(scope, scope.project, cast),
        *_people(scope, scope.project, cast),
    ]
    return lead(found), panels


def of_batch(scope: Scope) -> tuple[str, list[Panel]]:
    found = pool.Pool(scope)
    project = only_project(found)
    panels = [
        pool.by_project(found),
        pool.by_class(found),
        pool.by_source(found),
        pool.by_licence(found),
        releases.releases(scope),
        downloads.downloads(scope),
        agreement.agreement(scope, project),
        series.series(scope, project),
    ]
    return lead(found), panels


def of_reviewer(scope: Scope) -> tuple[str, list[Panel]]:
    said = reviewers.classes_of(scope)
    n = sum(int(row[1].value or 0) for row in said.table.rows)
    words = ngettext("%(n)s vote for a class.", "%(n)s votes for a class.", n) % {"n": number(n)}
    return words, [said, reviewers.projects_of(scope), series.votes_series(scope, scope.project)]


def of_model(scope: Scope) -> tuple[str, list[Panel]]:
    said = models.Predicted(scope)
    panels = [said.by_class(), said.by_source(), models.evaluations(scope)]
    return panels[0].words or panels[0].empty, panels


def _measured(scope: Scope, project: Project) -> list[Panel]:
    found = agreement.measured(scope, project)
    return [found] if found else []


def _people(scope: Scope, project: Project, cast: series.VoteDays) -> list[Panel]:
    """What colleagues do is for leads."""
    return [reviewers.reviewers(scope, project, cast)] if scope.viewer.has_role(Role.LEAD) else []
