"""Forms about people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.models import Role
from curation.services import sign_in


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": _("That user name and password do not belong together. Both mind capital letters."),
        "inactive": _("This account may no longer sign in. Ask an admin of this site."),
        "braked": _(
            "Too many wrong passwords. Wait a few minutes, then try again, or ask an admin of this site to "
            "let you in."
        ),
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["username"].label = _("User name")

    def clean(self) -> dict[str, Any]:
        address = sign_in.address_of(self.request) if self.request else ""
        braked = forms.ValidationError(self.error_messages["braked"], code="braked")
        if sign_in.is_braked(sign_in.Guess.PASSWORD, address):
            raise braked
        try:
            return super().clean()
        except forms.ValidationError:
            sign_in.count_wrong(sign_in.Guess.PASSWORD, address)
            if getattr(self.request, "axes_locked_out", False):
                raise braked from None
            raise


class PersonForm(ShowsErrors):
    """A new account."""

    username = forms.CharField(
        max_length=150,
        label=_("User name"),
        help_text=_("What they type to sign in: letters, digits and @ . + - _ only."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "autofocus": True}),
    )
    name = forms.CharField(
        max_length=150, required=False, help_text=_("As it should be shown to colleagues. May stay empty.")
    )
    email = forms.EmailField(
        max_length=254,
        required=False,
        label=_("E-mail address"),
        help_text=_("By which your institution’s sign-in knows them. May stay empty."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.CURATOR, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings.OIDC is None:
            del self.fields["email"]


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)
