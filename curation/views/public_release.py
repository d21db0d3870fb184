"""The public page of a release: everyone may read it, once an admin has opened it.

A page that is closed and a release that there is not answer the same. Nothing here leads to the rest of the
site: pictures are those on the page, and files those of exports that are offered on it.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from curation.models import Export, Image, Release
from curation.selectors import citation, crosstab
from curation.selectors import release_page as reads
from curation.selectors.release_about import about
from curation.selectors.release_snippets import snippets
from curation.services.files import opened as opened_file
from curation.views.exports import send_all, send_file

MINUTE, HOUR = 60, 60 * 60
CITATION_TYPES = {"cff": "application/yaml; charset=utf-8", "bib": "application/x-bibtex; charset=utf-8"}


def opened(name: str) -> Release:
    """The release, where its page is open; else Http404."""
    release = (
        Release.objects.filter(name=name, page__is_public=True)
        .exclude(manifest_sha256="")
        .select_related("project", "page")
        .first()
    )
    if release is None:
        raise Http404(_("There is no such page."))
    return release


def address_of(request: HttpRequest, release: Release) -> str:
    return request.build_absolute_uri(reverse("public_release", args=[release.name]))


def context_of(request: HttpRequest, release: Release) -> dict[str, Any]:
    """What the template of the page needs."""
    page = reads.public_page(release)
    address = address_of(request, release)
    return {
        "release": release,
        "page": page,
        "address": address,
        "snippets": snippets(page),
        "crosstab": crosstab.to_html(page.crosstab),
        "citation": citation.as_text(release, page.about, address),
        "bibtex": citation.as_bibtex(release, page.about, address),
    }


@login_not_required
@require_safe
def public_release(request: HttpRequest, name: str) -> HttpResponse:
    response = render(request, "releases/public.html", context_of(request, opened(name)))
    patch_cache_control(response, public=True, max_age=MINUTE)
    return response


@login_not_required
@require_safe
def public_citation(request: HttpRequest, name: str, form: str) -> HttpResponse:
    release = opened(name)
    if form not in citation.FORMS:
        raise Http404(_("There is no such file."))
    said = about(release, kinds=reads.kinds_of(release))
    text = citation.render(form, release, said, address_of(request, release))
    response = HttpResponse(text, content_type=CITATION_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{citation.FORMS[form]}"'
    patch_cache_control(response, public=True, max_age=MINUTE)
    return response


@login_not_required
@require_safe
def public_picture(request: HttpRequest, name: str, sha256: str) -> HttpResponseBase:
    """The thumbnail of a picture that the page shows; of no other one."""
    release = opened(name)
    if not reads.is_shown(release, sha256):
        raise Http404(_("There is no such picture."))
    etag = f'"thumb-{sha256}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            file = opened_file(Image(sha256=sha256).file_name(Image.Rendition.THUMB))
        except FileNotFoundError as error:
            raise Http404(_("There is no such picture.")) from error
        response = FileResponse(file, content_type="image/webp")
        response["Content-Length"] = str(file.size)
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = f'inline; filename="{sha256}.webp"'
    patch_cache_control(response, public=True, max_age=HOUR)
    return response


def offered(name: str, pk: int) -> Export:
    one = reads.offered_one(opened(name), pk)
    if one is None:
        raise Http404(_("This page offers no such export."))
    return one.export


@login_not_required
@require_safe
def public_file(request: HttpRequest, name: str, pk: int, path: str) -> HttpResponseBase:
    """One file of an export that the page offers."""
    return _kept_a_while(send_file(offered(name, pk), path))


@login_not_required
@require_safe
def public_bundle(request: HttpRequest, name: str, pk: int) -> HttpResponseBase:
    """All files of an export that the page offers, as one ZIP."""
    return _kept_a_while(send_all(offered(name, pk)))


def _kept_a_while(response: HttpResponseBase) -> HttpResponseBase:
    patch_cache_control(response, public=True, max_age=HOUR)
    return response
