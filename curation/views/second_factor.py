"""The second factor: asked for at signing in, set up and changed on one's own page."""

from __future__ import annotations

from typing import cast

from allauth.account.stages import LoginStageController
from allauth.mfa.adapter import get_adapter
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.forms.second_factor import CodeForm, NewFactorForm, PasswordAgainForm
from curation.models import Role, User
from curation.services import second_factor as service
from curation.sign_in import marks
from curation.sign_in.qr import qr_svg
from curation.sign_in.stages import CodeStage
from curation.views.access import needs, person

PAGES = require_http_methods(["GET", "HEAD", "POST"])


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@PAGES
def sign_in_code(request: HttpRequest) -> HttpResponseBase:
    """Between password and being signed in: the code, for at most ten minutes."""
    if request.user.is_authenticated:
        return redirect("home")
    stage = cast("CodeStage | None", LoginStageController.enter(request, CodeStage.key))
    if stage is None:
        return redirect("login")
    if not stage.still_good():
        return stage.abort()
    user = cast(User, stage.login.user)
    form = CodeForm(request, user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        marks.code_given(request.session, user)
        _say_what_is_left(request, user)
        return stage.exit()
    return _answer(request, "registration/code.html", form)


@never_cache
@sensitive_post_parameters("password", "code")
@PAGES
@needs(Role.READER)
def confirm(request: HttpRequest) -> HttpResponse:
    """Who sits there? Asked before the second factor is changed: for a code, or else for the password."""
    user = person(request)
    goal = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(goal, {request.get_host()}, require_https=request.is_secure()):
        goal = reverse("second_factor")
    by_code = service.is_on(user)
    if not by_code and not user.has_usable_password():
        # Only the institution can say who it is: by signing in anew.
        messages.info(request, _("Sign out and in again first, for the second factor is about to change."))
        return redirect("home")
    kind = CodeForm if by_code else PasswordAgainForm
    form = kind(request, user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if by_code:
            marks.code_given(request.session, user)
        marks.confirmed(request.session)
        return redirect(goal)
    return _answer(request, "account/confirm.html", form, next=goal, by_code=by_code)


@never_cache  # shows a secret, and recovery codes once
@sensitive_post_parameters("code")
@PAGES
@needs(Role.READER)
def second_factor(request: HttpRequest) -> HttpResponse:
    """Set it up; once it is there, POST with `do` = codes or off changes it."""
    user, do = person(request), request.POST.get("do", "")
    if not marks.is_confirmed(request.session):
        return redirect(f"{reverse('confirm')}?{urlencode({'next': reverse('second_factor')})}")
    try:
        if do == "codes":
            return _codes(request, service.renew_codes(user))
        if do == "off":
            return _off(request, user)
    except Refused as error:
        messages.error(request, error.message)
        return redirect("second_factor")
    facts = service.facts(user)
    required = user.role in settings.TOTP_ROLES
    if facts["on"]:
        return render(request, "account/second_factor.html", facts | {"required": required})
    return _set_up(request, user, required)


def _set_up(request: HttpRequest, user: User, required: bool) -> HttpResponse:
    secret = _secret(request)
    form = NewFactorForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = service.switch_on(user, secret, form.cleaned_data["code"], request.session.session_key)
        except Refused as error:
            form.add_refusal(error.message, error.extra.get("fields"))
        else:
            request.session.pop(marks.SECRET, None)
            marks.code_given(request.session, user)
            return _codes(request, codes, new=True)
    address = get_adapter().build_totp_url(user, secret)
    shown = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    context = {"qr": qr_svg(address), "secret": shown, "address": address, "required": required}
    return _answer(request, "account/second_factor_new.html", form, **context)


def _secret(request: HttpRequest) -> str:
    """The same one until it is used, so that a wrong code or a reload leaves the app as it is."""
    if kept := request.session.get(marks.SECRET):
        try:
            return get_adapter().decrypt(kept)
        except InvalidToken:
            pass
    secret = service.new_secret()
    request.session[marks.SECRET] = get_adapter().encrypt(secret)
    return secret


def _off(request: HttpRequest, user: User) -> HttpResponse:
    if user.role in settings.TOTP_ROLES:
        raise Refused(_("Your role needs a second factor, so it stays on."))
    service.switch_off(user)
    marks.factor_gone(request.session)
    messages.success(request, _("The second factor is off: your password alone signs you in."))
    return redirect("home")


def _codes(request: HttpRequest, codes: list[str], new: bool = False) -> HttpResponse:
    return render(request, "account/recovery_codes.html", {"codes": codes, "new": new})


def _say_what_is_left(request: HttpRequest, user: User) -> None:
    left = service.facts(user).get("left")
    if isinstance(left, int) and left <= FEW:
        words = ngettext(
            "You have %(left)d recovery code left. Make new ones under your name.",
            "You have %(left)d recovery codes left. Make new ones under your name.",
            left,
        )
        messages.warning(request, words % {"left": left})


FEW = 3


def _answer(
    request: HttpRequest,
    template: str,
    form: CodeForm | PasswordAgainForm | NewFactorForm,
    **context: object,
) -> HttpResponse:
    """400 for what is wrong, 429 for whoever has to wait (RFC 6585)."""
    braked = any(form.has_error(name, "braked") for name in form.fields)
    status = 429 if braked else 400 if form.errors else 200
    response = render(request, template, context | {"form": form}, status=status)
    if braked:
        response["Retry-After"] = str(settings.SIGN_IN_WAIT_SECONDS)
    return response
