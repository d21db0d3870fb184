"""The form that exports a release; the filters of its members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.forms.days import DAYS
from curation.languages import in_words
from curation.models import Export, Role, User
from curation.selectors.progress import pictures
from curation.selectors.release_reports.leaks import LEAKING, SHARED
from curation.selectors.releases import BY_PERSON, FILTERS
from curation.services.exports.formats import FORMATS, SHARD_PICTURES
from curation.services.labels.write import FORMS

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
FORM_WORDS = {"tsv": "TSV", "csv": "CSV", "jsonl": "JSON Lines", "parquet": "Parquet"}
MOST_PREFIX = 500  # characters
MOST_SHARD = 1_000_000  # pictures


def format_choices() -> list[tuple[str, Any]]:
    """All formats that a release can be written in."""
    return [(name, FORMAT_WORDS.get(Export.Format(name), Export.Format(name).label)) for name in FORMATS]


class ExportForm(ShowsErrors):
    """Which format, which licences, that the licences have been seen, and what some formats can be told."""

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

    form = forms.ChoiceField(
        required=False,
        choices=[("", _("All of them")), *((form, FORM_WORDS.get(form, form)) for form in FORMS)],
        label=_("Form of the tables"),
        help_text=_("TSV and CSV open in spreadsheets, Parquet and JSON Lines in programs."),
    )
    images = forms.CharField(
        required=False,
        max_length=MOST_PREFIX,
        label=_("Where Label Studio finds the pictures"),
        help_text=_(
            "What stands before SHA-256.jpg in the address of each picture, such as "
            "/data/local-files/?d=flora/ for local files. Left empty: the address as published."
        ),
    )
    shard_pictures = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_SHARD,
        label=_("Pictures in one file"),
    )

    def __init__(self, counts: dict[str, int], data: Any = None) -> None:
        super().__init__(data, initial={"licences": list(counts)})
        self.counts = counts
        self.fields["shard_pictures"].help_text = _(
            "At most so many; then another file begins. Left empty: %(count)s."
        ) % {"count": in_words(f"{SHARD_PICTURES:,}")}
        licences = self.fields["licences"]
        assert isinstance(licences, forms.MultipleChoiceField)
        licences.choices = [(code, f"{code}, {pictures(n)}") for code, n in counts.items()]

    def clean(self) -> dict[str, Any]:
        """What another format could be told is not asked about, and may be anything."""
        chosen = FORMATS.get(self.cleaned_data.get("format", ""))
        for option in {option for each in FORMATS.values() for option in each.options}:
            if chosen and option not in chosen.options:
                self.errors.pop(option, None)
        return self.cleaned_data

    @property
    def chosen(self) -> list[str]:
        """The licences to keep; none named where all are."""
        chosen: list[str] = self.cleaned_data["licences"]
        return [] if set(chosen) == set(self.counts) else chosen

    @property
    def options(self) -> dict[str, Any]:
        """What the format can be told."""
        return {name: self.cleaned_data[name] for name in FORMATS[self.cleaned_data["format"]].options}

    @property
    def more(self) -> list[tuple[str, Any]]:
        """Format and field, of each thing that a format can be told."""
        return [(name, self[option]) for name, each in FORMATS.items() for option in each.options]


class MemberFilter(forms.Form):
    """Unknown values are an error that is shown, never a filter that is silently left out."""

    category = forms.ChoiceField(required=False, label=_("Class"))
    split = forms.ChoiceField(required=False)
    source = forms.ChoiceField(required=False)
    licence = forms.ChoiceField(required=False)
    judged = forms.ChoiceField(required=False)
    # The name of a leak group, or which of them; there are too many to choose from, so a link brings it.
    group = forms.RegexField(rf"^({SHARED}|{LEAKING}|[0-9a-f]{{64}})$", required=False)

    batch = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def __init__(self, choices: dict[str, list[tuple[str, str]]], data: Any) -> None:
        super().__init__(data)
        if not data.get("batch"):
            del self.fields["batch"]
        for name, values in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("Any")), *values]
        if not data.get("group"):
            del self.fields["group"]

    def asked(self) -> dict[str, str]:
        """What is asked for, as the address writes it."""
        return {name: value for name in FILTERS if (value := str(self.data.get(name, "")))}


class MemberPageFilter(MemberFilter):
    """With what figures of a reviewer lead here by: of themselves for curators, of everybody for leads."""

    reviewer = forms.ModelChoiceField(User.objects.none(), to_field_name="username", required=False)
    voted_from = forms.DateField(required=False, validators=DAYS, input_formats=["%Y-%m-%d"])
    voted_to = forms.DateField(required=False, validators=DAYS, input_formats=["%Y-%m-%d"])

    def __init__(self, choices: dict[str, list[tuple[str, str]]], data: Any, viewer: User) -> None:
        super().__init__(choices, data)
        if not data.get("reviewer") or not viewer.has_role(Role.CURATOR):
            for name in BY_PERSON:
                del self.fields[name]
            return
        labels = (_("Judged by"), _("From"), _("To"))
        for name, label in zip(BY_PERSON, labels, strict=True):
            self.fields[name].label = label
        people = User.objects.order_by("username")
        chosen: Any = self.fields["reviewer"]
        chosen.queryset = people if viewer.has_role(Role.LEAD) else people.filter(pk=viewer.pk)

    def asked(self) -> dict[str, str]:
        more = {name: str(self.data.get(name, "")) for name in BY_PERSON if name in self.fields}
        return super().asked() | {name: value for name, value in more.items() if value}
