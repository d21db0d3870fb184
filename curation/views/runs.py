"""Model work: the list of runs, one run followed live, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe
from django_htmx.http import HTMX_STOP_POLLING, HttpResponseClientRefresh

from curation.errors import Refused
from curation.models import Job, Project, Release, Role, Run, User
from curation.selectors import run_folder
from curation.selectors import runs as rows
from curation.selectors.condition_evaluation import beside
from curation.selectors.jobs import workers_alive
from curation.selectors.markdown import to_html
from curation.selectors.models import places
from curation.services.jobs import request_cancel, resume
from curation.services.runs.request import request_soup
from curation.services.runs.toml_text import to_toml
from curation.views.access import needs, person
from curation.views.jobs import wants_region

PER_PAGE = 25


def found(name: str) -> Run:
    return get_object_or_404(Run.objects.select_related("project", "release", "job"), name=name)


@require_safe
@needs(Role.READER)
def runs(request: HttpRequest, key: str = "") -> HttpResponse:
    """All runs, or those of a project; to htmx the table alone, while anything goes on."""
    project = get_object_or_404(Project, key=key) if key else None
    query = rows.runs().filter(project=project) if project else rows.runs()
    page = Paginator(query, PER_PAGE).get_page(request.GET.get("page"))
    views = rows.views(page.object_list, worker := workers_alive())
    context: dict[str, Any] = {"project": project, "views": views, "page": page, "worker": worker}
    context["active"] = any(view.is_active for view in views)
    if wants_region(request):
        status = 200 if context["active"] else HTMX_STOP_POLLING
        return render(request, "runs/_table.html", context, status=status)
    frozen = Release.objects.exclude(manifest_sha256="")
    context["releases"] = (frozen.filter(project=project) if project else frozen).exists()
    return render(request, "runs/runs.html", context)


@require_safe
@needs(Role.READER)
def run(request: HttpRequest, name: str) -> HttpResponse:
    """One run. The region asks for itself until the job has ended; where the state changed, the page is
    loaded anew."""
    view = rows.run_view(name)
    if view.run.kind == Run.Kind.EVALUATE and hasattr(view.run, "evaluation"):
        # A part of this page cannot become another page: htmx is told to load it anew, and comes here again.
        page = redirect("evaluation", pk=view.run.evaluation.pk)
        return HttpResponseClientRefresh() if wants_region(request) else page
    context: dict[str, Any] = {"view": view, "run": view.run, "project": view.run.project}
    context["job"] = view.job.job
    context["curves"] = rows.curves(view.run)
    if wants_region(request):
        if request.GET.get("seen") != view.job.standing:
            return HttpResponseClientRefresh()
        status = 200 if view.is_active else HTMX_STOP_POLLING
        return render(request, "runs/_live.html", context, status=status)
    others = rows.comparable(view.run)
    chosen = [one for one in others if one.name in request.GET.getlist("with")][: rows.MOST_COMPARED - 1]
    inside = run_folder.contents(view.run)
    context |= {
        "others": others,
        "chosen": chosen,
        "most": rows.MOST_COMPARED,
        "beside": [rows.curves(one) for one in chosen],
        "inside": inside,
        "config": to_toml(view.run.config),
        "card": to_html(inside.card),
        "looks": rows.looks(view.run.release),
        "splits": rows.splits(view.run.release),
        "children": rows.views(rows.runs().filter(parent=view.run)),
        "drawn": view.run.kind in rows.DRAWN,
        "places": places(view.run.model) if view.encodes and hasattr(view.run, "model") else [],
        "sheet_models": beside(view.run.model) if hasattr(view.run, "model") else [],
    }
    return render(request, "runs/run.html", context)


@require_GET
@needs(Role.READER)
def run_file(request: HttpRequest, name: str, path: str) -> HttpResponseBase:
    """One file of the run's folder; only names that the folder lists are ever opened."""
    place = run_folder.file_of(found(name), path)
    if place is None:
        raise Http404(_("This run has no such file."))
    response = FileResponse(place.open("rb"), as_attachment=True, filename=path.rpartition("/")[2])
    response["Content-Type"] = "application/octet-stream"
    return response


@require_POST
@needs(Role.LEAD)
def run_cancel(request: HttpRequest, name: str) -> HttpResponse:
    return _ask(request, name, request_cancel)


@require_POST
@needs(Role.LEAD)
def run_resume(request: HttpRequest, name: str) -> HttpResponse:
    return _ask(request, name, resume)


def _ask(request: HttpRequest, name: str, what: Callable[[Job, User], Job]) -> HttpResponse:
    try:
        what(found(name).job, person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("run", name=name)


@require_POST
@needs(Role.LEAD)
def run_soup(request: HttpRequest, name: str) -> HttpResponse:
    try:
        made = request_soup(found(name), person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("run", name=name)
    return redirect("run", name=made.name)
