"""The form that exports a release; the filters of its members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.models import Export
from curation.selectors.progress import pictures
from curation.selectors.release_reports.leaks import LEAKING, SHARED
from curation.selectors.releases import FILTERS
from curation.services.exports.formats import FORMATS

# What a format is for; one that is not here has the name of its model's choice.
FORMAT_WORDS = {
    Export.Format.DRYAD: _("Dryad archive: JPEGs with 192 pixels on the short side, for deposit"),
    Export.Format.TFRECORD: _("TFRecords: 96 × 96 JPEGs, for training"),
    Export.Format.CROISSANT: _("Croissant: the same JPEGs, described for machine learning tools"),
    Export.Format.IMAGEFOLDER: _(
        "Image folders: the same JPEGs by split and class, for Keras, PyTorch, Hugging Face and FiftyOne"
    ),
    Export.Format.DATACITE: _("DataCite metadata: what a repository asks about a deposit; no pictures"),
    Export.Format.DWCA_AUDUBON: _(
        "Darwin Core archives with Audubon Core: the labels back to each source; no pictures"
    ),
}


def format_choices() -> list[tuple[str, Any]]:
    """All formats that a release can be written in."""
    return [(name, FORMAT_WORDS.get(Export.Format(name), Export.Format(name).label)) for name in FORMATS]


class ExportForm(ShowsErrors):
    """Which format, which licences, and that the licences have been seen."""

    format = forms.ChoiceField(
        choices=format_choices,
        initial=Export.Format.DRYAD,
        widget=forms.RadioSelect,
    )
    licences = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one licence.")},
    )
    acknowledged = forms.BooleanField(
        required=False,
        label=_(
            "I know that Dryad takes CC0 only. Make the archive with these licences; its README says so."
        ),
    )

    def __init__(self, counts: dict[str, int], data: Any = None) -> None:
        super().__init__(data, initial={"licences": list(counts)})
        self.counts = counts
        licences = self.fields["licences"]
        assert isinstance(licences, forms.MultipleChoiceField)
        licences.choices = [(code, f"{code}, {pictures(n)}") for code, n in counts.items()]

    @property
    def chosen(self) -> list[str]:
        """The licences to keep; none named where all are."""
        chosen: list[str] = self.cleaned_data["licences"]
        return [] if set(chosen) == set(self.counts) else chosen


class MemberFilter(forms.Form):
    """Unknown values are an error that is shown, never a filter that is silently left out."""

    category = forms.ChoiceField(required=False, label=_("Class"))
    split = forms.ChoiceField(required=False)
    source = forms.ChoiceField(required=False)
    licence = forms.ChoiceField(required=False)
    judged = forms.ChoiceField(required=False)
    # The name of a leak group, or which of them; there are too many to choose from, so a link brings it.
    group = forms.RegexField(rf"^({SHARED}|{LEAKING}|[0-9a-f]{{64}})$", required=False)

    def __init__(self, choices: dict[str, list[tuple[str, str]]], data: Any) -> None:
        super().__init__(data)
        for name, values in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("Any")), *values]
        if not data.get("group"):
            del self.fields["group"]

    def asked(self) -> dict[str, str]:
        """What is asked for, as the address writes it."""
        return {name: value for name in FILTERS if (value := str(self.data.get(name, "")))}
