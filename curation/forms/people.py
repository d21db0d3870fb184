"""Forms about people."""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from curation.forms.base import ShowsErrors
from curation.models import Role


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "That user name and password do not belong together. Both mind capital letters.",
        "inactive": "This account may no longer sign in. Ask an admin of this site.",
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["username"].label = "User name"


class PersonForm(ShowsErrors):
    """A new account."""

    username = forms.CharField(
        max_length=150,
        label="User name",
        help_text="What they type to sign in: letters, digits and @ . + - _ only.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "autofocus": True}),
    )
    name = forms.CharField(
        max_length=150, required=False, help_text="As it should be shown to colleagues. May stay empty."
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.CURATOR, widget=forms.RadioSelect)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)
