"""Signing in by an institution: on to its provider, and back. With none set up, neither address is there."""

from __future__ import annotations

from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from curation.sign_in import oidc


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """POST begins it. The answer is a page that leads on: a redirect would be kept back, for the policy of
    these pages lets forms lead to this site alone."""
    provider = oidc.provider(request)
    if request.method != "POST" or request.user.is_authenticated:
        return redirect("login")
    goal = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(goal, {request.get_host()}, require_https=request.is_secure())
    try:
        on = provider.redirect(request, AuthProcess.LOGIN, next_url=goal if safe else None)
    except oidc.FAILURES as error:
        return oidc.failed(request, None, error, {})
    context = {"address": on["Location"], "institution": settings.OIDC}
    return render(request, "registration/institution_on.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD"])
def callback(request: HttpRequest) -> HttpResponseBase:
    """Where the provider sends people back to, with a code that is good once."""
    provider = oidc.provider(request)
    view = OAuth2CallbackView.adapter_view(oidc.Adapter(request, provider.app.provider_id))
    try:
        return view(request)
    except oidc.FAILURES as error:
        return oidc.failed(request, None, error, {})
