"""Forms about sources and the rules that lead records to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.models import Batch, Source
from curation.selectors.sources_table import SORTS, real_sources, source_groups
from curation.services.source_rules import FIELDS

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

KINDS = [choice for choice in Source.Kind.choices if choice[0] != Source.Kind.SYNTHETIC]
WORDS = {
    "dataset_key": _("Dataset key"),
    "institution_code": _("Institution"),
    "collection_code": _("Collection"),
}


class GroupedSources(forms.ModelChoiceField):
    """A choice among sources that stand for somebody, those with pictures first."""

    def __init__(self, *, empty: str | StrPromise, **options: Any) -> None:
        self.empty = empty
        super().__init__(real_sources(), empty_label=empty, **options)

    def group(self) -> None:
        """Put the choices into their groups, as they are now; call it when the form is made."""
        self.choices = [
            ("", self.empty),
            *(
                (name, [(source.pk, f"{source.code}, {source.name}") for source in sources])
                for name, sources in source_groups()
            ),
        ]


class SourceFilter(forms.Form):
    """What the table of sources shows; it lives in the address."""

    kind = forms.ChoiceField(choices=[("", _("Any")), *Source.Kind.choices], required=False)
    show = forms.ChoiceField(
        choices=[("", _("With pictures here")), ("all", _("All, also those without pictures"))],
        required=False,
    )
    sort = forms.ChoiceField(
        choices=[(sort, sort) for name in SORTS for sort in (name, f"-{name}")],
        required=False,
        widget=forms.HiddenInput,
    )

    def criteria(self) -> dict[str, Any]:
        """For `curation.selectors.sources_table.source_rows`."""
        data = self.cleaned_data
        return {"kind": data["kind"], "every": data["show"] == "all", "sort": data["sort"] or "code"}


class SourceForm(ShowsErrors):
    """A source; the code only where it is new, the kind only where it is not drawn by software."""

    code = forms.CharField(
        max_length=40,
        help_text=_("Short, as tables show it: MICH, BHL, K-EBC. Letters, digits, . _ + - only. It stays."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(max_length=200, help_text=_("As the institution writes itself."))
    kind = forms.ChoiceField(choices=KINDS)
    country = forms.CharField(
        max_length=2, required=False, help_text=_("Two letters (ISO 3166-1): GB."), label=_("Country")
    )
    index_herbariorum = forms.CharField(
        max_length=10,
        required=False,
        label=_("Index Herbariorum code"),
        help_text=_("Of a herbarium: 1 to 8 capital letters."),
    )
    grscicoll = forms.CharField(
        max_length=200,
        required=False,
        label=_("GRSciColl institution"),
        help_text=_("Its key, or the address of its page in the Global Registry of Scientific Collections."),
    )
    ror = forms.CharField(
        max_length=60,
        required=False,
        label=_("ROR"),
        help_text=_("Of the organisation that keeps the collection: nine characters, or the address."),
    )

    def __init__(self, *args: Any, source: Source | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if source:
            del self.fields["code"]
            if source.kind == Source.Kind.SYNTHETIC:
                del self.fields["kind"]
        next(iter(self.fields.values())).widget.attrs["autofocus"] = True


class SourceCode(forms.CharField):
    """A source by its code; capital letters count only where two codes differ by them."""

    default_error_messages = {
        "unknown": _("There is no source %(code)s. Choose one of the list, or add it first."),
        "required": _("Choose a source."),
    }

    def clean(self, value: Any) -> Any:
        code = super().clean(value)
        if not code:
            return None
        found = list(real_sources().filter(code__iexact=code))
        exact = [source for source in found if source.code == code] or found
        if len(exact) != 1:
            raise forms.ValidationError(self.error_messages["unknown"], "unknown", {"code": repr(code)})
        return exact[0]


class RuleForm(ShowsErrors):
    """A rule, written by hand or changed."""

    dataset_key = forms.CharField(
        max_length=100, required=False, help_text=_("Key of the dataset at GBIF. Empty: any.")
    )
    institution_code = forms.CharField(
        max_length=100, required=False, help_text=_("As the records write it (institutionCode). Empty: any.")
    )
    collection_code = forms.CharField(
        max_length=100, required=False, help_text=_("As the records write it (collectionCode). Empty: any.")
    )
    source = SourceCode(
        max_length=40,
        label=_("Comes from source"),
        widget=forms.TextInput(attrs={"list": "source-codes", "autocomplete": "off", "spellcheck": "false"}),
    )


class UnmappedForm(ShowsErrors):
    """One line of the unmapped list: the codes found, which of them the rule uses, and the source."""

    dataset_key = forms.CharField(max_length=100, required=False)
    institution_code = forms.CharField(max_length=100, required=False)
    collection_code = forms.CharField(max_length=100, required=False)
    use = forms.MultipleChoiceField(
        choices=list(WORDS.items()),
        required=False,
    )
    source = SourceCode(max_length=40)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "use" in data and not data["use"]:
            self.add_error("use", _("Tick at least one of the codes."))
        return data

    def rule(self) -> dict[str, Any]:
        """For `curation.services.sources.add_rule`: the codes that are not used are blank."""
        data = self.cleaned_data
        return {"source": data["source"]} | {
            name: data[name] if name in data["use"] else "" for name in FIELDS
        }


class BatchSourceForm(ShowsErrors):
    """One source for all records of a batch that carry no code."""

    batch = forms.ModelChoiceField(Batch.objects.all())
    source = SourceCode(max_length=40)
