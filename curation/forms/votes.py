"""What the votes page and the set-aside page take in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.days import DAYS
from curation.models import LabelClass, User, Vote
from curation.selectors.votes_filter import ANYBODY, DIFFERS, REVIEWERS

ANY = ("", _("Any"))
YES_NO = [ANY, ("yes", _("Yes")), ("no", _("No"))]
# What tells of colleagues, of known answers or of what was kept from a reviewer is for leads.
FOR_LEADS = ["reviewer", "with", "other", "advice", "gold", "followed", "audit"]
FIRST = ["reviewer", "label", "kind", "standing"]


class VoteFilter(forms.Form):
    """Filters of the votes page; they stand in the address. `reviewers`: none for who sees only their own."""

    reviewer = forms.ChoiceField(required=False, label=_("Reviewer"))
    label = forms.ChoiceField(required=False, label=_("Class"))
    kind = forms.ChoiceField(required=False, label=_("Kind"), choices=[ANY, *Vote.Kind.choices])
    standing = forms.ChoiceField(
        required=False,
        label=_("Counts"),
        choices=[
            *(ANY, ("now", _("Counts now")), ("yes", _("Stands"))),
            ("no", _("Taken back")),
        ],
    )
    other = forms.ChoiceField(required=False, label=_("Somebody else said"))
    advice = forms.ChoiceField(required=False, label=_("Advice"))
    via = forms.ChoiceField(
        required=False,
        label=_("Cast"),
        choices=[ANY, (REVIEWERS, _("In review, any way")), *Vote.Via.choices],
    )
    blind = forms.ChoiceField(required=False, label=_("Without suggestion"), choices=YES_NO)
    audit = forms.ChoiceField(required=False, label=_("Drawn by lot"), choices=YES_NO)
    gold = forms.ChoiceField(
        required=False,
        label=_("Known answer"),
        choices=[*YES_NO, ("right", _("Yes, and right")), ("wrong", _("Yes, and wrong"))],
    )
    followed = forms.ChoiceField(
        required=False,
        label=_("Follows the model"),
        choices=[*YES_NO, ("any", _("There was a suggestion"))],
    )
    guideline = forms.IntegerField(
        required=False, label=_("Guideline version"), min_value=1, max_value=2**31 - 1
    )
    picture = forms.IntegerField(required=False, label=_("Picture"), min_value=1, max_value=2**63 - 1)
    # Figures lead here with these; they stand among the filters only where they are set.
    source = forms.CharField(required=False, label=_("Source"), max_length=40)
    batch = forms.IntegerField(required=False, label=_("Batch"), min_value=1, max_value=2**63 - 1)
    decided = forms.ChoiceField(
        required=False,
        label=_("Picture decided"),
        choices=[ANY, ("any", _("Yes")), ("same", _("Yes, as the vote says"))],
    )

    def __init__(
        self, data: Any, *, classes: Iterable[LabelClass], reviewers: Iterable[User], **kwargs: Any
    ) -> None:
        super().__init__(data, label_suffix="", **kwargs)
        # `with` and `from` are words of Python, so they cannot be written as attributes.
        self.fields["with"] = forms.ChoiceField(required=False, label=_("Also judged by"))
        for name, label in (("from", _("From")), ("to", _("To"))):
            day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            self.fields[name] = forms.DateField(
                required=False, label=label, widget=day, input_formats=["%Y-%m-%d"], validators=DAYS
            )
        slugs = [(label.slug, label.name) for label in classes]
        people = [(user.username, str(user)) for user in reviewers]
        self._choose("label", slugs)
        self._choose("other", [(ANYBODY, _("Anything")), (DIFFERS, _("Another class")), *slugs])
        self._choose("advice", slugs)
        self._choose("reviewer", people)
        self._choose("with", people)
        if not people:
            for name in FOR_LEADS:
                del self.fields[name]
            # What counts now would tell which pictures had a known answer.
            standing: Any = self.fields["standing"]
            standing.choices = [choice for choice in standing.choices if choice[0] != "now"]

    def first(self) -> list[forms.BoundField]:
        """The filters in view."""
        return [self[name] for name in FIRST if name in self.fields]

    def more(self) -> list[forms.BoundField]:
        """The filters one opens."""
        order = ["with", "other", "advice", "via", "blind", "followed", "audit", "gold"]
        led = [name for name in ("source", "batch", "decided") if self.data.get(name)]
        order += ["guideline", "from", "to", "picture", *led]
        return [self[name] for name in order if name in self.fields]

    def more_is_set(self) -> bool:
        """Whether any of them is set, or wrong."""
        chosen = self.chosen()
        return any(field.name in chosen or field.errors for field in self.more())

    def chosen(self) -> dict[str, str]:
        """The valid filters that are set."""
        self.is_valid()
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    def query(self) -> str:
        """The filters as they stand in an address, without the page."""
        return urlencode(self.chosen())

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [ANY, *choices]


class AdjudicationForm(forms.Form):
    """The class a lead curator settles on, and why."""

    label = forms.CharField(max_length=1, error_messages={"required": _("Choose a class.")})
    reason = forms.CharField(max_length=500, required=False)
