"""The form that brings pictures in: to which project, from which source, under which licence.

An archive or list says source and licence itself, row by row; there both may stay empty.
"""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.forms.sources import GroupedSources
from curation.models import Project, Source
from curation.services.licences import ACCEPTED

LICENCES = [
    ("-".join(filter(None, key)), f"{key[0].replace('CC-', 'CC ', 1)} {key[1] or _('(version not stated)')}")
    for key in ACCEPTED
]


class BatchForm(ShowsErrors):
    """Either an existing source or the code, name and kind of a new one. table: it is an archive or list."""

    upload = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)
    project = forms.ModelChoiceField(
        Project.objects.order_by("id"), empty_label=None, help_text=_("The pictures wait for review there.")
    )
    source = GroupedSources(
        required=False,
        empty=_("A new source …"),
        help_text=_("The collection, library or database the pictures come from."),
    )
    source_code = forms.CharField(
        max_length=40,
        required=False,
        label=_("Code of the new source"),
        help_text=_("Short, as tables show it: MICH, BHL, K-EBC. Letters, digits, . _ + - only."),
    )
    source_name = forms.CharField(max_length=200, required=False, label=_("Name of the new source"))
    source_kind = forms.ChoiceField(
        choices=[choice for choice in Source.Kind.choices if choice[0] != Source.Kind.SYNTHETIC],
        required=False,
        label=_("Kind of the new source"),
    )
    licence = forms.ChoiceField(
        choices=[("", _("Choose …")), *LICENCES],
        required=False,
        help_text=_("As the source grants it. A version is kept only where the source states one."),
    )
    rights_holder = forms.CharField(
        max_length=300,
        required=False,
        help_text=_("Who is to be named with each picture (dcterms:rightsHolder)."),
    )

    def __init__(self, *args: Any, table: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.table = table
        source = self.fields["source"]
        assert isinstance(source, GroupedSources)
        source.group()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("licence") and not self.table and "licence" not in self.errors:
            self.add_error("licence", _("Choose the licence of the pictures: it is required for files."))
        if not data.get("source"):
            if not data.get("source_code"):
                if self.table:
                    return data
                self.add_error("source_code", _("Choose a source above, or give the new one a code."))
            elif Source.objects.filter(code=data["source_code"]).exists():
                self.add_error(
                    "source_code",
                    _("%(data)s is a source already: choose it above.") % {"data": data["source_code"]},
                )
        return data
