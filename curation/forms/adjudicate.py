"""Filters of the set-aside page, and what is asked when a picture is sent back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.models import DataIssue, LabelClass, Source, User
from curation.selectors.adjudicate import DISPUTED, SINCE
from curation.selectors.classes import localized

WHY = [
    (DISPUTED, _("Votes disagree")),
    *DataIssue.Kind.choices,
    (SINCE, _("Flagged after its decision")),
]
ALL = {"label": _("Any class"), "source": _("Any source"), "reviewer": _("Any reviewer")}
DAYS = [
    ("", _("However long")),
    ("1", _("More than a day")),
    ("7", _("More than a week")),
    ("30", _("More than a month")),
]


class AsideFilter(forms.Form):
    """Which of the pictures set aside; it stands in the address, so that each count can be a link."""

    why = forms.ChoiceField(required=False, label=_("Why"), choices=[("", _("All")), *WHY])
    label = forms.ChoiceField(required=False, label=_("Somebody said"))
    source = forms.ChoiceField(required=False, label=_("Source"))
    reviewer = forms.ChoiceField(required=False, label=_("Reviewer"))
    days = forms.ChoiceField(required=False, label=_("Waits"), choices=DAYS)

    def __init__(
        self, data: Any, *, classes: Sequence[LabelClass], sources: Iterable[Source], people: Iterable[User]
    ) -> None:
        super().__init__(data, label_suffix="")
        self.rows: dict[str, dict[str, Any]] = {
            "label": {label.slug: label for label in classes},
            "source": {source.code: source for source in sources},
            "reviewer": {user.username: user for user in people},
        }
        self.names = {
            "label": {label.slug: localized(label).name for label in classes},
            "source": {source.code: source.name for source in self.rows["source"].values()},
            "reviewer": {user.username: str(user) for user in self.rows["reviewer"].values()},
        }
        for name, names in self.names.items():
            self._choose(name, list(names.items()))

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", ALL[name]), *choices]

    def beside(self) -> list[forms.BoundField]:
        """The filters beside the reasons."""
        return [self[name] for name in ("label", "source", "reviewer", "days")]

    def asked(self) -> dict[str, Any]:
        """What `curation.selectors.adjudicate.narrowed` takes, of the valid filters that are set."""
        chosen: dict[str, Any] = {}
        for name, value in self.chosen().items():
            chosen[name] = self.rows[name][value] if name in self.rows else value
        if "days" in chosen:
            chosen["days"] = int(chosen["days"])
        return chosen

    def chosen(self) -> dict[str, str]:
        """The valid filters that are set, as they stand in an address."""
        self.is_valid()
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    def query(self, **other: Any) -> str:
        """The address of the same filters with some of them, or what is shown, being otherwise."""
        return urlencode({name: value for name, value in (self.chosen() | other).items() if value})

    def count(self, counts: Mapping[str, Mapping[Any, int]]) -> None:
        """Tell with each choice how many pictures it would leave; a choice that leaves none goes."""
        chosen = self.chosen()
        for name, rows in self.rows.items():
            left = {value: counts[name].get(row.pk, 0) for value, row in rows.items()}
            kept = [
                (value, f"{self.names[name][value]} ({n})")
                for value, n in left.items()
                if n or chosen.get(name) == value
            ]
            self._choose(name, kept)

    def reasons(self, counts: Mapping[str, Mapping[Any, int]]) -> list[tuple[str, Any, int, str]]:
        """Value, words, number of pictures and address of each reason that there is, all of them first."""
        why, chosen = counts["why"], self.chosen().get("why", "")
        return [
            (value, words, why.get(value, 0), self.query(why=value))
            for value, words in [("", _("All")), *WHY]
            if not value or why.get(value) or chosen == value
        ]


class QuestionForm(forms.Form):
    """The question with which a picture goes back, and what it was when the question was asked."""

    question = forms.CharField(
        max_length=500,
        error_messages={
            "required": _("Sending a picture back needs a reason."),
            "max_length": _("At most 500 characters."),
        },
    )
    seen = forms.CharField(required=False, max_length=80)
