"""One file of an upload, streamed from the browser to the staging folder."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from django.http import HttpRequest, JsonResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.models import Role
from curation.services import uploads
from curation.views.access import needs


@require_http_methods(["PUT"])
@needs(Role.ADMIN)
def upload_file(request: HttpRequest, upload: uuid.UUID) -> JsonResponse:
    """PUT ?path=folder/name.jpg with the file as the body: 201 {"bytes": n}, or 400 {"message": …}."""
    try:
        return JsonResponse({"bytes": receive(request, upload, request.GET.get("path", ""))}, status=201)
    except Refused as error:
        return refusal(error.message, status=error.extra.get("status", 400))


def receive(request: HttpRequest, upload: uuid.UUID, path: str) -> int:
    """Keep the body of a request as a file of an upload; its size. Raises Refused."""
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    if not announced and "Transfer-Encoding" in request.headers:
        # Of a body sent in chunks nothing would be read, and an empty file kept.
        raise Refused(_("The request does not say how long the file is (Content-Length)."), status=411)
    try:
        size = uploads.save_file(upload, path, body(request), announced=announced)
    except UnreadablePostError as error:
        raise Refused(_("The connection ended before the file did; send it again.")) from error
    if announced and size != announced:
        raise Refused(
            _("%(size)s of %(announced)s bytes came; send the file again.")
            % {"size": size, "announced": announced}
        )
    return size


def refusal(message: str, status: int = 400) -> JsonResponse:
    return JsonResponse({"message": message}, status=status)


def body(request: HttpRequest) -> Iterator[bytes]:
    """The body in pieces; `request.body` would hold all of it in memory."""
    while piece := request.read(uploads.CHUNK):
        yield piece
