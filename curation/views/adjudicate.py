"""Flagged and disputed pictures, one after the other, for the lead curator."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from curation.errors import Refused
from curation.forms.votes import AdjudicationForm
from curation.models import Project, Role
from curation.selectors.queue import classes_of
from curation.selectors.votes import set_aside, settled, with_marks
from curation.services.adjudicate import adjudicate
from curation.views.access import needs, person
from curation.views.projects import whole

NEIGHBOURS = 6


@require_safe
@needs(Role.LEAD)
def page(request: HttpRequest, key: str) -> HttpResponse:
    """The picture asked for (?picture=ID), else the one that waits longest; a settled one with ?again=ID."""
    project = get_object_or_404(Project, key=key)
    waiting = set_aside(project)
    if (again := whole(request.GET.get("again"))) is not None:
        waiting = settled(project, again)
    ids = list(waiting.values_list("pk", flat=True))
    asked = whole(request.GET.get("picture"))
    # The one asked for may have been settled meanwhile: then the next after it.
    later = [pk for pk in ids if pk >= asked] if asked is not None else ids
    current = next(iter(later or ids), None)
    place = ids.index(current) if current is not None else 0
    near = ids[max(0, place - 2) : place + NEIGHBOURS]
    rows = {row.pk: row for row in with_marks(waiting.filter(pk__in=near))}
    context = {
        "project": project,
        "classes": classes_of(project),
        "candidate": rows.get(current) if current is not None else None,
        "near": [rows[pk] for pk in near if pk in rows],
        "place": place + 1,
        "total": len(ids),
        "following": ids[place + 1] if place + 1 < len(ids) else None,
        "preceding": ids[place - 1] if place else None,
    }
    return render(request, "review/set_aside.html", context)


@require_POST
@needs(Role.LEAD)
def settle(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    project = get_object_or_404(Project, key=key)
    candidate = get_object_or_404(project.candidates, pk=pk)
    form = AdjudicationForm(request.POST)
    if not form.is_valid():
        raise BadRequest(form.errors.as_text())
    try:
        decision = adjudicate(
            person(request), candidate.pk, form.cleaned_data["label"], form.cleaned_data["reason"]
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(f"{reverse('set_aside', args=[key])}?picture={pk}")
    here = reverse("set_aside", args=[key])
    messages.success(
        request,
        format_html(
            '{} is now {}. <a href="{}?again={}">Change it</a>',
            candidate.image.title,
            decision.label,
            here,
            pk,
        ),
    )
    return redirect(f"{here}?picture={pk + 1}")
