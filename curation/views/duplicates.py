"""Groups of near-duplicates and of one specimen, side by side, for lead curators."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from curation.errors import Refused
from curation.forms.duplicates import GroupFilter, RulingForm
from curation.models import Role
from curation.selectors import duplicates as rows
from curation.services.rulings import rule_on
from curation.views.access import needs, person
from curation.views.projects import whole

WORDS = {
    "keep": gettext_lazy("The group is settled as it is."),
    "split": gettext_lazy("The selected pictures are a group of their own now."),
    "each": gettext_lazy("The selected pictures are each by themselves now."),
    "represent": gettext_lazy("It is noted which picture stands for the group."),
    "release": gettext_lazy("The group is left to the automatic grouping again."),
    "join": gettext_lazy("The groups are one now."),
    "undo": gettext_lazy("The last ruling is taken back."),
}


@require_safe
@needs(Role.LEAD)
def duplicates(request: HttpRequest) -> HttpResponse:
    """All groups; ?at=N puts the focus on the nth of the page, as after a ruling."""
    form = GroupFilter(request.GET)
    if not form.is_valid():
        raise BadRequest(form.errors.as_text())
    page = Paginator(rows.group_rows(form.cleaned_data), rows.PAGE).get_page(request.GET.get("page"))
    groups = rows.with_members(page.object_list)
    asked = {name: value for name in form.fields if (value := request.GET.get(name, ""))}
    context = {
        "form": form,
        "filtered": bool(asked),
        "page": page,
        "groups": groups,
        "query": urlencode(asked),
        "focus": min(whole(request.GET.get("at")) or 0, max(len(groups) - 1, 0)),
        "last": rows.last_ruling(person(request)),
        "within": settings.NEAR_BITS,
    }
    return render(request, "duplicates/duplicates.html", context)


@require_safe
@needs(Role.LEAD)
def group(request: HttpRequest, name: str) -> HttpResponse:
    found = rows.one_group(name)
    if found is None:
        raise Http404(_("There is no such group."))
    context = {
        "group": found,
        "near_by": rows.near_by(found),
        "last": rows.last_ruling(person(request)),
        "within": settings.NEAR_BITS,
        "focus": 0,
    }
    return render(request, "duplicates/group.html", context)


@require_POST
@needs(Role.LEAD)
def rule(request: HttpRequest) -> HttpResponse:
    form = RulingForm(request.POST)
    if not form.is_valid():
        raise BadRequest(form.errors.as_text())
    ruled_on = ""
    try:
        ruled_on = rule_on(person(request), **form.cleaned_data).subject.removeprefix("group ")
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, WORDS[form.cleaned_data["do"]])
    return redirect(_back(request.POST.get("next", ""), ruled_on))


def _back(wanted: str, ruled_on: str) -> str:
    """Where the ruling came from, where that is a page of this area; the page of a group that is gone gives
    way to that of the group ruled on, else to that of all groups."""
    start = reverse("duplicates")
    if not (url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(start)):
        return start
    try:
        place = resolve(urlsplit(wanted).path)
    except Resolver404:
        return start
    if place.url_name == "duplicate_group" and not rows.exists(place.kwargs["name"]):
        return reverse("duplicate_group", args=[ruled_on]) if ruled_on and rows.exists(ruled_on) else start
    return wanted
