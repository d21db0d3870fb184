"""What the pages of agreement and of known answers take in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.models import Aggregation


class AggregationForm(forms.Form):
    """Which aggregation is to be run."""

    method = forms.ChoiceField(choices=Aggregation.Method.choices, label=_("Method"))


class GoldForm(forms.Form):
    """The decided picture whose label becomes a known answer, and why it is that."""

    candidate = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    why = forms.CharField(max_length=500, required=False)

    def words(self) -> str:
        """Everything that is wrong, in one line."""
        return " ".join(f"{name}: {' '.join(map(str, found))}" for name, found in self.errors.items())
