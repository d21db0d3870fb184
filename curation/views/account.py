"""Signing in and out, and one's own password."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from curation.forms.people import SignInForm


@method_decorator(login_not_required, name="dispatch")
class SignIn(auth_views.LoginView):
    template_name = "registration/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(institution=settings.OIDC, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """In at once, or on to the code of a second factor."""
        return perform_login(self.request, form.get_user(), redirect_url=self.get_success_url())

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A page that refreshes a region of itself after the session ended is sent here whole."""
        htmx = cast(HtmxDetails, request.htmx)  # type: ignore[attr-defined]
        if htmx:
            query = urlencode({"next": htmx.current_url_abs_path or "/"})
            return HttpResponseClientRedirect(f"{reverse('login')}?{query}")
        return super().dispatch(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """429 for whoever has to wait (RFC 6585)."""
        response = super().form_invalid(form)
        if form.has_error(NON_FIELD_ERRORS, "braked"):
            response.status_code = 429
            response["Retry-After"] = str(settings.SIGN_IN_WAIT_SECONDS)
        return response


class SignOut(auth_views.LogoutView):
    """POST only: a link or a picture on another site must not sign anybody out."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        messages.success(request, _("You are signed out."))
        return response


class ChangePassword(auth_views.PasswordChangeView):
    template_name = "registration/password.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, _("Your password is changed. Other devices are signed out."))
        return super().form_valid(form)
