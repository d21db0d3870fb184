"""Flagged and disputed pictures, one after the other, for the lead curator."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from curation.errors import Refused
from curation.forms.votes import AdjudicationForm
from curation.models import Project, Role
from curation.selectors.queue import classes_of
from curation.selectors.votes import set_aside, settled, with_marks
from curation.services.adjudicate import adjudicate, may_adjudicate
from curation.services.reopen import reopen
from curation.views.access import needs, person
from curation.views.projects import whole

NEIGHBOURS = 6


@require_safe
@needs(Role.CURATOR)
def page(request: HttpRequest, key: str) -> HttpResponse:
    """The picture asked for (?picture=ID), else the one that waits longest; a settled one with ?again=ID."""
    project = _to_settle(request, key)
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


def _to_settle(request: HttpRequest, key: str) -> Project:
    """The project, for whoever its policy lets settle pictures; others get 403."""
    project = get_object_or_404(Project.objects.select_related("guideline"), key=key)
    if not may_adjudicate(person(request), project):
        who = project.get_adjudicators_display()
        raise PermissionDenied(
            _("Pictures of %(project)s are settled by: %(who)s.") % {"project": project, "who": who}
        )
    return project


@require_POST
@needs(Role.CURATOR)
def send_back(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Open the picture for review again, with a question that its reviewers see."""
    project = _to_settle(request, key)
    candidate = get_object_or_404(project.candidates.select_related("image"), pk=pk)
    question = request.POST.get("question", "")[:500]
    here = f"{reverse('set_aside', args=[key])}?picture={pk}"
    try:
        reopen(person(request), [candidate.pk], "", question=question)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(here)
    messages.success(
        request, _("%(picture)s is with the reviewers again.") % {"picture": candidate.image.title}
    )
    return redirect(f"{reverse('set_aside', args=[key])}?picture={pk + 1}")


@require_POST
@needs(Role.CURATOR)
def settle(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    project = _to_settle(request, key)
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
            '{} <a href="{}?again={}">{}</a>',
            _("%(picture)s is now %(class)s.") % {"picture": candidate.image.title, "class": decision.label},
            here,
            pk,
            _("Change it"),
        ),
    )
    return redirect(f"{here}?picture={pk + 1}")
