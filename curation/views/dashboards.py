"""Figures of projects, classes, sources, batches, reviewers and models: pages, and their tables as CSV."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from curation.forms.dashboards import FiguresFilter
from curation.models import Batch, LabelClass, ModelVersion, Project, Role, Source, User
from curation.selectors.classes import localized
from curation.selectors.dashboards import landing as ways_in
from curation.selectors.dashboards import pages
from curation.selectors.dashboards.panel import Panel, csv_rows
from curation.selectors.dashboards.scope import Scope
from curation.views.access import needs, person
from curation.views.csv_lines import csv_lines

Made = Callable[[Scope], tuple[str, list[Panel]]]


def _page(
    request: HttpRequest,
    made: Made,
    *,
    kind: str,
    title: str,
    args: list[Any],
    without: tuple[str, ...] = (),
    table: str = "",
    **fixed: Any,
) -> HttpResponseBase:
    """The page of one thing, or with `table` one of its tables as a file, with the filters of the address."""
    form = FiguresFilter(request.GET, without=without, project=fixed.get("project"))
    valid = form.is_valid()
    scope = Scope(person(request), **((form.scoped() if valid else {}) | fixed))
    lead, panels = made(scope) if valid else ("", [])
    if table:
        return _csv(panels, table, f"{kind}-{'-'.join(map(str, args))}")
    context = {
        "kind": kind,
        "title": title,
        "form": form,
        "query": form.query(),
        "scope": scope,
        "project": fixed.get("project") or scope.project,
        "lead": lead,
        "panels": panels,
        "plots": {panel.key: panel.drawn() for panel in panels if panel.is_drawn},
        "files": reverse(f"dashboard_{kind}", args=args),
        "stem": "-".join([kind, *map(str, args)]),
        "now": timezone.now(),
    }
    return render(request, "dashboards/page.html", context, status=200 if valid else 400)


def _csv(panels: list[Panel], key: str, stem: str) -> StreamingHttpResponse:
    found = next((panel.table for panel in panels if panel.key == key), None)
    if found is None:
        raise Http404(_("There is no such table."))
    columns, rows = csv_rows(found)
    response = StreamingHttpResponse(csv_lines(columns, rows), content_type="text/csv; charset=utf-8")
    # Codes of sources and names of people may hold what a header may not.
    safe = "".join(
        letter if letter.isascii() and letter.isalnum() or letter in "-_." else "_" for letter in stem
    )
    response["Content-Disposition"] = f'attachment; filename="{safe}-{key}.csv"'
    return response


@require_safe
@needs(Role.READER)
def landing(request: HttpRequest) -> HttpResponse:
    pool, panels = ways_in.panels(person(request))
    context = {
        "panels": panels,
        "lead": pages.lead(pool),
        "plots": {panel.key: panel.drawn() for panel in panels if panel.is_drawn},
        "files": reverse("dashboards"),
        "stem": "figures",
        "now": timezone.now(),
    }
    return render(request, "dashboards/landing.html", context)


@require_safe
@needs(Role.READER)
def landing_csv(request: HttpRequest, table: str) -> HttpResponseBase:
    return _csv(ways_in.panels(person(request))[1], table, "figures")


@require_safe
@needs(Role.READER)
def of_project(request: HttpRequest, key: str, table: str = "") -> HttpResponseBase:
    project = get_object_or_404(Project, key=key)
    return _page(
        request, pages.of_project, kind="project", title=str(project), args=[key], table=table,
        without=("project", "class"), project=project,
    )  # fmt: skip


@require_safe
@needs(Role.READER)
def of_class(request: HttpRequest, key: str, slug: str, table: str = "") -> HttpResponseBase:
    label = get_object_or_404(LabelClass.objects.select_related("project"), project__key=key, slug=slug)
    return _page(
        request, pages.of_class, kind="class", title=localized(label).plural, args=[key, slug], table=table,
        without=("project", "class"), project=label.project, label=label,
    )  # fmt: skip


@require_safe
@needs(Role.READER)
def of_source(request: HttpRequest, code: str, table: str = "") -> HttpResponseBase:
    source = get_object_or_404(Source, code=code)
    return _page(
        request, pages.of_source, kind="source", title=source.name, args=[code], table=table,
        without=("source",), source=source,
    )  # fmt: skip


@require_safe
@needs(Role.READER)
def of_batch(request: HttpRequest, pk: int, table: str = "") -> HttpResponseBase:
    batch = get_object_or_404(Batch, pk=pk)
    title = _("Batch %(number)s") % {"number": pk}
    return _page(request, pages.of_batch, kind="batch", title=title, args=[pk], table=table, batch=batch)


@require_safe
@needs(Role.CURATOR)
def of_reviewer(request: HttpRequest, username: str, table: str = "") -> HttpResponseBase:
    """One's own; those of others are for leads, whether or not somebody is called so."""
    viewer = person(request)
    if username != viewer.username and not viewer.has_role(Role.LEAD):
        raise PermissionDenied(
            _("What others work on is for the role %(role)s and above.") % {"role": Role.LEAD.label}
        )
    someone = get_object_or_404(User, username=username)
    return _page(
        request, pages.of_reviewer, kind="reviewer", title=str(someone), args=[username], table=table,
        reviewer=someone,
    )  # fmt: skip


@require_safe
@needs(Role.READER)
def of_model(request: HttpRequest, name: str, table: str = "") -> HttpResponseBase:
    model = get_object_or_404(ModelVersion, name=name)
    return _page(
        request, pages.of_model, kind="model", title=model.name, args=[name], table=table, without=("by",),
        model=model,
    )  # fmt: skip
