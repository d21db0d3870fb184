"""Which decisions go back to review after the guidelines have changed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.models import LabelClass, Project, Source
from curation.services.guidelines_reopen import Choice


class SendBackForm(ShowsErrors):
    """Which decisions go back to review after a version was published."""

    labels = forms.ModelMultipleChoiceField(
        LabelClass.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Decided as"),
    )
    sources = forms.ModelMultipleChoiceField(
        Source.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        label=_("Only from these sources"),
        help_text=_("None chosen: from all."),
    )
    before = forms.IntegerField(min_value=1, max_value=2_000_000_000, label=_("Only decided before version"))
    share = forms.FloatField(
        min_value=0.01,
        max_value=100,
        label=_("Share of them at random, in %"),
        help_text=_("A tenth tells whether the rest is worth the work."),
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    single = forms.BooleanField(required=False, label=_("Only those that one vote decided"))
    reason = forms.CharField(
        max_length=400,
        label=_("Reason"),
        help_text=_("It stands in the history of each picture."),
    )
    last = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**62)

    def __init__(self, *args: Any, project: Project, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, rows in (
            ("labels", project.classes.order_by("index")),
            (
                "sources",
                Source.objects.filter(pk__in=project.candidates.values("source")).order_by("code"),
            ),
        ):
            chooser = self.fields[name]
            assert isinstance(chooser, forms.ModelMultipleChoiceField)
            chooser.queryset = rows

    def choice(self) -> Choice:
        data = self.cleaned_data
        return Choice(
            before=data["before"],
            labels=tuple(label.pk for label in data["labels"]),
            sources=tuple(source.pk for source in data["sources"]),
            share=data["share"] / 100,
            single=data["single"],
            last=data["last"],
        )
