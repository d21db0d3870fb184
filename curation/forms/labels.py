"""A Label Studio file to take in, and who its annotators are here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from curation.forms.base import ShowsErrors
from curation.languages import in_words
from curation.models import Role, User
from curation.services.labels.uploaded import MOST_ANNOTATIONS, MOST_BYTES


class StudioFileForm(ShowsErrors):
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.fields["file"].help_text = _(
            "What Label Studio exports as JSON: at most %(mib)s MiB and %(annotations)s annotations."
        ) % {"mib": MOST_BYTES >> 20, "annotations": in_words(f"{MOST_ANNOTATIONS:,}")}


class AnnotatorsForm(forms.Form):
    """One choice for each annotator. Whom an address or a user name fits is chosen already."""

    def __init__(self, annotators: Mapping[str, int], data: Any = None) -> None:
        may = [role for role in Role if role.rank >= Role.CURATOR.rank]
        people = list(User.objects.filter(is_active=True, role__in=may).order_by("first_name", "username"))
        self._people = {user.username: user for user in people}
        self._called = {self.name(at): who for at, who in enumerate(annotators)}
        guesses = {name: self._guess(who) for name, who in self._called.items()}
        # Nothing chosen yet: as if the guesses had been.
        super().__init__(data if data and any(name in data for name in self._called) else guesses)
        choices = [("", _("Nobody: left out"))]
        choices += [
            (user.username, str(user) if str(user) == user.username else f"{user} ({user.username})")
            for user in people
        ]
        for name, who in self._called.items():
            count = annotators[who]
            self.fields[name] = forms.ChoiceField(
                choices=choices,
                required=False,
                label=who or _("without a name"),
                help_text=ngettext("%(n)s annotation", "%(n)s annotations", count)
                % {"n": in_words(f"{count:,}")},
            )

    @staticmethod
    def name(at: int) -> str:
        return f"annotator-{at}"

    def _guess(self, who: str) -> str:
        called = who.casefold()
        if not called:
            return ""
        fits = [
            user.username
            for user in self._people.values()
            if called in (user.username.casefold(), user.email.casefold())
        ]
        return fits[0] if len(fits) == 1 else ""

    @property
    def users(self) -> dict[str, User]:
        """Annotator -> user, of those who are somebody."""
        chosen = {who: self.cleaned_data.get(name, "") for name, who in self._called.items()}
        return {who: self._people[username] for who, username in chosen.items() if username}

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What was chosen, to be sent again."""
        return [(name, self.cleaned_data.get(name, "")) for name in self._called]
