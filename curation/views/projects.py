"""A project: its question, classes and rules; the list of its pictures; and for admins a new one."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.forms.candidates import CandidateFilter
from curation.forms.projects import NewProjectForm
from curation.models import Candidate, Project, ProjectKind, Role
from curation.selectors import pictures
from curation.selectors import progress as rows
from curation.selectors.issues import open_by_kind
from curation.services.new_project import new_project
from curation.views.access import needs, person


@needs(Role.READER)
def project(request: HttpRequest, key: str) -> HttpResponse:
    found = get_object_or_404(Project, key=key)
    viewer = person(request)
    progress = rows.progress(found)
    examples = pictures.examples(found)
    return render(
        request,
        "projects/project.html",
        {
            "project": found,
            "progress": progress,
            "headline": rows.headline(progress),
            "classes": [(row, examples.get(row.label.pk, [])) for row in progress.classes],
            "releases": found.releases.order_by("-id")[:5],
            "issues": open_by_kind(viewer, found) if viewer.has_role(Role.CURATOR) else [],
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def project_new(request: HttpRequest) -> HttpResponse:
    form = NewProjectForm(request.POST or None, initial={"kind": ProjectKind.IDENTIFICATION})
    if request.method == "POST" and form.is_valid():
        try:
            made = new_project(person(request), **form.cleaned_data)
        except Refused as error:
            form.add_refusal(error.message, error.extra.get("fields"))
        else:
            messages.success(request, _("%(project)s is made. Look at its classes.") % {"project": made})
            return redirect("project", key=made.key)
    status = 400 if request.method == "POST" else 200
    return render(request, "projects/new.html", {"form": form}, status=status)


@needs(Role.READER)
def candidates(request: HttpRequest, key: str) -> HttpResponse:
    """The project's pictures, filtered by what the address asks for."""
    found = get_object_or_404(Project, key=key)
    viewer = person(request)
    if "reviewer" in request.GET and not viewer.has_role(Role.CURATOR):
        raise PermissionDenied(
            _("Who reviewed what is for the role %(label)s and above.") % {"label": Role.CURATOR.label}
        )
    form = CandidateFilter(found, request.GET, viewer=viewer)
    matching = pictures.candidates(found, form.criteria()) if form.is_valid() else Candidate.objects.none()
    asked = form.asked()
    return render(
        request,
        "projects/candidates.html",
        {
            "project": found,
            "form": form,
            "asked": asked,
            "query": urlencode(asked),
            "page": pictures.page(
                matching, after=whole(request.GET.get("after")), before=whole(request.GET.get("before"))
            ),
        },
        status=200 if form.is_valid() else 400,
    )


def whole(text: str | None) -> int | None:
    """A positive whole number that PostgreSQL can hold, else none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
