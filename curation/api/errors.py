"""One error shape for the whole API: problem details (RFC 9457), with what the pages' scripts read.

{"type": "urn:vasculum:problem:invalid", "title": …, "status": 400, "detail": …, "message": …, "extra": {…}}

`detail` and `message` are the same sentence for people. `type` is for machines and never changes its meaning.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as default_handler

from curation.errors import Refused, StorageDown
from curation.languages import in_words
from curation.services.kept_answers import KeyReused, StillAnswering

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
PREFIX = "urn:vasculum:problem:"
# The word in `type` -> status and title. The table of docs/api.md has the same.
KINDS = {
    "invalid": (400, "The request is not valid"),
    "malformed": (400, "The request cannot be read"),
    "token": (401, "The token is not accepted"),
    "signed-out": (403, "Nobody is signed in"),
    "role": (403, "The role is too low"),
    "scope": (403, "The token has not the scope"),
    "forbidden": (403, "Not allowed"),
    "not-found": (404, "There is no such thing"),
    "method": (405, "The address does not take this method"),
    "not-acceptable": (406, "The answer is JSON only"),
    "refused": (409, "A rule refused it"),
    "being-answered": (409, "The same request is being answered"),
    "too-large": (413, "The request is too large"),
    "media-type": (415, "The request must be JSON"),
    "key-reused": (422, "The key stands for another request"),
    "rate": (429, "Too many requests"),
    "server": (500, "Something broke here"),
    "storage": (503, "The storage is down"),
    "database": (503, "The database is down"),
    "disk": (503, "The disk of the database is full"),
}


def problem(kind: str, detail: str, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """The body of an answer that says no. kind: one of KINDS."""
    status, title = KINDS[kind]
    return {
        "type": f"{PREFIX}{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "message": detail,
        "extra": extra or {},
    }


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """None for what nobody foresaw: it is a 500, answered by `server_error`."""
    if isinstance(error, StorageDown):
        log.error("%s", error.message)
        words = _("The storage of pictures and exports does not answer. Try again in a moment.")
        return _answer("storage", words, {}, {"Retry-After": "30"})
    if isinstance(error, StillAnswering):
        return _answer("being-answered", error.message, {}, {"Retry-After": "2"})
    if isinstance(error, KeyReused):
        return _answer("key-reused", error.message)
    if isinstance(error, Refused):
        return _answer("refused", error.message, error.extra)
    if isinstance(error, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        words = _("The request has more than %(bytes)s bytes.") % {"bytes": in_words(f"{most:,}")}
        return _answer("too-large", words)
    if isinstance(error, SuspiciousOperation | TooManyFieldsSent):
        return _answer("malformed", _("The request cannot be read."))
    response = default_handler(error, context)
    if response is None:
        return None
    kept = {name: response[name] for name in ("WWW-Authenticate", "Retry-After", "Allow") if name in response}
    if isinstance(error, exceptions.ValidationError):
        return _answer("invalid", _("The request is not valid."), {"fields": error.detail}, kept)
    detail = response.data.get("detail", "") if isinstance(response.data, dict) else ""
    kind = _kind(error, response.status_code)
    # Pages tell a role that is too low from a session that has ended.
    extra = {"reason": kind} if kind in ("role", "scope") else {}
    return _answer(kind, str(detail), extra, kept)


def _kind(error: Exception, status: int) -> str:
    if isinstance(error, exceptions.PermissionDenied):
        code = str(error.get_codes())
        return code if code in ("role", "scope") else "forbidden"
    by_type: list[tuple[type[Exception], str]] = [
        (exceptions.NotAuthenticated, "signed-out"),
        (exceptions.AuthenticationFailed, "token" if status == 401 else "signed-out"),
        (exceptions.ParseError, "malformed"),
        (exceptions.MethodNotAllowed, "method"),
        (exceptions.NotAcceptable, "not-acceptable"),
        (exceptions.UnsupportedMediaType, "media-type"),
        (exceptions.Throttled, "rate"),
    ]
    for one, kind in by_type:
        if isinstance(error, one):
            return kind
    return {403: "forbidden", 404: "not-found"}.get(status, "invalid")


def _answer(
    kind: str, detail: str, extra: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> Response:
    return Response(
        problem(kind, detail, extra), status=KINDS[kind][0], headers=headers, content_type=CONTENT_TYPE
    )


def of_api(request: HttpRequest) -> bool:
    """Whether an answer to this request must be JSON, also where no view of the API was reached."""
    return request.path.startswith("/api/")


def plain(kind: str, detail: str) -> HttpResponse:
    """The same shape where REST framework is not in charge."""
    body = json.dumps(problem(kind, detail), ensure_ascii=False)
    return HttpResponse(body, status=KINDS[kind][0], content_type=CONTENT_TYPE)
