"""What figures lead to lists of pictures with: kept by the form, said in words, and not offered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.days import DAYS
from curation.models import Decision, ModelVersion


def hidden_day(label: Any) -> forms.DateField:
    return forms.DateField(required=False, validators=DAYS, label=label, widget=forms.HiddenInput)


def _choice(label: Any, *choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=[("", ""), *choices], required=False, label=label, widget=forms.HiddenInput
    )


class FromFigures(forms.Form):
    added_from, added_to = hidden_day(_("came in from")), hidden_day(_("came in until"))
    decided_from, decided_to = hidden_day(_("decided from")), hidden_day(_("decided until"))
    voted_from, voted_to = hidden_day(_("judged by them from")), hidden_day(_("judged by them until"))
    judged = _choice(_("judged"), ("2", _("more than once")))
    settled = _choice(_("decided by"), *Decision.Rule.choices)
    model = forms.ModelChoiceField(
        ModelVersion.objects.all(),
        to_field_name="name",
        required=False,
        label=_("looked at by"),
        widget=forms.HiddenInput,
    )
    seen_from, seen_to = hidden_day(_("looked at from")), hidden_day(_("looked at until"))
    agreed = _choice(_("decided"), ("yes", _("as it said")))
