"""The filters of the candidates page; they live in the address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from curation.forms.from_figures import FromFigures
from curation.models import (
    Batch,
    Candidate,
    LabelClass,
    Licence,
    Project,
    Role,
    Source,
    Tag,
    User,
)
from curation.selectors.pictures import CLAIMED, SET_ASIDE, UNPREDICTED
from curation.selectors.tags import tags


class CandidateFilter(FromFigures):
    """Unknown values are an error that is shown, never a filter that is silently left out."""

    state = forms.ChoiceField(
        choices=[
            ("", _("Any")),
            *Candidate.State.choices,
            (SET_ASIDE, _("Flagged or disputed")),
            (CLAIMED, _("Open, on somebody's screen")),
        ],
        required=False,
    )
    label = forms.ModelChoiceField(
        LabelClass.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=_("Any"),
        label=_("Class"),
    )
    predicted = forms.ChoiceField(required=False, label=_("Predicted"))
    source = forms.ModelChoiceField(
        Source.objects.none(), to_field_name="code", required=False, empty_label=_("Any")
    )
    licence = forms.ChoiceField(required=False)
    reviewer = forms.ModelChoiceField(
        User.objects.none(), to_field_name="username", required=False, empty_label=_("Anybody")
    )
    tag = forms.ModelChoiceField(
        Tag.objects.none(), to_field_name="name", required=False, empty_label=_("Any")
    )
    batch = forms.ModelChoiceField(Batch.objects.all(), required=False, widget=forms.HiddenInput)
    # Those of figures come behind, as they are not offered.
    field_order = ("state", "label", "predicted", "source", "licence", "reviewer", "tag", "batch")

    def __init__(self, project: Project, data: Any, *, viewer: User) -> None:
        super().__init__(data)
        classes = list(project.classes.order_by("index"))
        for name, words in (("as", _("decided as or taken for")), ("said", _("taken by it for"))):
            self.fields[name] = forms.ModelChoiceField(
                project.classes.order_by("index"),
                to_field_name="slug",
                required=False,
                label=words,
                widget=forms.HiddenInput,
            )
        self.classes = {label.slug: label for label in classes}
        self.licences = {str(licence): licence for licence in Licence.objects.all()}
        self._choices("label", project.classes.order_by("index"))
        self._choices("tag", tags(project))
        self._choices("source", Source.objects.filter(images__candidates__project=project).distinct())
        predicted = self.fields["predicted"]
        assert isinstance(predicted, forms.ChoiceField)
        predicted.choices = [
            ("", _("Any")),
            *((label.slug, label.name) for label in classes),
            (UNPREDICTED, _("Not predicted")),
        ]
        licence = self.fields["licence"]
        assert isinstance(licence, forms.ChoiceField)
        licence.choices = [("", _("Any")), *((code, row.short) for code, row in self.licences.items())]
        voters = User.objects.filter(votes__candidate__project=project).distinct().order_by("username")
        if not viewer.has_role(Role.LEAD):
            voters = voters.filter(pk=viewer.pk)  # colleagues' votes are the lead curator's business
        if viewer.has_role(Role.CURATOR):
            self._choices("reviewer", voters)
        else:
            del self.fields["reviewer"]

    def _choices(self, name: str, rows: QuerySet[Any]) -> None:
        choice = self.fields[name]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = rows

    def criteria(self) -> dict[str, Any]:
        """The valid values as rows, for `curation.selectors.pictures.candidates`."""
        found = dict(self.cleaned_data)
        if found["predicted"] != UNPREDICTED:
            found["predicted"] = self.classes.get(found["predicted"])
        found["licence"] = self.licences.get(found["licence"])
        return found

    def beside(self) -> list[tuple[str, str]]:
        """What narrows the list beside the filters in view: what it is about, and the value in words."""
        found = []
        for name, field in self.fields.items():
            if not field.widget.is_hidden or name == "batch":
                continue
            if value := self.cleaned_data.get(name):
                choices = dict(getattr(field, "choices", [])) if isinstance(value, str) else {}
                found.append((str(field.label), str(choices.get(value, value))))
        return found

    def asked(self) -> dict[str, str]:
        """What is asked for, as the address writes it."""
        return {name: value for name in self.fields if (value := str(self.data.get(name, "")))}
