"""The form that makes a token for a program."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.models import Scope, User
from curation.services.tokens import LONGEST, MOST_DAYS


class TokenForm(ShowsErrors):
    """Only scopes that the person's role can use are offered."""

    name = forms.CharField(
        max_length=LONGEST,
        label=_("Name"),
        help_text=_("What it is for and where it is kept, so that you know it again."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    days = forms.TypedChoiceField(
        label=_("Good for"),
        coerce=int,
        choices=[(7, _("7 days")), (30, _("30 days")), (90, _("90 days")), (MOST_DAYS, _("a year"))],
    )

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data, initial={"scopes": [Scope.READ], "days": 90})
        scopes = self.fields["scopes"]
        assert isinstance(scopes, forms.MultipleChoiceField)
        scopes.choices = [(scope.value, scope.label) for scope in Scope if user.has_role(scope.role)]
