"""Pages for what cannot be shown, in the same voice as the rest."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from curation.models import User


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: says which role the page is for and which one this person has."""
    user = request.user
    mine = user.get_role_display() if isinstance(user, User) else ""
    reason = str(exception or "") or _("This page is not for your role.")
    return render(request, "errors/403.html", {"reason": reason, "mine": mine}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: says what was looked for, where the view said so."""
    reason = exception.args[0] if exception and exception.args else ""
    # Without a matching address the resolver gives a table of patterns, which says nothing to a reader.
    shown = reason if isinstance(reason, str) else ""
    return render(request, "errors/404.html", {"reason": shown}, status=404)
