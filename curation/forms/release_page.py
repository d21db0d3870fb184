"""The form of a release's public page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.models import ReleasePage


class ReleasePageForm(ShowsErrors):
    """Everything may stay empty: the page then says what the release itself says."""

    title = forms.CharField(
        required=False,
        label=_("Title"),
        help_text=_("As a citation gives it. Empty: the project's title and the release's name."),
    )
    summary = forms.CharField(
        required=False,
        label=_("Summary"),
        help_text=_("What this is and what it is for. Plain text; an empty line begins a paragraph."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    creators = forms.CharField(
        required=False,
        label=_("Creators"),
        help_text=_(
            "One name a line, in order, as a citation gives it. Empty: the citation begins with the title."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    publisher = forms.CharField(
        required=False,
        label=_("Publisher"),
        help_text=_("The repository or institution that publishes it."),
    )
    doi = forms.CharField(
        required=False,
        label="DOI",
        help_text=_("For example 10.5061/dryad.abc, once there is one."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, *, page: ReleasePage) -> None:
        initial = {name: getattr(page, name) for name in ("title", "summary", "publisher", "doi")}
        super().__init__(data, initial=initial | {"creators": "\n".join(page.creators)})

    def arguments(self) -> dict[str, Any]:
        """For `curation.services.release_page.save_page`."""
        data = self.cleaned_data
        return {**data, "creators": data["creators"].splitlines()}
