"""What a person says about a delivery that was checked: its columns, its source, its licence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.forms.ingest import LICENCES
from curation.forms.sources import GroupedSources
from curation.models import Batch
from curation.selectors.forecast import FIELDS


class ColumnsForm(ShowsErrors):
    """Which column of a list holds what. Field names of the form are those of the records."""

    def __init__(
        self, *args: Any, headers: Sequence[str], columns: dict[str, str], focus: bool = False, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        choices = [("", _("no column")), *((header, header) for header in dict.fromkeys(headers))]
        for name, (words, term) in FIELDS.items():
            self.fields[name] = forms.ChoiceField(
                choices=choices, required=False, label=words, initial=columns.get(name, ""), help_text=term
            )
        if focus:
            self.fields["access_uri"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "access_uri" in data and not data["access_uri"]:
            self.add_error("access_uri", _("Choose the column that holds the addresses of the pictures."))
        chosen = [header for header in data.values() if header]
        for name, header in list(data.items()):
            if header and chosen.count(header) > 1:
                self.add_error(name, _("%(header)s is chosen for two fields.") % {"header": header})
        return data


class StatedForm(ShowsErrors):
    """What holds for every row that does not say it itself."""

    source = GroupedSources(
        required=False,
        empty=_("As the rows say"),
        help_text=_("Counts for all rows, whatever their codes say."),
    )
    licence = forms.ChoiceField(
        choices=[("", _("As the rows say")), *LICENCES],
        required=False,
        help_text=_("Counts for rows that state none of their own. State only what the source grants."),
    )

    def __init__(self, *args: Any, focus: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        source = self.fields["source"]
        assert isinstance(source, GroupedSources)
        source.group()
        if focus:
            self.fields["licence"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not (data.get("source") or data.get("licence")):
            raise forms.ValidationError(_("Choose a source, a licence, or both."))
        return data


class BatchFilter(forms.Form):
    """What the list of batches shows; it lives in the address. What makes no sense is passed over."""

    state = forms.ChoiceField(choices=[("", _("Any")), *Batch.State.choices], required=False)
    kind = forms.ChoiceField(choices=[("", _("Any")), *Batch.Kind.choices], required=False)

    def criteria(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in ("state", "kind")}
