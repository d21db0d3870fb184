"""The lists behind figures of several projects, pictures and votes. Their filters live in the address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.from_figures import FromFigures, hidden_day
from curation.models import Batch, Candidate, Licence, Project, Source, User
from curation.selectors.pictures import SET_ASIDE, UNPREDICTED


def _one_of(rows: Any, name: str, label: Any, **more: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        rows, to_field_name=name, required=False, empty_label=_("Any"), label=label, **more
    )


class RowsFilter(forms.Form):
    """What both lists are narrowed by. Unknown values are an error that is shown."""

    project = _one_of(Project.objects.order_by("key"), "key", _("Project"))
    source = _one_of(Source.objects.order_by("code"), "code", _("Source"))
    batch = forms.ModelChoiceField(
        Batch.objects.all(), required=False, label=_("of batch"), widget=forms.HiddenInput
    )
    reviewer = _one_of(User.objects.all(), "username", _("judged by"), widget=forms.HiddenInput)

    def __init__(self, data: Any) -> None:
        super().__init__(data, label_suffix="")

    def criteria(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    def beside(self) -> list[tuple[str, str]]:
        """What narrows the list beside the filters in view: what it is about, and the value in words."""
        found = []
        for field in self.hidden_fields():
            if value := self.cleaned_data.get(field.name):
                choices = dict(getattr(field.field, "choices", [])) if isinstance(value, str) else {}
                found.append((str(field.label), str(choices.get(value, value))))
        return found

    def query(self) -> str:
        return urlencode({name: value for name in self.fields if (value := str(self.data.get(name, "")))})


class PicturesFilter(RowsFilter, FromFigures):
    state = forms.ChoiceField(
        choices=[("", _("Any")), *Candidate.State.choices, (SET_ASIDE, _("Flagged or disputed"))],
        required=False,
        label=_("State"),
    )
    licence = forms.ChoiceField(required=False, label=_("Licence"))
    predicted = forms.ChoiceField(
        choices=[("", ""), (UNPREDICTED, _("not predicted"))],
        required=False,
        label=_("by a model"),
        widget=forms.HiddenInput,
    )
    field_order = ("project", "source", "batch", "reviewer", "state", "licence", "predicted")

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.licences = {str(licence): licence for licence in Licence.objects.all()}
        licence = self.fields["licence"]
        assert isinstance(licence, forms.ChoiceField)
        licence.choices = [("", _("Any")), *((code, row.short) for code, row in self.licences.items())]

    def criteria(self) -> dict[str, Any]:
        found = super().criteria()
        if code := found.get("licence"):
            found["licence"] = self.licences[code]
        return found


class VotesFilter(RowsFilter):
    """Of votes for a class."""

    standing = forms.ChoiceField(
        choices=[("", _("Any")), ("yes", _("Stands")), ("no", _("Taken back"))],
        required=False,
        label=_("Counts"),
    )
    decided = forms.ChoiceField(
        choices=[("", _("Any")), ("any", _("Yes")), ("same", _("Yes, as the vote says"))],
        required=False,
        label=_("Picture decided"),
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        # `from` is a word of Python, so it cannot be written as an attribute.
        self.fields["from"], self.fields["to"] = hidden_day(_("from")), hidden_day(_("until"))
