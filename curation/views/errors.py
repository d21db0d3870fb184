"""Pages for what cannot be shown, in the same voice as the rest."""

from __future__ import annotations

import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.defaults import server_error

from curation.api.errors import of_api, plain
from curation.database_errors import database_is_away, disk_is_full
from curation.models import User
from curation.views.health import database_answers


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: says which role the page is for and which one this person has."""
    if of_api(request):
        return plain("forbidden", str(exception or "") or _("This is not for your role."))
    user = request.user
    mine = user.get_role_display() if isinstance(user, User) else ""
    reason = str(exception or "") or _("This page is not for your role.")
    return render(request, "errors/403.html", {"reason": reason, "mine": mine}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: says what was looked for, where the view said so."""
    reason = exception.args[0] if exception and exception.args else ""
    if of_api(request):
        return plain("not-found", reason if isinstance(reason, str) else _("There is no such thing."))
    # Without a matching address the resolver gives a table of patterns, which says nothing to a reader.
    shown = reason if isinstance(reason, str) else ""
    return render(request, "errors/404.html", {"reason": shown}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500, or 503 where the database did not answer or had no room: to programs in the shape of the API, to
    people as a page that needs nothing else to work."""
    error = sys.exc_info()[1]
    if disk_is_full(error):
        words = _("The disk of the database is full: nothing can be saved now. Try again later.")
        return _unavailable(request, "disk", words, seconds=30)
    if database_is_away(error) or (isinstance(error, OperationalError) and not database_answers()):
        words = _("The database does not answer. Try again in a moment.")
        return _unavailable(request, "database", words, seconds=10)
    if of_api(request):
        return plain("server", _("Something broke here, and was written to the log. Try again later."))
    return server_error(request)


def _unavailable(request: HttpRequest, kind: str, words: str, *, seconds: int) -> HttpResponse:
    """kind: a word of the API's problems, and the name of the page's template."""
    if of_api(request):
        response = plain(kind, words)
    else:
        response = HttpResponse(render_to_string(f"errors/{kind}.html"), status=503)
    response["Retry-After"] = str(seconds)
    add_never_cache_headers(response)
    return response
