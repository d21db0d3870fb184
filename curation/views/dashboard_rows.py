"""The lists behind figures: records of publishers, and pictures and votes of several projects."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from curation.forms.dashboards import RecordsFilter
from curation.forms.figure_rows import PicturesFilter, VotesFilter
from curation.models import Candidate, MediaRecord, Role, User, Vote
from curation.selectors.dashboards import rows
from curation.selectors.dashboards.downloads import records as record_rows
from curation.selectors.dashboards.scope import Scope
from curation.views.access import needs, person

PER_PAGE = 100


@require_safe
@needs(Role.READER)
def pictures(request: HttpRequest) -> HttpResponse:
    form = PicturesFilter(request.GET)
    valid = form.is_valid()
    if valid:
        _may_ask_about(person(request), form.criteria().get("reviewer"))
    found = rows.pictures(form.criteria()) if valid else Candidate.objects.none()
    return _list(request, "dashboards/pictures.html", form, found, valid)


@require_safe
@needs(Role.CURATOR)
def votes(request: HttpRequest) -> HttpResponse:
    form = VotesFilter(request.GET)
    valid = form.is_valid()
    if valid:
        _may_ask_about(person(request), form.criteria().get("reviewer"))
    found = rows.votes(person(request), form.criteria()) if valid else Vote.objects.none()
    return _list(request, "dashboards/votes.html", form, found, valid)


@require_safe
@needs(Role.READER)
def records(request: HttpRequest) -> HttpResponse:
    """The records behind a number of downloads."""
    form = RecordsFilter(request.GET)
    valid = form.is_valid()
    found = MediaRecord.objects.none()
    if valid:
        asked = form.cleaned_data
        names = {"project": "project", "source": "source", "batch": "batch", "from": "since", "to": "until"}
        scope = Scope(person(request), **{ours: asked[name] for name, ours in names.items() if asked[name]})
        found = record_rows(scope).order_by("id").select_related("source", "image", "licence_text")
        for name in ("state", "rule"):
            # A rule of "" is asked for by a state alone: added ones have none.
            if asked[name]:
                found = found.filter(**{name: asked[name]})
    return _list(request, "dashboards/records.html", form, found, valid)


def _may_ask_about(viewer: User, reviewer: User | None) -> None:
    if (
        reviewer
        and not viewer.has_role(Role.LEAD)
        and (reviewer != viewer or not viewer.has_role(Role.CURATOR))
    ):
        raise PermissionDenied(
            _("What others work on is for the role %(role)s and above.") % {"role": Role.LEAD.label}
        )


def _list(request: HttpRequest, template: str, form: Any, found: QuerySet[Any], valid: bool) -> HttpResponse:
    context = {
        "form": form,
        "query": form.query(),
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, template, context, status=200 if valid else 400)
