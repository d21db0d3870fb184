"""What all forms share."""

from __future__ import annotations

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS


class ShowsErrors(forms.Form):
    """Puts what a service refused beside the field it is about, else above the form."""

    def add_refusal(self, message: str, fields: dict[str, list[str]] | None = None) -> None:
        placed = False
        for name, reasons in (fields or {}).items():
            if name in self.fields:
                self.add_error(name, reasons)
                placed = True
        if not placed:
            self.add_error(NON_FIELD_ERRORS, message)
