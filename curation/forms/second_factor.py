"""Forms about the second factor, and about showing once more who one is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.models import User
from curation.services import second_factor, sign_in

BRAKED = _(
    "Too many wrong codes or passwords. Wait a few minutes, then try again, or ask an admin of this site to "
    "let you in."
)


class CodeField(forms.CharField):
    """Six digits of an authenticator, or a recovery code; telephones offer to fill it in."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "autofocus": True,
            "spellcheck": "false",
            "aria-required": "true",
        }
        widget = forms.TextInput(attrs=attributes)
        super().__init__(max_length=second_factor.LONGEST, widget=widget, **kwargs)


class NewFactorForm(ShowsErrors):
    """The first code of an authenticator that is being set up."""

    code = CodeField(label=_("Code"), help_text=_("The six digits that the app shows now."))


class CodeForm(forms.Form):
    """A code of somebody whose password (or institution) has been asked already."""

    code = CodeField(
        label=_("Code"),
        help_text=_("The six digits of your authenticator app, or one of your recovery codes."),
    )

    def __init__(self, request: HttpRequest, user: User, data: Any = None) -> None:
        super().__init__(data)
        self.request, self.user = request, user

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if sign_in.codes_braked(self.request, self.user):
            raise forms.ValidationError(BRAKED, code="braked")
        if second_factor.accept(self.user, code):
            return code
        sign_in.count_wrong_code(self.request, self.user)
        if sign_in.codes_braked(self.request, self.user):
            raise forms.ValidationError(BRAKED, code="braked")
        raise forms.ValidationError(
            _("That code is not right, or was used already. An app shows a new one every thirty seconds."),
            code="wrong",
        )


class PasswordAgainForm(forms.Form):
    """One's own password, once more; wrong ones are counted as at signing in."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def __init__(self, request: HttpRequest, user: User, data: Any = None) -> None:
        super().__init__(data)
        self.request, self.user = request, user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        address = sign_in.address_of(self.request)
        if sign_in.is_braked(sign_in.Guess.PASSWORD, address):
            raise forms.ValidationError(BRAKED, code="braked")
        if authenticate(self.request, username=self.user.username, password=password) == self.user:
            return password
        sign_in.count_wrong(sign_in.Guess.PASSWORD, address)
        if getattr(self.request, "axes_locked_out", False):
            raise forms.ValidationError(BRAKED, code="braked")
        raise forms.ValidationError(_("That is not your password."), code="wrong")
