"""The form that adds a webhook."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.models import Event


class WebhookForm(ShowsErrors):
    url = forms.CharField(
        max_length=500,
        label=_("Address"),
        help_text=_("Where messages are posted to; https, and not within this network."),
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Tell it when"),
        choices=[(event.value, event.label) for event in Event if event != Event.PING],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
