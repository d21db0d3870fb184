"""Pictures almost alike to a model, two side by side, for lead curators."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from curation.errors import Refused
from curation.models import Job, Project, Role
from curation.selectors import near_pairs as rows
from curation.selectors.representation import newest, under_way
from curation.services import near_pairs as service
from curation.services.representation.request import FARTHEST, NEAR, request_near
from curation.views.access import needs, person
from curation.views.job_region import job_region
from curation.views.jobs import wants_region
from curation.views.projects import whole

PER_PAGE = 10


@require_safe
@needs(Role.LEAD)
def near_pairs(request: HttpRequest) -> HttpResponse:
    """Pairs of ?project=, with ?leaks=1 those that a release parts; ?at=N has the nth of the page in hand."""
    projects = rows.projects()
    key = request.GET.get("project", "")
    if key:
        project = get_object_or_404(Project, key=key)
    elif projects:
        project = projects[0]
    else:
        return render(request, "duplicates/near.html", {"projects": []})
    job = under_way(project, Job.Kind.NEAR)
    if wants_region(request):
        return job_region(request, job)
    found = rows.searched(project)
    context: dict[str, Any] = {"project": project, "projects": projects, "found": found, "job": job}
    context |= {"newest": newest(project), "farthest": FARTHEST, "distance": NEAR}
    if found is not None:
        context |= _pairs(request, project, found)
    return render(request, "duplicates/near.html", context)


def _pairs(request: HttpRequest, project: Project, found: Any) -> dict[str, Any]:
    search, leaks = rows.last_search(found), request.GET.get("leaks") == "1"
    pairs = rows.open_pairs(found)
    page = Paginator(pairs.filter(leaks=True) if leaks else pairs, PER_PAGE).get_page(request.GET.get("page"))
    shown = rows.pair_views(project, list(page.object_list))
    return {
        "search": search,
        "distance": search.params["distance"] if search else NEAR,
        "leaks": leaks,
        "leaking": pairs.filter(leaks=True).count(),
        "judged": rows.judged(found),
        "page": page,
        "pairs": shown,
        "query": urlencode({"project": project.key} | ({"leaks": "1"} if leaks else {})),
        "focus": min(whole(request.GET.get("at")) or 0, max(len(shown) - 1, 0)),
        "last": service.last_said(project, person(request)),
    }


@require_POST
@needs(Role.LEAD)
def near_pairs_start(request: HttpRequest) -> HttpResponse:
    project = get_object_or_404(Project, key=request.POST.get("project", ""))
    found = newest(project)
    if found is None:
        raise BadRequest(_("%(project)s has no features yet: make them first.") % {"project": project})
    try:
        distance = float(request.POST.get("distance") or NEAR)
    except ValueError as error:
        raise BadRequest(_("distance: a number is expected.")) from error
    try:
        request_near(found, person(request), distance)
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(_back(project))


@require_POST
@needs(Role.LEAD)
def near_pairs_say(request: HttpRequest) -> HttpResponse:
    """What a person says: `do` is same, different (of `pair`) or undo (in `project`)."""
    project = get_object_or_404(Project, key=request.POST.get("project", ""))
    do, pair, by = request.POST.get("do", ""), whole(request.POST.get("pair")) or 0, person(request)
    try:
        if do == "same":
            seen = request.POST.get("seen_first") or None, request.POST.get("seen_second") or None
            service.say_same(pair, by, seen=seen)
            words = _("They are the same: their groups are one now.")
        elif do == "different":
            service.say_different(pair, by)
            words = _("They are different.")
        elif do == "undo":
            service.undo_last(project, by)
            words = _("The last verdict is taken back.")
        else:
            raise BadRequest(_("do must be same, different or undo."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, words)
    return redirect(_back(project, request))


def _back(project: Project, request: HttpRequest | None = None) -> str:
    """The page where the person was."""
    asked: dict[str, Any] = {"project": project.key}
    if request is not None:
        asked |= {name: n for name in ("page", "at", "leaks") if (n := whole(request.POST.get(name)))}
    return reverse("near_pairs") + "?" + urlencode(asked)
