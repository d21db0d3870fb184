"""What a release is to be, read from an address: the form of the page that freezes one."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from curation.errors import Refused
from curation.forms.base import ShowsErrors
from curation.models import Release
from curation.selectors.supply_preview import Choice, Stock, Use
from curation.services.balance import Sizes, parse_ratio, proportioned
from curation.services.freeze_options import LARGEST_SEED, check_name, check_numbers

MOST = 10_000_000
PER_SPLIT, PER_CLASS = ("train", "test", "validate"), ("per_class", "ratio")
DRYAD = "CC0"  # the one licence code that Dryad takes


def write_ratio(sizes: Sizes) -> str:
    """In the smallest whole numbers: 10:1:1, or 4:1 where nothing is validated."""
    least = math.gcd(*sizes) or 1
    return ":".join(str(part // least) for part in (sizes if sizes.validate else sizes[:2]))


class FreezeForm(ShowsErrors):
    """Every value has a default, so that an address need name only what differs from it (`query`).

    The target is given either for each split or for a class with a ratio (`by`); the other one follows, and
    is set in the data once the form is valid. A source is used as `use-CODE` says (see Use).
    """

    by = forms.ChoiceField(
        choices=[
            ("split", gettext_lazy("A number for each split")),
            ("class", gettext_lazy("A number for each class, and a ratio")),
        ]
    )
    train = forms.IntegerField(min_value=0, max_value=MOST, label=gettext_lazy("To train"))
    test = forms.IntegerField(min_value=0, max_value=MOST, label=gettext_lazy("To test"))
    validate = forms.IntegerField(min_value=0, max_value=MOST, label=gettext_lazy("To validate"))
    per_class = forms.IntegerField(min_value=1, max_value=3 * MOST, label=gettext_lazy("Per class"))
    ratio = forms.CharField(max_length=40, label=gettext_lazy("Train : test : validate"))
    balance = forms.ChoiceField(
        choices=[
            (
                Release.Balance.RANDOM,
                gettext_lazy("At random: every picture of a class is as likely as any other."),
            ),
            (
                Release.Balance.EVEN_SOURCES,
                gettext_lazy("Even over sources: each gives the same number; what it lacks the others give."),
            ),
        ],
        widget=forms.RadioSelect,
        label=gettext_lazy("Which pictures"),
    )
    licence = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label=gettext_lazy("Licences")
    )
    largest = forms.BooleanField(
        required=False,
        label=gettext_lazy(
            "If a class has too few, freeze the largest balanced size in the same proportions"
        ),
    )
    each = forms.BooleanField(
        required=False,
        label=gettext_lazy(
            "Leave one source out: a release for each source that is in, which is its test set"
        ),
    )
    seed = forms.IntegerField(
        min_value=0,
        max_value=LARGEST_SEED,
        label=gettext_lazy("Seed"),
        help_text=gettext_lazy(
            "All chance follows from it: the same pictures and seed give the same release."
        ),
    )
    name = forms.CharField(
        max_length=80,
        required=False,
        label=gettext_lazy("Name"),
        help_text=gettext_lazy(
            "Letters, digits, - and _ only. Left empty, it is made from project, size and seed."
        ),
    )

    def __init__(self, stock: Stock, asked: QueryDict) -> None:
        self.stock = stock
        # Those with something decided; where all of them are chosen, it is whatever the project accepts.
        self.licences = {row.identifier: row for row in stock.accepted.values() if stock.per_licence[row.pk]}
        self.sizes = Sizes(0, 0, 0)  # known once the form is valid
        # A whole form was sent, not an address that says a part of it: boxes not ticked are then not meant.
        self.whole = "form" in asked
        self.said = self._with_defaults(asked)
        super().__init__(self.said)
        choices = self.fields["licence"]
        assert isinstance(choices, forms.MultipleChoiceField)
        choices.choices = [(identifier, row.short) for identifier, row in self.licences.items()]
        self.follows = PER_SPLIT if self.said.get("by") == "class" else PER_CLASS
        for name in self.follows:
            self.fields[name].required = False
            self.said.pop(name, None)
        self.uses = self._read_uses()

    def _with_defaults(self, asked: QueryDict) -> QueryDict:
        project, data = self.stock.project, asked.copy()
        defaults = {
            "by": "split",
            "train": project.train,
            "test": project.test,
            "validate": project.validate,
            "per_class": project.target,
            "ratio": write_ratio(Sizes(project.train, project.test, project.validate)),
            "balance": Release.Balance.RANDOM.value,
            "seed": 1,
        }
        for name, value in defaults.items():
            data.setdefault(name, str(value))
        if data.get("only") == DRYAD:
            data.setlist("licence", [key for key, row in self.licences.items() if row.code == DRYAD])
        elif "licence" not in data and not self.whole:
            data.setlist("licence", list(self.licences))
        return data

    def _read_uses(self) -> dict[str, str]:
        """Source code -> Use, only of those that are not simply in it."""
        every = self.said.get("all")
        if every in Use.values:
            given = {row.code: every for row in self.stock.sources}
        else:
            given = {
                key.removeprefix("use-"): str(self.said[key]) for key in self.said if key.startswith("use-")
            }
        return {code: use for code, use in given.items() if use != Use.IN}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name:
            try:
                check_name(name)
            except Refused as error:
                raise forms.ValidationError(error.message) from error
        return name

    def clean_ratio(self) -> str:
        text: str = self.cleaned_data["ratio"]
        if text:
            try:
                parse_ratio(text)
            except Refused as error:
                raise forms.ValidationError(error.message) from error
        return text

    def clean_licence(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["licence"]
        if not chosen and self.licences:
            raise forms.ValidationError(_("Choose at least one licence."))
        return chosen

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        known = {row.code for row in self.stock.sources}
        for code, use in self.uses.items():
            if code not in known:
                self.add_error(None, _("Source %(code)s has no pictures in this project.") % {"code": code})
            elif use not in Use.values:
                self.add_error(
                    None,
                    _("Source %(code)s: %(use)s is none of %(values)s.")
                    % {"code": code, "use": use, "values": ", ".join(Use.values)},
                )
        if known and known <= {code for code, use in self.uses.items() if use != Use.IN}:
            self.add_error(None, _("Leave at least one source in."))
        if data.get("each") and Use.TEST in self.uses.values():
            codes = ", ".join(sorted(code for code, use in self.uses.items() if use == Use.TEST))
            self.add_error(
                None,
                _("%(codes)s: the test set is each source in turn. Set it to In, Out or Survey.")
                % {"codes": codes},
            )
        if not self.errors:
            try:
                self.sizes = self._sizes(data)
                check_numbers(self.choice.wanted, data["seed"], data["balance"])
            except Refused as error:
                raise forms.ValidationError(error.message) from error
            followed = self.sizes.as_dict() | {
                "per_class": self.sizes.total,
                "ratio": write_ratio(self.sizes),
            }
            for name in self.follows:
                self.said[name] = str(followed[name])
        return data

    def _sizes(self, data: dict[str, Any]) -> Sizes:
        if data["by"] == "class":
            return proportioned(data["per_class"], parse_ratio(data["ratio"]))
        return Sizes(data["train"], data["test"], data["validate"])

    @property
    def choice(self) -> Choice:
        """What a valid form asks for."""
        data = self.cleaned_data
        every = set(data["licence"]) == set(self.licences)
        return Choice(
            sizes=self.sizes,
            balance=data["balance"],
            seed=data["seed"],
            licences=() if every else tuple(data["licence"]),
            uses=self.uses,
            largest=data["largest"],
            each=data["each"],
        )

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Names and values of what differs from the defaults, in one order: they bring this state back."""
        project, data = self.stock.project, self.said
        defaults = {"train": str(project.train), "test": str(project.test), "validate": str(project.validate)}
        defaults |= {"balance": Release.Balance.RANDOM.value, "seed": "1", "name": "", "largest": ""}
        defaults["each"] = ""
        names = list(PER_SPLIT)
        if data["by"] == "class":
            names = ["by", *PER_CLASS]
        names += ["balance", "seed", "name", "largest", "each"]
        pairs = [(name, str(data.get(name) or "")) for name in names]
        found = [(name, value) for name, value in pairs if value != defaults.get(name)]
        chosen = data.getlist("licence")
        if not chosen and self.licences:
            found.append(("form", "1"))
        elif set(chosen) != set(self.licences):
            found += [("licence", value) for value in chosen]
        return found + [(f"use-{code}", use) for code, use in sorted(self.uses.items())]

    @property
    def query(self) -> str:
        return urlencode(self.parameters)
