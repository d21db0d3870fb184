"""Which pictures of an evaluation are asked for; it lives in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class CellFilter(forms.Form):
    """Unknown values are an error that is shown, never a filter that is silently left out."""

    decided = forms.ChoiceField(required=False, label=_("Decided as"))
    said = forms.ChoiceField(required=False, label=_("Predicted as"))

    def __init__(self, classes: Sequence[str], ways: Sequence[tuple[str, str]], data: Any) -> None:
        """`ways`: the models that are measured side by side, by name; none where it is one."""
        super().__init__(data)
        for name in ("decided", "said"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("Any")), *((one, one) for one in classes)]
        if ways:
            self.fields["by"] = forms.ChoiceField(choices=ways, label=_("Model"))
