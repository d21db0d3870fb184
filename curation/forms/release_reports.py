"""The filters of what was left out of a release and of what differs between two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class Filter(forms.Form):
    """Choices that stand in the address. Unknown values are an error that is shown, never ignored."""

    def __init__(self, choices: Mapping[str, list[tuple[str, str]]], data: Any) -> None:
        super().__init__(data, label_suffix="")
        for name, field in self.fields.items():
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("Any")), *choices[name]]

    def asked(self) -> dict[str, str]:
        """What is asked for, as the address writes it."""
        return {name: value for name in self.fields if (value := str(self.data.get(name, "")))}


class LeftOutFilter(Filter):
    reason = forms.ChoiceField(required=False, label=_("Reason"))
    category = forms.ChoiceField(required=False, label=_("Class"))
    source = forms.ChoiceField(required=False, label=_("Source"))
    licence = forms.ChoiceField(required=False, label=_("Licence"))


class DiffFilter(Filter):
    """`category`: in either release; those after it: of the one or of the other."""

    change = forms.ChoiceField(required=False, widget=forms.HiddenInput)  # chosen by tabs
    category = forms.ChoiceField(required=False, label=_("Class"))
    category_a = forms.ChoiceField(required=False, label=_("Class before"))
    category_b = forms.ChoiceField(required=False, label=_("Class after"))
    split_a = forms.ChoiceField(required=False, label=_("Split before"))
    split_b = forms.ChoiceField(required=False, label=_("Split after"))
