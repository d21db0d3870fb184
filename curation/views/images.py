"""One picture: its page, and its files."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from curation.models import Batch, Image, Role
from curation.selectors import pictures
from curation.services.files import opened as opened_file
from curation.services.picture_links import seconds_left
from curation.views.access import needs, person

# What may be served, as which type; nothing that a browser would run. The second value: whether browsers
# show it, else it is a download.
TYPES = {
    "jpg": ("image/jpeg", True),
    "png": ("image/png", True),
    "webp": ("image/webp", True),
    "gif": ("image/gif", True),
    "bmp": ("image/bmp", True),
    "tif": ("image/tiff", False),
    "jp2": ("image/jp2", False),
}


@needs(Role.READER)
def image(request: HttpRequest, sha256: str) -> HttpResponse:
    rows = Image.objects.select_related("source", "licence", "parent", "batch")
    found = get_object_or_404(rows, sha256=sha256)
    with_history = person(request).has_role(Role.LEAD)
    standings = pictures.standings(found, with_history=with_history, viewer=person(request))
    has_original = found.batch.kind != Batch.Kind.RELEASE
    return render(
        request,
        "images/image.html",
        {
            "image": found,
            "has_original": has_original,
            "shows_original": has_original and TYPES.get(found.extension, ("", False))[1],
            "standings": standings,
            "relatives": pictures.relatives(found),
            "memberships": pictures.memberships(found, standings),
        },
    )


@require_safe
@needs(Role.READER)
def picture(request: HttpRequest, rendition: str, sha256: str, extension: str) -> HttpResponseBase:
    """The file of one rendition. Its name says its content, so that browsers may keep it for good."""
    return _file(request, rendition, sha256, extension, seconds=31_536_000)


@require_safe
@login_not_required
def signed_picture(request: HttpRequest, rendition: str, sha256: str, extension: str) -> HttpResponseBase:
    """The same for whoever has an address of services.picture_links, as long as that is good."""
    until, signature = request.GET.get("until", ""), request.GET.get("signature", "")
    left = seconds_left(rendition, sha256, extension, until, signature)
    if not left:
        raise Http404(_("This address of a picture has ended, or was changed."))
    return _file(request, rendition, sha256, extension, seconds=left)


def _file(
    request: HttpRequest, rendition: str, sha256: str, extension: str, *, seconds: int
) -> HttpResponseBase:
    """seconds: how long a browser may keep it without asking again."""
    if rendition not in Image.Rendition.values or extension not in TYPES:
        raise Http404(_("There is no such picture."))
    content_type, shown = TYPES[extension]
    etag = f'"{rendition}-{sha256}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        # The address pattern leaves hex digits and a known word: no way out of the storage.
        name = f"{rendition}/{sha256[:2]}/{sha256}.{extension}"
        try:
            file = opened_file(name)
        except FileNotFoundError as error:
            raise Http404(_("There is no such picture.")) from error
        response = FileResponse(file, content_type=content_type)
        response["Content-Length"] = str(file.size)
    response["ETag"] = etag
    response["Cache-Control"] = f"private, max-age={seconds}, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    disposition = "inline" if shown else "attachment"
    response["Content-Disposition"] = f'{disposition}; filename="{sha256}.{extension}"'
    return response
