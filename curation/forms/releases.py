"""The forms that freeze a release and export one; the filters of its members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.errors import Refused
from curation.forms.base import ShowsErrors
from curation.models import Export, Project, Release
from curation.selectors.progress import pictures
from curation.selectors.releases import FILTERS
from curation.services.balance import Sizes
from curation.services.freeze import LARGEST_SEED, check_name, check_numbers

MOST = 10_000_000


class FreezeForm(ShowsErrors):
    """How many pictures of each class, and how they are chosen."""

    train = forms.IntegerField(min_value=0, max_value=MOST, label=_("To train"))
    test = forms.IntegerField(min_value=0, max_value=MOST, label=_("To test"))
    validate = forms.IntegerField(min_value=0, max_value=MOST, label=_("To validate"))
    seed = forms.IntegerField(
        min_value=0,
        max_value=LARGEST_SEED,
        initial=1,
        help_text=_("All chance follows from it: the same pictures and seed give the same release."),
    )
    balance = forms.ChoiceField(
        choices=[
            (Release.Balance.RANDOM, _("At random among all pictures of a class")),
            (Release.Balance.EVEN_SOURCES, _("The same number from each source, as far as it can give")),
        ],
        initial=Release.Balance.RANDOM,
        widget=forms.RadioSelect,
        label=_("Which pictures"),
    )
    largest = forms.BooleanField(
        required=False,
        label=_("If a class has too few, freeze the largest balanced size in the same proportions"),
    )
    name = forms.CharField(
        max_length=80,
        required=False,
        help_text=_("Letters, digits, - and _ only. Left empty, it is made from project, size and seed."),
    )

    def __init__(self, project: Project, data: Any = None) -> None:
        initial = {"train": project.train, "test": project.test, "validate": project.validate}
        super().__init__(data, initial=initial)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name:
            try:
                check_name(name)
            except Refused as error:
                raise forms.ValidationError(error.message) from error
        return name

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                check_numbers(self.sizes, data["seed"], data["balance"])
            except Refused as error:
                raise forms.ValidationError(error.message) from error
        return data

    @property
    def sizes(self) -> Sizes:
        data = self.cleaned_data
        return Sizes(data["train"], data["test"], data["validate"])


class ExportForm(ShowsErrors):
    """Which format, which licences, and that the licences have been seen."""

    format = forms.ChoiceField(
        choices=[
            (Export.Format.DRYAD, _("Dryad archive: JPEGs with 192 pixels on the short side, for deposit")),
            (Export.Format.TFRECORD, _("TFRecords: 96 × 96 JPEGs, for training")),
        ],
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

    def __init__(self, choices: dict[str, list[tuple[str, str]]], data: Any) -> None:
        super().__init__(data)
        for name in FILTERS:
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("Any")), *choices[name]]

    def asked(self) -> dict[str, str]:
        """What is asked for, as the address writes it."""
        return {name: value for name in FILTERS if (value := str(self.data.get(name, "")))}
