"""Who asks: a program with a token, or a browser with a session."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as BrowserSession
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from curation.models import ApiToken, User
from curation.services.tokens import find

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


__all__ = ["BrowserSession", "TokenAuthentication"]
