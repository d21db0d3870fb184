"""What people choose and rule on the pages of duplicates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from curation.models import Project, Source
from curation.selectors.duplicates import NEAR, OPEN, SETTLED, SPECIMEN

_NAME = r"[0-9a-f]{64}"
RULINGS = ("keep", "split", "each", "represent", "release", "join", "undo")


class GroupFilter(forms.Form):
    """The filter of the page of all groups, in its address."""

    settled = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[
            ("", _("All, unsettled first")),
            (OPEN, _("Not settled yet")),
            (SETTLED, _("Settled by a person")),
        ],
    )
    kind = forms.ChoiceField(
        label=_("Because of"),
        required=False,
        choices=[("", _("Anything")), (NEAR, _("Near-duplicates")), (SPECIMEN, _("Same specimen only"))],
    )
    project = forms.ModelChoiceField(
        Project.objects.order_by("title"), to_field_name="key", required=False, empty_label=_("All projects")
    )
    source = forms.ModelChoiceField(
        Source.objects.order_by("code"), to_field_name="code", required=False, empty_label=_("All sources")
    )


class RulingForm(forms.Form):
    """One ruling. Groups to join come as `join` = name:token, each one group."""

    do = forms.ChoiceField(choices=[(name, name) for name in RULINGS])
    group = forms.RegexField(f"^{_NAME}$", required=False)
    seen = forms.RegexField(r"^[0-9a-f]{16}$", required=False)
    entry = forms.IntegerField(required=False, min_value=1)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        many = self.data if isinstance(self.data, QueryDict) else QueryDict()
        picked = many.getlist("image")
        if not all(value.isascii() and value.isdigit() and len(value) < 19 for value in picked):
            raise forms.ValidationError(_("image: whole numbers are expected."))
        data["images"] = [int(value) for value in picked]
        pairs = [value.partition(":") for value in many.getlist("join")]
        data["join"] = [(forms.RegexField(f"^{_NAME}$").clean(name), seen) for name, _, seen in pairs]
        if data.get("do") not in ("join", "undo", None) and not data.get("group"):
            raise forms.ValidationError(_("group: which group is ruled on?"))
        return data
