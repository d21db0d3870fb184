"""The report of a release: one page, each table as a file, and the candidates that were left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from curation.forms.release_reports import LeftOutFilter
from curation.languages import SOURCE
from curation.models import Image, Release, Role
from curation.selectors import crosstab
from curation.selectors.release_reports import composition, counts, left_out, plots, registry
from curation.selectors.release_reports.table import FORMS, ReportTable, to_html
from curation.selectors.tsv import line
from curation.views.access import needs
from curation.views.releases import CONTENT_TYPES, found

PAGE = 60
LEFT_OUT_COLUMNS = ("sha256", "category", "source", "licence", "reason", "detail")
AT_ONCE = 2_000  # rows read together


@dataclass(frozen=True)
class Section:
    """One table on the page. `plot`: the key of its data, "" for none; `table` is none for the crosstab."""

    key: str
    title: str
    html: SafeString
    table: ReportTable | None = None
    plot: str = ""


@require_safe
@needs(Role.READER)
def report(request: HttpRequest, name: str) -> HttpResponse:
    release = found(name)
    whole = counts.composition(release)
    proof = counts.groups(release)
    table = crosstab.of_release(release)
    drawn = {
        "crosstab": plots.heat_map(release, table),
        "class-licence": plots.shares(release, whole, "licence"),
        "class-split": plots.shares(release, whole, "split"),
        "sources": plots.shares(release, whole, "source"),
    }
    return render(
        request,
        "releases/report.html",
        {
            "release": release,
            "project": release.project,
            "whole": whole,
            "proof": proof,
            "alarms": composition.alarms(whole),
            "sections": _sections(release, table, drawn.keys()),
            "plots": drawn,
        },
    )


def _sections(release: Release, table: crosstab.Crosstab, drawn: Any) -> list[Section]:
    link = crosstab.member_link(reverse("release_members", args=[release.name]))
    first = Section(
        registry.CROSSTAB,
        _("Class and source"),
        crosstab.to_html(table, link),
        plot=registry.CROSSTAB,
    )
    made = [make(release) for make in registry.TABLES.values()]
    rest = [Section(t.key, t.title, to_html(t), t, t.key if t.key in drawn else "") for t in made]
    return [first, *rest]


@require_safe
@needs(Role.READER)
def report_table(request: HttpRequest, name: str, key: str, form: str) -> HttpResponse:
    """One table as a file; in English whoever asks, so that a file does not depend on its reader."""
    release = found(name)
    if key not in registry.KEYS or form not in FORMS:
        raise Http404(_("There is no such table."))
    with translation.override(SOURCE):
        text = registry.written(release, key, form)
    response = HttpResponse(text, content_type=CONTENT_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{release.name}-{key}.{form}"'
    return response


@require_safe
@needs(Role.READER)
def left_out_rows(request: HttpRequest, name: str) -> HttpResponse:
    """The candidates that are not in the release, and why, filtered by what the address asks for."""
    release = found(name)
    form = LeftOutFilter(left_out.choices(release), request.GET)
    asked = form.asked()
    matching = left_out.rows(release, asked) if form.is_valid() else release.left_out.none()
    page = Paginator(matching, PAGE).get_page(request.GET.get("page"))
    # What was never published may have been deleted since: then there is a row and no picture.
    there = {image.sha256: image for image in Image.objects.filter(sha256__in=[row.sha256 for row in page])}
    names = left_out.class_names(release)
    context = {
        "release": release,
        "project": release.project,
        "form": form,
        "asked": asked,
        "query": urlencode(asked),
        "page": page,
        "rows": [(row, there.get(row.sha256), names.get(row.category, row.category)) for row in page],
    }
    status = 200 if form.is_valid() else 400
    return render(request, "releases/report_left_out.html", context, status=status)


@require_safe
@needs(Role.READER)
def left_out_tsv(request: HttpRequest, name: str) -> HttpResponseBase:
    """All of them, with the filters of the address, as a file that is written while it is read."""
    release = found(name)
    form = LeftOutFilter(left_out.choices(release), request.GET)
    if not form.is_valid():
        raise Http404(_("A filter in the address is not known."))
    rows = left_out.rows(release, form.asked()).values_list(*LEFT_OUT_COLUMNS)

    def lines() -> Iterator[str]:
        yield line(LEFT_OUT_COLUMNS)
        for row in rows.iterator(chunk_size=AT_ONCE):
            yield line(row)

    response = StreamingHttpResponse(lines(), content_type=CONTENT_TYPES["tsv"])
    response["Content-Disposition"] = f'attachment; filename="{release.name}-left-out.tsv"'
    return response
