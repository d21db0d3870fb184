"""Freezing a release: what there is, what is short and where it could come from, a last look, and the deed.

All that is chosen stands in the address, so that a state can be kept, shared and gone back to. Lead curators
see what is short and send candidates ahead; admins freeze.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import replace_url

from curation.errors import Refused
from curation.forms.freeze import DRYAD, FreezeForm
from curation.languages import in_words
from curation.models import Project, Role
from curation.selectors import crosstab as tables
from curation.selectors.freeze_start import fullness
from curation.selectors.shortage import front, lacks
from curation.selectors.supply_preview import Preview, Stock, Use, preview, previews_without, stock
from curation.services.freeze_each_job import request_each
from curation.services.freeze_job import request_freeze
from curation.services.send_short import EVERY, send_short
from curation.services.urgent import take_back
from curation.views.access import needs, person


@require_safe
@needs(Role.LEAD)
def freeze_start(request: HttpRequest) -> HttpResponse:
    """The projects and how full they are; with one project there is nothing to choose."""
    rows = fullness()
    if len(rows) == 1:
        return redirect("release_new", key=rows[0].project.key)
    return render(request, "releases/start.html", {"rows": rows})


@needs(Role.LEAD)
def release_new(request: HttpRequest, key: str) -> HttpResponse:
    """GET shows the page, to htmx what changes with every input, and with `step=confirm` the last look;
    POST asks for the release."""
    project = get_object_or_404(Project, key=key)
    if request.method == "POST":
        return _freeze(request, project)
    typing = bool(
        request.headers.get("HX-Request")
    )  # at each key: what the page counted a moment ago will do
    found = stock(project, recent=typing)
    form = FreezeForm(found, request.GET)
    valid = form.is_valid()
    if typing:
        context = _context(form, found, recent=True) | {"swap": True}
        answer = render(request, "releases/_supply.html", context)
        return replace_url(answer, _address(project, form)) if valid else answer
    if valid and form.whole:
        return redirect(_address(project, form))  # the short address of what was sent
    context = _context(form, found)
    if request.GET.get("step") == "confirm" and context["ready"] and person(request).has_role(Role.ADMIN):
        return render(request, "releases/confirm.html", context)
    return render(request, "releases/new.html", context)


def _freeze(request: HttpRequest, project: Project) -> HttpResponse:
    if not person(request).has_role(Role.ADMIN):
        raise PermissionDenied(
            _("Freezing is for the role %(label)s and above.") % {"label": Role.ADMIN.label}
        )
    found = stock(project)
    form = FreezeForm(found, request.POST)
    form.is_valid()
    context = _context(form, found)
    if not context["ready"]:
        return render(request, "releases/new.html", context, status=400)
    choice = form.choice
    out = set(choice.codes(Use.OUT))
    asked: dict[str, Any] = {
        "created_by": person(request),
        "seed": choice.seed,
        "name": form.cleaned_data["name"] or None,
        **choice.wanted.as_dict(),
        "balance": choice.balance,
        "largest": choice.largest,
        "only_sources": [row.code for row in found.sources if row.code not in out] if out else [],
        "only_licences": list(choice.licences),
        "survey_sources": choice.codes(Use.SURVEY),
    }
    try:
        if choice.each:
            job = request_each(project, **asked)
        else:
            job = request_freeze(project, test_sources=choice.codes(Use.TEST), **asked)
    except Refused as error:
        form.add_refusal(error.message)
        return render(request, "releases/new.html", _context(form, found), status=400)
    return redirect("job", pk=job.pk)


@require_POST
@needs(Role.LEAD)
def freeze_ahead(request: HttpRequest, key: str) -> HttpResponse:
    """Send candidates to the front of the queue, or take them back: `send` or `back` names a class, or all of
    them. What is short follows from the address, as on the page itself."""
    project = get_object_or_404(Project, key=key)
    found = stock(project)
    form = FreezeForm(found, request.GET)
    if not form.is_valid():
        return render(request, "releases/new.html", _context(form, found), status=400)
    try:
        if "back" in request.POST:
            _back(request, found)
        else:
            _send(request, form, found)
    except Refused as error:
        messages.error(request, error.message)
    return redirect(_address(project, form) + "#short")


def _send(request: HttpRequest, form: FreezeForm, found: Stock) -> None:
    sent = send_short(found, form.choice, person(request), request.POST.get("send", ""))
    if not sent:
        messages.info(request, _("Nothing was sent: what could help stands at the front already."))
        return
    said = ngettext(
        "%(n)s picture stands at the front of the review queue now.",
        "%(n)s more pictures stand at the front of the review queue now.",
        sent,
    )
    messages.success(request, said % {"n": in_words(f"{sent:,}")})


def _back(request: HttpRequest, found: Stock) -> None:
    slug = request.POST["back"]
    labels = {row.slug: row for row in found.classes}
    if slug != EVERY and slug not in labels:
        raise Refused(_("There is no class %(slug)s.") % {"slug": slug})
    taken = take_back(found.project, person(request), labels.get(slug))
    said = ngettext(
        "%(n)s picture was taken back from the front of the queue.",
        "%(n)s pictures were taken back from the front of the queue.",
        taken,
    )
    messages.success(request, said % {"n": in_words(f"{taken:,}")})


def _address(project: Project, form: FreezeForm) -> str:
    address = reverse("release_new", args=[project.key])
    return f"{address}?{form.query}" if form.query else address


def _context(form: FreezeForm, found: Stock, *, recent: bool = False) -> dict[str, Any]:
    shown = preview(found, form.choice) if form.is_valid() else None
    rows = lacks(found, form.choice, shown.short, recent=recent) if shown else []
    without = previews_without(found, form.choice) if shown else []
    sized = [row.code for row, each in without if each.sizes]
    lacking = {row.supply.label.pk: row for row in rows}
    return {
        "project": found.project,
        "projects": Project.objects.order_by("id"),
        "stock": found,
        "form": form,
        "licences": [
            (
                row,
                found.per_licence[row.pk],
                row.pk in found.accepted,
                row.identifier in form.said.getlist("licence"),
            )
            for row in found.licences
            if found.per_licence[row.pk]
        ],
        "dryad": DRYAD,
        "has_dryad": any(row.code == DRYAD for row in form.licences.values()),
        "sources": [
            (row, found.per_source[row.pk], form.uses.get(row.code, Use.IN.value)) for row in found.sources
        ],
        "uses": Use.choices,
        "preview": shown,
        "without": without,
        "sized": sized,
        "ready": bool(shown and shown.sizes and (sized or not form.choice.each)),
        "rows": [(supply, lacking.get(supply.label.pk)) for supply in (shown.supplies if shown else [])],
        "front": front(found.project),
        "sendable": sum(row.to_send for row in rows),
        "crosstab": _crosstab(found.project, shown) if shown else "",
        "test_sources": form.choice.codes(Use.TEST) if shown else [],
        "survey_sources": form.choice.codes(Use.SURVEY) if shown else [],
        "out_sources": form.choice.codes(Use.OUT) if shown else [],
    }


def _crosstab(project: Project, shown: Preview) -> str:
    """Each number leads to the decided pictures it would be chosen from."""

    def link(category: str | None, source: str | None) -> str:
        asked = QueryDict(mutable=True)
        asked["state"] = "decided"
        for name, value in (("label", category), ("source", source)):
            if value is not None:
                asked[name] = value
        return f"{reverse('candidates', args=[project.key])}?{asked.urlencode()}"

    return tables.to_html(tables.Crosstab.of(shown.everything), link) if shown.everything else ""
