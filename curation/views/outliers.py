"""Pictures unlike all others, the farthest first, with what they are most like; leads send them to review."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from curation.errors import Refused
from curation.models import Job, Project, Role
from curation.selectors import outliers as rows
from curation.selectors.representation import newest, under_way
from curation.services.representation.request import request_outliers
from curation.services.representation.send import MOST, send_outliers, waiting_outliers
from curation.views.access import needs, person
from curation.views.job_region import job_region
from curation.views.jobs import wants_region
from curation.views.projects import whole

PER_PAGE = 20
SEND = 20


@require_safe
@needs(Role.LEAD)
def outliers(request: HttpRequest, key: str) -> HttpResponse:
    """The ranking of the last search; ?at=N puts the nth of the page in hand, as after sending one."""
    project = get_object_or_404(Project, key=key)
    job = under_way(project, Job.Kind.OUTLIERS)
    if wants_region(request):
        return job_region(request, job)
    last = rows.latest(project)
    context: dict[str, Any] = {
        "project": project,
        "found": newest(project),
        "job": job,
        "search": last,
        "precision": rows.precision(project),
        "most": MOST,
    }
    if last is not None:
        page = Paginator(rows.outliers_of(last), PER_PAGE).get_page(request.GET.get("page"))
        context["page"] = page
        context["views"] = rows.outlier_views(project, list(page.object_list))
        context["waiting"] = count = waiting_outliers(project, last).count()
        context["send"] = min(SEND, count)
        context["focus"] = min(whole(request.GET.get("at")) or 0, max(len(page.object_list) - 1, 0))
    return render(request, "representation/outliers.html", context)


@require_POST
@needs(Role.LEAD)
def outliers_start(request: HttpRequest, key: str) -> HttpResponse:
    project = get_object_or_404(Project, key=key)
    found = newest(project)
    if found is None:
        raise BadRequest(_("%(project)s has no features yet: make them first.") % {"project": project})
    try:
        request_outliers(found, person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("outliers", key=key)


@require_POST
@needs(Role.LEAD)
def outliers_send(request: HttpRequest, key: str) -> HttpResponse:
    """Send the first `n`, or the one with the primary key `only`."""
    project = get_object_or_404(Project, key=key)
    last = rows.latest(project)
    if last is None:
        raise Http404(_("Nothing was searched for yet."))
    only = whole(request.POST.get("only"))
    n = 1 if only else whole(request.POST.get("n")) or 0
    try:
        sent = send_outliers(project, last, n, person(request), only=only)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(
            request,
            ngettext(
                "%(n)s picture was sent to review as an issue.",
                "%(n)s pictures were sent to review as issues.",
                sent,
            )
            % {"n": sent},
        )
    page, at = whole(request.POST.get("page")) or 1, whole(request.POST.get("at")) or 0
    return redirect(reverse("outliers", args=[key]) + f"?page={page}&at={at}")
