"""The form of a class, in the project's own words and in translations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.models import LabelClass
from curation.selectors.classes import TRANSLATED

WORDS = (("name", _("Name")), ("plural", _("Plural")), ("definition", _("Definition")))


class ClassForm(ShowsErrors):
    name = forms.CharField(max_length=80, label=_("Name"))
    plural = forms.CharField(
        max_length=80, label=_("Plural"), help_text=_("As in “Ordinary specimens lack 12”.")
    )
    key = forms.CharField(
        max_length=1,
        label=_("Key"),
        help_text=_("The letter that reviewers press, A to Z."),
        widget=forms.TextInput(attrs={"class": "key-field", "autocomplete": "off"}),
    )
    definition = forms.CharField(
        required=False,
        label=_("Definition"),
        help_text=_("One or two sentences; more belongs into the guidelines."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, *, label: LabelClass) -> None:
        said = label.translations
        initial = {name: getattr(label, name) for name in ("name", "plural", "key", "definition")}
        initial |= {
            f"{name}_{code}": said.get(code, {}).get(name, "") for code in TRANSLATED for name, _word in WORDS
        }
        super().__init__(data, initial=initial)
        for code in TRANSLATED:
            for name, word in WORDS:
                widget = forms.Textarea(attrs={"rows": 3}) if name == "definition" else forms.TextInput()
                widget.attrs["lang"] = code
                self.fields[f"{name}_{code}"] = forms.CharField(
                    required=False, label=word, widget=widget, max_length=80 if name != "definition" else None
                )

    def own(self) -> list[Any]:
        return [self[name] for name in ("name", "plural", "key", "definition")]

    def spoken(self) -> list[tuple[Any, list[Any]]]:
        """(language, its fields)."""
        return [
            (word, [self[f"{name}_{code}"] for name, _word in WORDS]) for code, word in TRANSLATED.items()
        ]

    def arguments(self) -> dict[str, Any]:
        """For `curation.services.classes.rename`."""
        data = self.cleaned_data
        return {
            **{name: data[name] for name in ("name", "plural", "key", "definition")},
            "translations": {
                code: {name: data[f"{name}_{code}"] for name, _word in WORDS} for code in TRANSLATED
            },
        }
