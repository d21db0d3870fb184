"""Jobs: the list, one job with its progress, cancel and resume."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HTMX_STOP_POLLING

from curation.errors import Refused
from curation.models import Job, Role, User
from curation.selectors import jobs as rows
from curation.services import disk_space
from curation.services.jobs import request_cancel, resume
from curation.views.access import needs, person

PER_PAGE = 25


def wants_region(request: HttpRequest) -> bool:
    """Whether htmx asks for the part of the page that changes."""
    return bool(getattr(request, "htmx", False))


def may_open(user: User, address: str) -> bool:
    """Whether this person may follow the link to what a job made (a batch is for admins only)."""
    try:
        view = resolve(urlsplit(address).path).func
    except Resolver404:
        return False
    return user.has_role(getattr(view, "needs_role", Role.READER))


@require_GET
@needs(Role.READER)
def jobs(request: HttpRequest) -> HttpResponse:
    worker = rows.workers_alive()
    active = rows.views(rows.active_jobs(), worker)
    if wants_region(request):
        status = 200 if active else HTMX_STOP_POLLING
        return render(request, "jobs/_active.html", {"active": active, "worker": worker}, status=status)
    page = Paginator(rows.ended_jobs(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "active": active,
        "ended": rows.views(page.object_list, worker),
        "page": page,
        "worker": worker,
        "room": disk_space.room(),
    }
    return render(request, "jobs/jobs.html", context)


@require_GET
@needs(Role.READER)
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """One job. The region asks for itself until the job has ended, and says which state it shows:
    where that has changed, the buttons come with the answer."""
    view = rows.job_view(pk)
    opens = may_open(person(request), view.job.result_url)
    context: dict[str, Any] = {"view": view, "job": view.job, "opens": opens}
    if not wants_region(request):
        return render(request, "jobs/job.html", context)
    context["changed"] = request.GET.get("seen") != view.standing
    status = 200 if view.job.is_active else HTMX_STOP_POLLING
    return render(request, "jobs/_job.html", context, status=status)


@require_POST
@needs(Role.ADMIN)
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _ask(request, pk, request_cancel)


@require_POST
@needs(Role.ADMIN)
def job_resume(request: HttpRequest, pk: int) -> HttpResponse:
    return _ask(request, pk, resume)


def _ask(request: HttpRequest, pk: int, what: Callable[[Job, User], Job]) -> HttpResponse:
    found = get_object_or_404(Job, pk=pk)
    try:
        what(found, person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    back = request.POST.get("next", "")
    inside = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back) if inside else redirect("job", pk=pk)
