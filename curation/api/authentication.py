"""Who asks: a program with a token, or a browser with a session."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from curation.models import ApiToken, User
from curation.services.tokens import find
from curation.sign_in import marks

SCHEME = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer vas_…` (RFC 6750). The token itself is in `request.auth`.

    Only the API takes tokens: pages need a session. Requests with a token need no CSRF token, as no browser
    sends one by itself.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != SCHEME.lower():
            raise AuthenticationFailed(
                _("Authorization must be %(scheme)s and a token, got %(got)r.")
                % {"scheme": SCHEME, "got": scheme[:20]}
            )
        token = find(text.strip())
        if token is None:
            raise AuthenticationFailed(_("The token is unknown, expired or taken back. Make a new one."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str | None:
        """401 for whoever came with a token. Browsers without a session get 403, as the pages' scripts
        expect: a 401 would have some of them ask for a password."""
        return f'{SCHEME} realm="Vasculum"' if request.META.get("HTTP_AUTHORIZATION") else None


class BrowserSession(SessionAuthentication):
    """A session in which all steps of signing in are done. One that waits for a code has no user at all."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        found = super().authenticate(request)
        if found and marks.lacks_second_factor(request.session, found[0]):
            raise PermissionDenied(_("Your role needs a second factor: set it up under your name first."))
        return found


__all__ = ["BrowserSession", "TokenAuthentication"]
