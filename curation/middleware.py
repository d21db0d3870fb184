"""Response headers, language, a missing second factor, a storage that is down, for the whole site."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect

from curation.errors import StorageDown
from curation.languages import chosen_by
from curation.models import User
from curation.sign_in import marks

log = logging.getLogger(__name__)

# Plotly adds rules, by script, to a <style> element that it makes with nothing in it. That nothing may stand
# between the tags is what this hash says; all other inline styles are refused.
EMPTY = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
# Everything is served from here: no script, style, font or picture from anywhere else, and none of them from
# within a page (docs/security.md).
POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data: blob:",
        f"style-src 'self' {EMPTY}",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


# What no page here asks a browser for, and so nothing that gets into one may.
UNUSED = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"


class ContentSecurityPolicyMiddleware:
    """Adds the headers Content-Security-Policy (W3C CSP Level 3) and Permissions-Policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", UNUSED)
        return response


class StorageMiddleware:
    """503 where pictures or exports lie in a storage that does not do what is asked of it.

    The page says so in words; which storage and why is for the log.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, StorageDown):
            return None
        log.error("%s: %s", request.path, exception.message)
        response = render(request, "errors/503.html", status=503)
        response["Retry-After"] = "30"
        add_never_cache_headers(response)
        return response


class SecondFactorMiddleware:
    """Whoever has a role that needs a second factor and came in without one sets it up before anything else.

    Views of the API ask by themselves (curation.api.authentication): who asks there is not known yet.
    """

    OPEN = {"second_factor", "confirm", "logout"}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not settings.TOTP_ROLES or not getattr(view, "login_required", True) or hasattr(view, "cls"):
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in self.OPEN or not isinstance(request.user, User):
            return None
        if not marks.lacks_second_factor(request.session, request.user):
            return None
        if getattr(request, "htmx", False):
            return HttpResponseClientRedirect(reverse("second_factor"))
        return redirect("second_factor")


class LanguageMiddleware:
    """The language that a person has chosen, where there is one, goes before that of the browser.

    Only for views that need a person: the others (health, sign-in) must not wait for the database.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> None:
        if getattr(view, "login_required", True) and (language := chosen_by(request.user)):
            translation.activate(language)
            request.LANGUAGE_CODE = language
