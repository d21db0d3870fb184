"""Releases: the list, one release, its pictures, its class x source table and its manifest."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from curation.forms.releases import ExportForm, MemberPageFilter
from curation.models import Project, Release, Role, Split
from curation.selectors import crosstab as tables
from curation.selectors import releases as rows
from curation.selectors.exports import export_views
from curation.services.manifest import stored_lines
from curation.views.access import needs, person

PAGE = 60
CONTENT_TYPES = {
    "md": "text/markdown; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "json": "application/json",
}


def found(name: str) -> Release:
    return get_object_or_404(
        Release.objects.select_related("project", "created_by").exclude(manifest_sha256=""), name=name
    )


@require_safe
@needs(Role.READER)
def releases(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "releases/releases.html",
        {"releases": rows.frozen(), "projects": Project.objects.order_by("id")},
    )


@require_safe
@needs(Role.READER)
def release(request: HttpRequest, name: str) -> HttpResponse:
    return release_page(request, found(name))


def release_page(
    request: HttpRequest, release: Release, form: ExportForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of a release; with a form that was refused, it shows why."""
    report = rows.report(release)
    link = tables.member_link(reverse("release_members", args=[release.name]))
    return render(
        request,
        "releases/release.html",
        {
            "release": release,
            "project": release.project,
            "report": report,
            "crosstab": tables.to_html(tables.of_release(release), link),
            "exports": export_views(release.exports.order_by("-id")),
            "form": form or ExportForm(report.licences),
            "bound": sum(n for code, n in report.licences.items() if not code.startswith("CC0")),
        },
        status=status,
    )


@require_safe
@needs(Role.READER)
def release_members(request: HttpRequest, name: str) -> HttpResponse:
    """The pictures of a release, filtered by what the address asks for."""
    release = found(name)
    form = MemberPageFilter(rows.member_choices(release), request.GET, person(request))
    asked = form.asked()
    matching = rows.members(release, asked) if form.is_valid() else release.members.none()
    return render(
        request,
        "releases/members.html",
        {
            "release": release,
            "project": release.project,
            "form": form,
            "asked": asked,
            "query": urlencode(asked),
            "page": Paginator(matching, PAGE).get_page(request.GET.get("page")),
        },
        status=200 if form.is_valid() else 400,
    )


@require_safe
@needs(Role.READER)
def crosstab(request: HttpRequest, name: str, form: str) -> HttpResponse:
    """Class x source as a page or a file; `?split=` picks one split."""
    release = found(name)
    split = request.GET.get("split", "")
    if form not in tables.FORMATS or (split and split not in Split.values):
        raise Http404(_("There is no such table."))
    table = tables.of_release(release, split or None)
    if form == "html":
        link = tables.member_link(reverse("release_members", args=[release.name]), split or None)
        context = {
            "release": release,
            "project": release.project,
            "split": split,
            "splits": Split.choices,
            "crosstab": tables.to_html(table, link),
        }
        return render(request, "releases/crosstab.html", context)
    response = HttpResponse(tables.render(table, form), content_type=CONTENT_TYPES[form])
    stem = f"{release.name}-{split}" if split else release.name
    response["Content-Disposition"] = f'attachment; filename="{stem}-crosstab.{form}"'
    return response


@require_safe
@needs(Role.READER)
def manifest(request: HttpRequest, name: str) -> HttpResponseBase:
    """The manifest, made anew from the members; its SHA-256 is the one on the page."""
    release = found(name)
    response = StreamingHttpResponse(stored_lines(release), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{release.name}-manifest.txt"'
    return response
