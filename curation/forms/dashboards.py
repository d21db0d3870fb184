"""The filters of the pages of figures; they live in the address."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from curation.forms.days import DAYS
from curation.models import Batch, LabelClass, MediaRecord, Project, Source
from curation.selectors.dashboards.scope import DAY, WEEK

MOST_YEARS = 20


def day() -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(required=False, widget=widget, input_formats=["%Y-%m-%d"], validators=DAYS)


class FiguresFilter(forms.Form):
    """Unknown values are an error that is shown. `without`: filters that the page itself stands for."""

    project = forms.ModelChoiceField(
        Project.objects.order_by("key"),
        to_field_name="key",
        required=False,
        empty_label=_("All"),
        label=_("Project"),
    )
    source = forms.ModelChoiceField(
        Source.objects.order_by("code"),
        to_field_name="code",
        required=False,
        empty_label=_("All"),
        label=_("Source"),
    )

    def __init__(self, data: Any, *, without: Collection[str] = (), project: Project | None = None) -> None:
        super().__init__(data, label_suffix="")
        # `class`, `from` and so on are words of Python, so they cannot be written as attributes.
        self.fields["class"] = forms.ModelChoiceField(
            LabelClass.objects.none(),
            to_field_name="slug",
            required=False,
            empty_label=_("All"),
            label=_("Class"),
        )
        self.fields["from"], self.fields["to"] = day(), day()
        self.fields["from"].label, self.fields["to"].label = _("From"), _("To")
        self.fields["by"] = forms.ChoiceField(
            choices=[("", _("As fits")), (DAY, _("By day")), (WEEK, _("By week"))],
            required=False,
            label=_("Time"),
        )
        for name in without:
            del self.fields[name]
        self._classes(project)

    def _classes(self, project: Project | None) -> None:
        """Of one project: two may call different classes the same."""
        if "class" not in self.fields:
            return
        if project is None and self.data.get("project"):
            project = Project.objects.filter(key=str(self.data["project"]).replace("\0", "")).first()
        if project is None and not self.data.get("class"):
            del self.fields["class"]
        elif project:
            choice = self.fields["class"]
            assert isinstance(choice, forms.ModelChoiceField)
            choice.queryset = LabelClass.objects.filter(project=project).order_by("index")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        since, until = found.get("from"), found.get("to")
        if since and until and since > until:
            self.add_error("to", _("The last day is before the first."))
        elif since and (until or timezone.localdate()) - since > timedelta(days=366 * MOST_YEARS):
            self.add_error("from", _("At most %(n)s years are counted at once.") % {"n": MOST_YEARS})
        return found

    def scoped(self) -> dict[str, Any]:
        """The valid values under the names of a Scope."""
        names = {"project": "project", "source": "source", "class": "label", "from": "since", "to": "until"}
        names["by"] = "step"
        found = self.cleaned_data
        return {ours: found[name] for name, ours in names.items() if found.get(name)}

    def query(self) -> str:
        """The filters as the address writes them."""
        return urlencode({name: value for name in self.fields if (value := str(self.data.get(name, "")))})


class RecordsFilter(forms.Form):
    """What the list of records shows."""

    state = forms.ChoiceField(
        choices=[("", _("Any")), *MediaRecord.State.choices], required=False, label=_("What became of it")
    )
    rule = forms.CharField(max_length=40, required=False, label=_("Rule"))
    source = forms.ModelChoiceField(
        Source.objects.order_by("code"),
        to_field_name="code",
        required=False,
        empty_label=_("All"),
        label=_("Source"),
    )
    project = forms.ModelChoiceField(
        Project.objects.order_by("key"),
        to_field_name="key",
        required=False,
        empty_label=_("All"),
        label=_("Project"),
    )
    batch = forms.ModelChoiceField(Batch.objects.all(), required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any) -> None:
        super().__init__(data, label_suffix="")
        self.fields["from"], self.fields["to"] = day(), day()
        self.fields["from"].label, self.fields["to"].label = _("From"), _("To")

    def scoped(self) -> dict[str, Any]:
        """The valid values under the names of a Scope."""
        names = {"project": "project", "source": "source", "batch": "batch", "from": "since", "to": "until"}
        return {ours: self.cleaned_data[name] for name, ours in names.items() if self.cleaned_data[name]}

    def query(self) -> str:
        return urlencode({name: value for name in self.fields if (value := str(self.data.get(name, "")))})
