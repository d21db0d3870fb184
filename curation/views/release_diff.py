"""What differs between two releases: the counts, the pictures, and both as files."""

from __future__ import annotations

from itertools import chain
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from curation.forms.release_reports import DiffFilter
from curation.languages import SOURCE
from curation.models import Image, Release, Role
from curation.selectors.release_reports import diff as rows
from curation.selectors.release_reports import diff_tables
from curation.selectors.release_reports.table import FORMS, to_html
from curation.views.access import needs
from curation.views.releases import CONTENT_TYPES

PAGE = 60


def _chosen(request: HttpRequest) -> tuple[Release | None, Release | None]:
    """The two releases that the address names. Raises Http404 for a name that no frozen release has."""
    names = [request.GET.get(side, "") for side in ("a", "b")]
    frozen = Release.objects.exclude(manifest_sha256="").select_related("project")
    there = {release.name: release for release in frozen.filter(name__in=names)}
    for name in names:
        if name and name not in there:
            raise Http404(_("There is no release %(name)s.") % {"name": name})
    return there.get(names[0]), there.get(names[1])


@require_safe
@needs(Role.READER)
def diff(request: HttpRequest) -> HttpResponse:
    """`a` and `b` name the releases, before and after; without both, they are to be chosen."""
    a, b = _chosen(request)
    context: dict[str, Any] = {
        "a": a,
        "b": b,
        "choices": Release.objects.exclude(manifest_sha256="")
        .select_related("project")
        .order_by("project__title", "-id"),
    }
    if a is None or b is None:
        return render(request, "releases/diff.html", context)
    found = rows.diff(a, b)
    form = DiffFilter(rows.choices(found), request.GET)
    asked = form.asked()
    valid = form.is_valid()
    # One change at a time: the one asked for, else the first that there is.
    change = asked.get("change") or next(
        (kind for kind in rows.KINDS if found.count(change=kind)), rows.ADDED
    )
    if not valid:
        change = rows.ADDED
    listed = asked | {"change": change}
    matching: Any = rows.Rows(found, listed if valid else {"change": change})
    page: Page[rows.Row] = Paginator(matching, PAGE).get_page(request.GET.get("page"))
    shown = list(page) if valid else []
    narrowed = {name: value for name, value in asked.items() if name != "change"}
    images = Image.objects.in_bulk([row.image_id for row in shown])
    names, kinds = found.names, rows.kind_names()
    context |= {
        "diff": found,
        "summary": diff_tables.summary(found),
        "tables": [(table, to_html(table)) for table in diff_tables.tables(found)],
        "form": form,
        "asked": asked,
        "narrowed": narrowed,
        "query": urlencode({"a": a.name, "b": b.name} | asked),
        "pages_query": urlencode({"a": a.name, "b": b.name} | listed),
        "change": change,
        "tabs": [
            (
                kind,
                name,
                found.count(**narrowed, change=kind) if valid else 0,
                diff_tables.diff_url(found, **narrowed, change=kind),
            )
            for kind, name in kinds.items()
        ],
        "page": page,
        "rows": [
            {
                "row": row,
                "image": images[row.image_id],
                "kinds": [kinds[kind] for kind in row.kinds],
                "before": names.get(row.category_a or ""),
                "after": names.get(row.category_b or ""),
            }
            for row in shown
        ],
    }
    return render(request, "releases/diff.html", context, status=200 if valid else 400)


@require_safe
@needs(Role.READER)
def diff_file(request: HttpRequest, form: str) -> HttpResponseBase:
    """The difference as a file, in English whoever asks; filters of the address narrow its pictures."""
    a, b = _chosen(request)
    if form not in FORMS or a is None or b is None:
        raise Http404(_("There is no such table."))
    found = rows.diff(a, b)
    filters = DiffFilter(rows.choices(found), request.GET)
    if not filters.is_valid():
        raise Http404(_("A filter in the address is not known."))
    with translation.override(SOURCE):
        pieces = diff_tables.written(found, form, filters.asked())
        first = next(pieces)  # holds whatever is in a language
    response = StreamingHttpResponse(chain([first], pieces), content_type=CONTENT_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{a.name}-to-{b.name}.{form}"'
    return response
