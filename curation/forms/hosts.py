"""How one host is to be treated."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.services.hosts import CONNECTIONS, WAIT


class HostForm(ShowsErrors):
    """Blank fields mean the defaults of the installation."""

    wait_seconds = forms.FloatField(
        min_value=WAIT[0],
        max_value=WAIT[1],
        required=False,
        label=_("Wait"),
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    connections = forms.IntegerField(
        min_value=CONNECTIONS[0], max_value=CONNECTIONS[1], required=False, label=_("At once")
    )
