"""Forms about licence texts and policies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.licensing import parse
from curation.licensing.codes import CODES, versions_of
from curation.models import Licence, LicenceText, Project
from curation.selectors.licences import SHORT, verdict_of
from curation.services.licences import licence_row

NONE = ("none", _("no free licence"))
VERDICTS = [("accept", _("Accept")), ("review", _("Review")), ("refuse", _("Refuse"))]


def suggestions() -> list[str]:
    """What the field offers to complete: every licence, its newest version first, and none."""
    found = ["none"]
    for code in CODES:
        found += [f"{SHORT[code]} {version}" for version in reversed(versions_of(code))] + [SHORT[code]]
    return found


class MeaningField(forms.CharField):
    """A licence as a person writes it ("CC BY-NC 4.0", "by-nc 3.0"), or "none".

    Cleans to (code, version), or to None.
    """

    default_error_messages = {
        "unknown": _("%(value)s is no licence that is known here. Write it like CC BY-NC 4.0, or none."),
        "required": _("Write a licence like CC BY-NC 4.0, or none."),
    }

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text.casefold() in NONE:
            return None
        reading = parse(text)
        if reading.meaning != "licence":
            raise forms.ValidationError(self.error_messages["unknown"], "unknown", {"value": repr(text)})
        return reading.code, reading.version


class SettleForm(ShowsErrors):
    """What one text means; `do` = none is the button for no free licence."""

    text = forms.ModelChoiceField(LicenceText.objects.all(), widget=forms.HiddenInput)
    licence = MeaningField(max_length=100, label=_("It means"))
    reason = forms.CharField(
        max_length=300, required=False, label=_("Why"), help_text=_("For whoever asks later.")
    )

    def __init__(self, data: Any = None, *args: Any, **options: Any) -> None:
        if data is not None and data.get("do") == "none":
            data = data.copy()
            data["licence"] = NONE[0]
        super().__init__(data, *args, **options)

    def meant(self) -> Licence | None:
        """The licence's row; None for no free licence. Raises Refused where there is no such version."""
        key = self.cleaned_data["licence"]
        return licence_row(*key) if key else None


class TextFilter(forms.Form):
    """Which of all texts are shown; it lives in the address."""

    q = forms.CharField(max_length=200, required=False, label=_("Text holds"))
    meaning = forms.ChoiceField(choices=[("", _("Any")), *LicenceText.Meaning.choices], required=False)
    code = forms.ChoiceField(choices=[("", _("Any")), *SHORT.items()], required=False, label=_("Licence"))

    def criteria(self) -> dict[str, str]:
        """For `curation.selectors.licences.texts`."""
        data = self.cleaned_data
        return {"search": data["q"], "meaning": data["meaning"], "code": data["code"]}


class PolicyForm(ShowsErrors):
    """Accept, review or refuse, for each licence; the fields are named by the codes."""

    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, project: Project) -> None:
        super().__init__(data)
        for code in CODES:
            self.fields[code] = forms.ChoiceField(choices=VERDICTS, initial=verdict_of(project, code))

    def codes(self, verdict: str) -> list[str]:
        return [code for code in CODES if self.cleaned_data[code] == verdict]
