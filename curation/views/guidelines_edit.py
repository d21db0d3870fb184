"""Writing the next version of the guidelines: one page, with pictures to pick from."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from curation.errors import Refused
from curation.forms.guidelines import Draft, merged, posted, stored
from curation.models import LabelClass, Project, Role
from curation.selectors import guidelines as rows
from curation.services.guidelines import publish
from curation.views.access import needs, person
from curation.views.projects import whole


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.LEAD)
def guidelines_edit(request: HttpRequest, key: str) -> HttpResponse:
    """`do` = publish, or preview; whatever is refused, the form keeps what was typed."""
    project = get_object_or_404(Project, key=key)
    if request.method != "POST":
        return _page(request, project, stored(project, rows.version(project)))
    draft = posted(project, request.POST)
    if draft.errors:
        return _page(request, project, draft, errors=draft.errors, status=400)
    if request.POST.get("do") == "preview":
        return _page(request, project, draft, preview=draft.guide())
    try:
        made = publish(person(request), project, **cast(Any, draft.arguments()))
    except Refused as refusal:
        if "version" not in refusal.extra:
            return _page(request, project, draft, errors=[refusal.message], status=400)
        return _after_somebody(request, project, draft, refusal.message)
    messages.success(
        request,
        _("Version %(number)s is published; votes are cast under it from now on.") % {"number": made.number},
    )
    if rows.changed_classes(project, made.number):
        return redirect("guidelines_send_back", key=key)
    return redirect("guidelines", key=key)


def _after_somebody(request: HttpRequest, project: Project, draft: Draft, message: str) -> HttpResponse:
    """Another version appeared: mine goes on top of it, part by part."""
    project.refresh_from_db()
    base = stored(project, rows.version(project, draft.based_on))
    draft, both = merged(draft, base, stored(project, rows.version(project)))
    return _page(request, project, draft, errors=[message], overtaken=draft.based_on, both=both, status=409)


def _page(
    request: HttpRequest, project: Project, draft: Draft, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"project": project, "draft": draft, "next": draft.based_on + 1, **more}
    return render(request, "guidelines/edit.html", context, status=status)


@require_GET
@needs(Role.LEAD)
def pictures(request: HttpRequest, key: str) -> HttpResponse:
    """Decided pictures to pick examples of a class from: a part of a page."""
    asked = whole(request.GET.get("class"))
    label = get_object_or_404(LabelClass, project__key=key, pk=asked or 0)
    counter = request.GET.get("kind") == "counter"
    start = min(whole(request.GET.get("start")) or 0, 100_000)
    found = rows.picks(label, counter=counter, start=start)
    context = {
        "label": label,
        "counter": counter,
        "found": found,
        "more": start + rows.PICKS if len(found) == rows.PICKS else None,
        "key": key,
    }
    return render(request, "guidelines/_picks.html", context)
