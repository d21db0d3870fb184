"""The form of a new project."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from curation.forms.base import ShowsErrors
from curation.languages import in_words
from curation.models import Project, ProjectKind
from curation.services.projects import TARGETS

SPLITS = (
    ("train", _("Wanted to train")),
    ("validate", _("Wanted to validate")),
    ("test", _("Wanted to test")),
)
_LARGEST = 10_000_000


class NewProjectForm(ShowsErrors):
    """What may stay empty has a usual value, which depends on the kind."""

    kind = forms.ChoiceField(
        choices=ProjectKind.choices,
        label=_("What is asked"),
        help_text=_("This stays. In a project on condition, regions can be marked and sheets screened."),
        widget=forms.RadioSelect,
    )
    title = forms.CharField(
        max_length=Project._meta.get_field("title").max_length,
        label=_("Title"),
        help_text=_("As in “Mercury on sheets”."),
    )
    key = forms.SlugField(
        max_length=60,
        required=False,
        label=_("Key"),
        help_text=_("For addresses and commands; it stays. Empty: made from the title."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    question = forms.CharField(
        max_length=Project._meta.get_field("question").max_length,
        required=False,
        label=_("Question"),
        help_text=_("What reviewers are asked, as in “Is this sheet clean?”"),
    )
    classes = forms.CharField(
        required=False,
        max_length=4000,
        label=_("Classes"),
        help_text=_(
            "One a line, with the letter that reviewers press if you like: “C: Clean”. For condition the "
            "first is the sound one, then comes each condition: stained, eaten by insects, mouldy. "
            "Empty: Clean and Contaminated; for what a picture shows, the 17 classes of Herbariograph."
        ),
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["title"].widget.attrs["autofocus"] = True
        shows, condition = TARGETS[ProjectKind.IDENTIFICATION], TARGETS[ProjectKind.CONDITION]
        for name, word in SPLITS:
            self.fields[name] = forms.IntegerField(
                required=False,
                min_value=0,
                max_value=_LARGEST,
                label=word,
                help_text=_("Pictures per class. Empty: %(shows)s, for condition %(condition)s.")
                % {"shows": in_words(f"{shows[name]:,}"), "condition": in_words(f"{condition[name]:,}")},
            )

    def own(self) -> list[Any]:
        return [self[name] for name in ("kind", "title", "question", "classes")]

    def more(self) -> list[Any]:
        """What has a usual value that mostly fits."""
        return [self["key"], *(self[name] for name, _word in SPLITS)]

    def more_is_wrong(self) -> bool:
        return any(field.errors for field in self.more())
