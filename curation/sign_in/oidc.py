"""The OpenID Connect provider as this site wants it: one, from the environment, with state and PKCE.

django-allauth does the talking: discovery, the authorisation code, the token and who it is for. Here stands
what is asked for beyond that, and what people are told when it goes wrong.
"""

from __future__ import annotations

import logging
from typing import Any

from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from redis.exceptions import RedisError
from requests import RequestException

from curation.services.institution import Identity

log = logging.getLogger(__name__)

# Beside refusals: no answer, one that is no JSON or lacks an address, a token that was used (kept in Redis).
FAILURES = (RequestException, OAuth2Error, KeyError, ValueError, TypeError, RedisError)


class Adapter(OpenIDConnectOAuth2Adapter):
    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("oidc_callback"))

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Beyond issuer, audience and time: there is an ID token, and userinfo is about the same person
        (OpenID Connect Core 1.0, sections 3.1.3.3 and 5.3.2)."""
        login = super().complete_login(request, app, token, **kwargs)
        told = login.account.extra_data
        if "id_token" not in told:
            raise OAuth2Error("no ID token")
        if str(told["userinfo"]["sub"]) != str(told["id_token"]["sub"]):
            raise OAuth2Error("userinfo is about somebody else than the ID token")
        login.claims = told["id_token"] | told["userinfo"]
        login.account.extra_data = {}  # nothing of it is kept
        return login


class Provider(OpenIDConnectProvider):
    oauth2_adapter_class = Adapter


def provider(request: HttpRequest) -> Provider:
    """Raises Http404 where none is set up: then none of its addresses is there."""
    if settings.OIDC is None:
        raise Http404
    app = SocialApp(
        provider=Provider.id,
        provider_id=settings.OIDC.key,
        name=settings.OIDC.name,
        client_id=settings.OIDC.client_id,
        secret=settings.OIDC.secret,
        settings={"server_url": settings.OIDC.issuer},
    )
    return Provider(request, app=app)


def identity(login: SocialLogin) -> Identity:
    """Only `true` itself is true: some providers send words."""
    told = login.claims

    def text(name: str) -> str:
        value = told.get(name)
        return value.strip() if isinstance(value, str) else ""

    return Identity(
        subject=str(told["sub"]),
        email=text("email"),
        verified=told.get("email_verified") is True,
        username=text("preferred_username"),
        name=text("name"),
    )


def failed(
    request: HttpRequest, error: Any, exception: Exception | None, context: dict[str, Any]
) -> HttpResponse:
    """What happened, in words; the reason itself is for the log."""
    name = getattr(settings.OIDC, "name", "")
    if exception is not None:
        log.warning("Signing in by %s failed: %r", name, exception)
    if isinstance(exception, RequestException | RedisError):
        words = _("%(name)s does not answer, so nobody can be signed in by it now. Try again in a minute.")
        return page(request, words % {"name": name}, status=503)
    if exception is not None:
        words = _("What %(name)s answered cannot be believed, so you are not signed in. Tell an admin.")
        return page(request, words % {"name": name}, status=502)
    if error == AuthError.CANCELLED:
        return page(request, _("You did not go on at %(name)s.") % {"name": name}, status=403)
    if "state" in context:
        log.warning("%s refused a sign-in: %s", name, ascii(request.GET.get("error", ""))[:200])
        return page(request, _("%(name)s did not let you in.") % {"name": name}, status=403)
    words = _("This sign-in was not begun in this browser, was used already, or took too long. Begin anew.")
    return page(request, words, status=400)


def page(request: HttpRequest, words: str, status: int) -> HttpResponse:
    return render(
        request, "registration/institution.html", {"reason": words, "status": status}, status=status
    )
