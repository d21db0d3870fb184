"""The first page: how far a project is and what to do next. And the help page."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from curation.languages import in_words
from curation.models import Project, Role, User
from curation.selectors import jobs as job_rows
from curation.selectors import progress as rows
from curation.selectors.issues import count_open
from curation.views.access import needs, person


@dataclass(frozen=True)
class Action:
    words: str
    url: str


@needs(Role.READER)
def home(request: HttpRequest) -> HttpResponse:
    """One project's progress; `?project=key` picks it where there are several."""
    projects = list(Project.objects.order_by("id"))
    if not projects:
        return render(request, "home/empty.html")
    project = chosen(projects, request.GET.get("project", ""))
    user = person(request)
    found = rows.progress(project)
    decided = rows.recently_decided(project)
    return render(
        request,
        "home/home.html",
        {
            "projects": projects,
            "project": project,
            "progress": found,
            "headline": rows.headline(found),
            "action": next_action(user, found),
            "heat": rows.heat_rows(found),
            "reviewers": rows.reviewers(project) if user.has_role(Role.CURATOR) else [],
            "recent": decided or rows.recently_added(project),
            "recent_decided": bool(decided),
            "open_issues": count_open(user, project) if user.has_role(Role.CURATOR) else 0,
            "jobs": job_rows.running_jobs(),
            "worker": job_rows.workers_alive(),
        },
    )


def chosen(projects: list[Project], key: str) -> Project:
    for project in projects:
        if project.key == key:
            return project
    if key:
        raise Http404(_("There is no project “%(key)s”.") % {"key": key})
    return projects[0]


def next_action(user: User, found: rows.ProjectProgress) -> Action | None:
    """The one thing this person would do next in the project."""
    project, total = found.project, found.total
    if user.has_role(Role.ADMIN) and not total.total:
        return Action(_("Bring in pictures"), reverse("batch_new"))
    if user.has_role(Role.ADMIN) and found.classes and not found.neediest:
        words = _("Freeze %(classes)s × %(target)s") % {
            "classes": len(found.classes),
            "target": in_words(f"{project.target:,}"),
        }
        return Action(words, reverse("release_new", args=[project.key]))
    if user.has_role(Role.CURATOR) and total.open:
        return Action(
            _("Review %(open)s waiting") % {"open": in_words(f"{total.open:,}")},
            reverse("review", args=[project.key]),
        )
    if user.has_role(Role.LEAD) and total.set_aside:
        return Action(
            _("Settle %(set_aside)s set aside") % {"set_aside": in_words(f"{total.set_aside:,}")},
            reverse("set_aside", args=[project.key]),
        )
    if total.total:
        return Action(
            _("See %(pictures)s") % {"pictures": rows.pictures(total.total)},
            reverse("candidates", args=[project.key]),
        )
    return None


@needs(Role.READER)
def help_page(request: HttpRequest) -> HttpResponse:
    """Keys, roles and where the data lives."""
    project = Project.objects.order_by("id").first()
    classes = project.classes.order_by("index") if project else []
    return render(request, "home/help.html", {"project": project, "classes": classes, "roles": ROLES})


# What each role may do, in the order of the roles; each may also do all that stands before.
ROLES = [
    (
        Role.READER,
        gettext_lazy("sees the projects, pictures, sources, releases and jobs, and downloads exports"),
    ),
    (Role.CURATOR, gettext_lazy("reviews pictures, and sees who decided how much")),
    (
        Role.LEAD,
        gettext_lazy("settles flagged and disputed pictures, sees every vote, starts pre-classification"),
    ),
    (Role.ADMIN, gettext_lazy("brings in pictures, freezes and exports releases, manages people and jobs")),
]
