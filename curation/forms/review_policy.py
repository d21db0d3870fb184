"""The policy of a project. Shares are typed in percent and kept as parts of one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.models import Adjudicators, Membership, Order, Project, Role, User


class Percent(forms.FloatField):
    """0 to 100 on the page, 0 to 1 behind it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            min_value=0, max_value=100, widget=forms.NumberInput(attrs={"step": "any"}), **options
        )

    def prepare_value(self, value: Any) -> Any:
        return f"{value * 100:.6g}" if isinstance(value, float) else value

    def clean(self, value: Any) -> Any:
        given = super().clean(value)
        return None if given is None else round(given / 100, 8)


class PolicyForm(ShowsErrors):
    """Only what this person changed is sent on (`changes`): beside it, somebody else may change the rest."""

    votes_needed = forms.IntegerField(
        min_value=1,
        max_value=5,
        label=_("Votes needed"),
        help_text=_(
            "So many people judge a picture; more than half of them must agree, else a lead settles it."
        ),
    )
    double_share = Percent(
        label=_("Judged twice, in %"),
        help_text=_("Part of the pictures that get a second vote where one is enough for the others."),
    )
    blind_second = forms.BooleanField(
        required=False,
        label=_("Second votes are blind"),
        help_text=_("Whoever votes second sees no suggestion, so that agreement is their own."),
    )
    audit_share = Percent(
        label=_("Audited, in %"),
        help_text=_(
            "Drawn by lot, kept out of grid and orders and judged blind; the accuracy is measured on them."
        ),
    )
    gold_share = Percent(
        label=_("Known answers, in %"),
        help_text=_("Part of what reviewers meet that is drawn from pictures with a known answer."),
    )
    gold_feedback = forms.BooleanField(
        required=False,
        label=_("Known answers are told"),
        help_text=_("After their vote reviewers read the known answer and why."),
    )
    order = forms.ChoiceField(
        choices=Order.choices,
        label=_("Order"),
        help_text=_("What comes first, for all who chose no order of their own."),
    )
    grid_confidence = Percent(
        label=_("Surest for the grid, in %"),
        help_text=_("Less confident suggestions are never confirmed by the page."),
    )
    adjudicators = forms.ChoiceField(
        choices=Adjudicators.choices,
        label=_("Who settles"),
        help_text=_("Disputed and flagged pictures wait for these people."),
    )
    named = forms.ModelMultipleChoiceField(
        User.objects.none(),
        required=False,
        label=_("People named for it"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Counts where the people named for it settle."),
    )

    def __init__(self, data: Any = None, *, project: Project) -> None:
        there = Membership.objects.filter(project=project, adjudicates=True).values_list("user_id", flat=True)
        initial = {name: getattr(project, name) for name in self.base_fields if name != "named"}
        super().__init__(data, initial=initial | {"named": list(there)})
        named = self.fields["named"]
        assert isinstance(named, forms.ModelMultipleChoiceField)
        able = Q(is_active=True) & ~Q(role=Role.READER)
        named.queryset = User.objects.filter(able | Q(pk__in=list(there))).order_by("first_name", "username")
        for field in self.fields.values():
            # What the page showed goes along, so that only what this person changed is written.
            field.show_hidden_initial = True

    def changes(self) -> dict[str, Any]:
        """For `curation.services.review_policy.change_policy`."""
        found = {name: self.cleaned_data[name] for name in self.changed_data if name != "named"}
        if "named" in self.changed_data:
            found["named"] = [one.pk for one in self.cleaned_data["named"]]
        return found
