"""What the votes page and the set-aside page take in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms

from curation.models import LabelClass, User, Vote


class VoteFilter(forms.Form):
    """Filters of the votes page; they stand in the address."""

    reviewer = forms.ChoiceField(required=False)
    label = forms.ChoiceField(required=False, label="Class")
    kind = forms.ChoiceField(required=False, choices=[("", "Any"), *Vote.Kind.choices])
    standing = forms.ChoiceField(
        required=False,
        label="Counts",
        choices=[("", "Any"), ("yes", "Stands"), ("no", "Taken back")],
    )

    def __init__(
        self, data: Any, *, classes: Iterable[LabelClass], reviewers: Iterable[User], **kwargs: Any
    ) -> None:
        super().__init__(data, label_suffix="", **kwargs)
        self._choose("label", [(label.slug, label.name) for label in classes])
        people = [(user.username, str(user)) for user in reviewers]
        if people:
            self._choose("reviewer", people)
        else:
            del self.fields["reviewer"]

    def chosen(self) -> dict[str, str]:
        """The valid filters that are set."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def query(self) -> str:
        """The filters as they stand in an address, without the page."""
        return urlencode(self.chosen())

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Any"), *choices]


class AdjudicationForm(forms.Form):
    """The class a lead curator settles on, and why."""

    label = forms.CharField(max_length=1, error_messages={"required": "Choose a class."})
    reason = forms.CharField(max_length=500, required=False)
