"""The forms that make pictures out of others: corrupted ones, and parts cut out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.imaging.corruption import KINDS
from curation.imaging.detections import MAX_BYTES
from curation.models import Project
from curation.services.derive_corruptions import LARGEST_SEED
from curation.services.derive_crops import LARGEST_SIDE, SMALLEST_SIDE

MOST_AT_ONCE = 1_000_000
KIND_WORDS = {
    "overexposed": _("Over-exposed: saturation × 2–5, brightness × 2–8"),
    "blurred": _("Blurred: 16–48 px at a short side of 1,024"),
    "block": _("One opaque block across the picture"),
    "two-blocks": _("Two opaque blocks"),
    "recompressed": _("Compressed 2–16 times at quality 8–64"),
    "veiled": _("A translucent block"),
}


class CorruptionsForm(ShowsErrors):
    project = forms.ModelChoiceField(Project.objects.order_by("id"), empty_label=None)
    count = forms.IntegerField(
        min_value=1, max_value=MOST_AT_ONCE, initial=100, label=_("How many"),
        help_text=_("Each picture decided as ordinary gives one a kind of damage."),
    )  # fmt: skip
    seed = forms.IntegerField(
        min_value=0, max_value=LARGEST_SEED, initial=1,
        help_text=_("The same seed makes the same damage of the same pictures."),
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        choices=[(kind, KIND_WORDS[kind]) for kind in KINDS],
        initial=list(KINDS),
        label=_("Kinds of damage"),
        widget=forms.CheckboxSelectMultiple,
    )


class CropsForm(ShowsErrors):
    project = forms.ModelChoiceField(
        Project.objects.order_by("id"), empty_label=None, help_text=_("The crops wait for review there.")
    )
    file = forms.FileField(
        label=_("Detections"),
        help_text=_("JSON as LeafMachine2 writes it, or a plain list (see the documentation)."),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
    )
    parts = forms.CharField(
        required=False,
        max_length=400,
        help_text=_("Such as label, ruler. Left empty: all parts in the file."),
    )
    min_side = forms.IntegerField(
        min_value=SMALLEST_SIDE, max_value=LARGEST_SIDE, initial=64, label=_("Smallest side in pixels"),
        help_text=_("Smaller crops are left out and named in the report."),
    )  # fmt: skip

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("%(name)s has more than the %(max_bytes)s MiB that are read; split it.")
                % {"name": file.name, "max_bytes": MAX_BYTES >> 20}
            )
        return file
