"""Tags: the list of a project's, and putting them on pictures and taking them off again.

The map asks by script and is answered in JSON; forms are led back to where they stand.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from curation.errors import Refused
from curation.models import Project, Role, Tag
from curation.selectors import tags as rows
from curation.services.tags import LONGEST, Tagged, delete_tag, rename_tag, tag_candidates, untag
from curation.views.access import needs, person
from curation.views.representation import chosen_ids


@require_safe
@needs(Role.READER)
def tags(request: HttpRequest, key: str) -> HttpResponse:
    """The tags of a project, each with the number of its pictures."""
    project = get_object_or_404(Project, key=key)
    context = {"project": project, "tags": list(rows.with_counts(project)), "longest": LONGEST}
    return render(request, "tags/tags.html", context)


@require_POST
@needs(Role.CURATOR)
def tags_add(request: HttpRequest, key: str) -> HttpResponse:
    """Put the tag `name` on the candidates `ids`."""
    project = get_object_or_404(Project, key=key)
    ids = chosen_ids(request.POST.get("ids", ""))
    try:
        done = tag_candidates(project, ids, request.POST.get("name", ""), person(request))
    except Refused as refusal:
        return _refused(request, refusal, reverse("tags", args=[key]))
    if not _by_script(request):
        messages.success(request, _said(done))
        return _back(request, _listed(done.tag))
    about: dict[str, Any] = {"id": done.tag.pk, "name": done.tag.name, "by": f"{rows.PREFIX}{done.tag.pk}"}
    return JsonResponse(
        {
            "tag": about,
            "added": done.added,
            "said": _said(done),
            "list": _listed(done.tag),
            "undo": reverse("tags_remove", args=[key, done.tag.pk]),
        }
    )


@require_POST
@needs(Role.CURATOR)
def tags_remove(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Take a tag off the candidates `ids`. One that is gone already is on no picture: nothing to do."""
    project = get_object_or_404(Project, key=key)
    ids = chosen_ids(request.POST.get("ids", ""))
    tag = Tag.objects.filter(project=project, pk=pk).select_related("project").first()
    try:
        removed = untag(tag, ids, person(request)) if tag else 0
    except Refused as refusal:
        return _refused(request, refusal, reverse("tags", args=[key]))
    words = ngettext(
        "The tag was taken off %(n)s picture.", "The tag was taken off %(n)s pictures.", removed
    ) % {"n": f"{removed:,}"}
    if _by_script(request):
        there = bool(tag and Tag.objects.filter(pk=pk).exists())
        return JsonResponse({"removed": removed, "said": words, "there": there})
    messages.success(request, words)
    return _back(request, reverse("tags", args=[key]))


@require_POST
@needs(Role.LEAD)
def tags_rename(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    tag = get_object_or_404(Tag.objects.select_related("project"), project__key=key, pk=pk)
    try:
        rename_tag(tag, request.POST.get("name", ""), person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("tags", key=key)


@require_POST
@needs(Role.LEAD)
def tags_delete(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    tag = get_object_or_404(Tag.objects.select_related("project"), project__key=key, pk=pk)
    removed = delete_tag(tag, person(request))
    words = ngettext(
        "The tag %(tag)s was deleted; %(n)s picture had it.",
        "The tag %(tag)s was deleted; %(n)s pictures had it.",
        removed,
    )
    messages.success(request, words % {"tag": tag.name, "n": f"{removed:,}"})
    return redirect("tags", key=key)


def _said(done: Tagged) -> str:
    if not done.added:
        words = ngettext(
            "%(n)s picture has the tag %(tag)s already.",
            "All %(n)s pictures have the tag %(tag)s already.",
            done.already,
        )
        return words % {"n": f"{done.already:,}", "tag": done.tag.name}
    words = ngettext(
        "%(n)s picture was tagged %(tag)s.", "%(n)s pictures were tagged %(tag)s.", len(done.added)
    ) % {"n": f"{len(done.added):,}", "tag": done.tag.name}
    if done.already:
        words += " " + ngettext("%(n)s had it already.", "%(n)s had it already.", done.already) % {
            "n": f"{done.already:,}"
        }
    return words


def _listed(tag: Tag) -> str:
    return reverse("candidates", args=[tag.project.key]) + "?" + urlencode({"tag": tag.name})


def _by_script(request: HttpRequest) -> bool:
    return request.accepts("application/json") and not request.accepts("text/html")


def _refused(request: HttpRequest, refusal: Refused, place: str) -> HttpResponse:
    if _by_script(request):
        return JsonResponse({"refused": refusal.message}, status=400)
    messages.error(request, refusal.message)
    return _back(request, place)


def _back(request: HttpRequest, place: str) -> HttpResponse:
    wanted = request.POST.get("next", "")
    inside = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return redirect(wanted if inside else place)
