"""The messages of JavaScript in one language. Public: the sign-in page speaks it, too."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from curation.selectors import messages

YEAR = 365 * 24 * 60 * 60


@login_not_required
@require_safe
def js_messages(request: HttpRequest, language: str, mark: str) -> HttpResponse:
    """`mark` is the fingerprint of the content: an older one gets today's messages, to be asked for again."""
    if language not in dict(settings.LANGUAGES):
        raise Http404(_("There is no language %(language)r.") % {"language": language})
    response = HttpResponse(messages.script(language), content_type="text/javascript; charset=utf-8")
    current = mark == messages.fingerprint(language)
    response["Cache-Control"] = f"public, max-age={YEAR}, immutable" if current else "no-cache"
    return response
