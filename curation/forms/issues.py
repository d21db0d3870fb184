"""What the pages of issues and the talk about a picture take in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.models import Comment, DataIssue, LabelClass, Source, User
from curation.selectors.issues import CLOSED, OPEN
from curation.services.issue_outcomes import NOTHING, REVIEW, SETTLE
from curation.services.issues import LONGEST

ANY = ("", _("Any"))
STATES = [(OPEN, _("Open")), (CLOSED, _("Closed"))]
FOR_LEADS = ["label", "by", "mine"]


class IssueFilter(forms.Form):
    """Filters of the issues; they stand in the address. sees_all: not only their own."""

    label = forms.ChoiceField(required=False, label=_("Class or suggestion"))
    source = forms.ChoiceField(required=False, label=_("Source"))
    by = forms.ChoiceField(required=False, label=_("Opened by"))
    kind = forms.ChoiceField(required=False, choices=[ANY, *DataIssue.Kind.choices], widget=forms.HiddenInput)
    state = forms.ChoiceField(required=False, choices=[ANY, *STATES], widget=forms.HiddenInput)
    mine = forms.ChoiceField(required=False, choices=[ANY, ("yes", _("Yes"))], widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any,
        *,
        user: User,
        sees_all: bool,
        sources: Iterable[Source],
        classes: Iterable[LabelClass] = (),
        openers: Iterable[User] = (),
    ) -> None:
        super().__init__(data, label_suffix="")
        self.user = user
        self._choose("label", [(label.slug, label.name) for label in classes])
        self._choose("source", [(source.code, source.name) for source in sources])
        self._choose("by", [(each.username, str(each)) for each in openers])
        if not sees_all:
            for name in FOR_LEADS:
                del self.fields[name]

    def asked(self) -> dict[str, str]:
        """The valid filters that are set, as they stand in the address."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def criteria(self) -> dict[str, str]:
        """For the selector: open ones where no state is asked for."""
        asked = {"state": OPEN} | self.asked()
        return asked | {"by": self.user.username} if asked.pop("mine", "") else asked

    def query(self, **change: str) -> str:
        """The filters as an address, some of them changed; "" takes one away."""
        return urlencode({name: value for name, value in (self.asked() | change).items() if value})

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [ANY, *choices]


class CloseForm(ShowsErrors):
    """What came of an issue, and what is done with its picture."""

    resolution = forms.CharField(
        max_length=LONGEST,
        label=_("What came of it"),
        help_text=_("Sent back, its reviewers read this with the picture."),
        error_messages={"required": _("Say what came of it.")},
    )
    then = forms.ChoiceField(required=False, choices=[(value, value) for value in (NOTHING, REVIEW, SETTLE)])
    label = forms.CharField(required=False, max_length=1)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("then") == SETTLE and not found.get("label"):
            self.add_error("label", _("Choose the class it is settled as."))
        return found


class OpenForm(ShowsErrors):
    """What is wrong with a picture or its record."""

    kind = forms.ChoiceField(choices=DataIssue.Kind.choices, label=_("What is wrong"))
    text = forms.CharField(
        max_length=LONGEST,
        label=_("What should the lead curator look at?"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class CommentForm(ShowsErrors):
    """A remark about a picture."""

    text = forms.CharField(
        max_length=Comment._meta.get_field("text").max_length,
        label=_("Your remark or question"),
        error_messages={"required": _("Write something first.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
