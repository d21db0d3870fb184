"""A report of agreement and an aggregation in the words and links of their page."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from curation.models import Aggregation, LabelClass, User

COUNTING = {"standing": "now", "kind": "label", "via": "review"}
# Krippendorff 2004, Content Analysis, p. 241: rely on 0.800 and more; above 0.667 draw careful conclusions.
RELIABLE, TENTATIVE = 0.8, 0.667


class Names(NamedTuple):
    """Classes and people by primary key."""

    classes: Mapping[int, LabelClass]
    people: Mapping[int, User]


@dataclass(frozen=True)
class Table:
    """Who said what where another said something else: a row a class, a column a class, both that occur."""

    labels: list[LabelClass]
    rows: list[tuple[LabelClass, list[tuple[int, str, bool]]]]  # count, address, whether on the diagonal


def votes_url(key: str, **asked: object) -> str:
    """The votes page, filtered; `with_` stands for the filter `with`, `from_` for `from`."""
    return f"{reverse('votes', args=[key])}?{urlencode({k.rstrip('_'): v for k, v in asked.items()})}"


def table(cells: list[list[int]], names: Names, address: Any) -> Table:
    """`cells`: class of the row, class of the column, count; `address(row, column)` leads to the votes."""
    counts = {(row, column): n for row, column, n in cells if {row, column} <= names.classes.keys()}
    used = {pk for pair in counts for pk in pair}
    labels = sorted((names.classes[pk] for pk in used), key=lambda label: label.index)
    return Table(
        labels,
        [
            (row, [(counts.get((row.pk, c.pk), 0), address(row, c), row == c) for c in labels])
            for row in labels
        ],
    )


@dataclass(frozen=True)
class Report:
    key: str
    data: dict[str, Any]
    names: Names
    since: int
    asked: tuple[int | None, int | None]

    @property
    def as_of(self) -> datetime:
        return datetime.fromisoformat(self.data["as_of"])

    @property
    def found(self) -> dict[str, Any]:
        return dict(self.data["agreement"])

    @property
    def words(self) -> str:
        """The answer in one sentence."""
        alpha = self.found["overall"]["alpha"]["value"]
        if not self.found["units"]:
            return _("No picture has two votes that count yet.")
        if alpha is None:
            return _("Every vote names the same class, so nothing could have disagreed.")
        if alpha >= RELIABLE:
            return _("Reviewers agree well: their labels can be relied on.")
        if alpha >= TENTATIVE:
            return _("Reviewers agree fairly: only careful conclusions can be drawn from their labels.")
        return _("Reviewers agree too little: their labels cannot be relied on yet.")

    @property
    def all_votes(self) -> str:
        return votes_url(self.key, **COUNTING, other="any")

    @property
    def disputed_votes(self) -> str:
        return votes_url(self.key, **COUNTING, other="differs")

    @property
    def classes(self) -> Iterator[dict[str, Any]]:
        for row in self.found["classes"]:
            if label := self.names.classes.get(row["label"]):
                asked = {**COUNTING, "label": label.slug}
                yield row | {
                    "name": label,
                    "url": votes_url(self.key, **asked, other="any"),
                    "disputed_url": votes_url(self.key, **asked, other="differs"),
                }

    @cached_property
    def pairs(self) -> list[dict[str, Any]]:
        people, found = self.names.people, []
        for row in self.found["pairs"]:
            if row["a"] in people and row["b"] in people:
                a, b = people[row["a"]], people[row["b"]]
                asked = {**COUNTING, "reviewer": a.username, "with_": b.username}
                found.append(
                    row
                    | {
                        "first": a,
                        "second": b,
                        "url": votes_url(self.key, **asked),
                        "disputed": row["n"] - row["agreed"],
                        "disputed_url": votes_url(self.key, **asked, other="differs"),
                    }
                )
        return found

    @property
    def pair(self) -> dict[str, Any] | None:
        """The pair that was asked for, else the one with the most pictures in common; with its table."""
        chosen = next((row for row in self.pairs if (row["a"], row["b"]) == self.asked), None)
        chosen = chosen or next(iter(self.pairs), None)
        if chosen is None:
            return None
        asked = {**COUNTING, "reviewer": chosen["first"].username, "with_": chosen["second"].username}

        def address(row: LabelClass, column: LabelClass) -> str:
            return votes_url(self.key, **asked, label=row.slug, other=column.slug)

        return chosen | {"table": table(chosen["confusion"], self.names, address)}

    @property
    def months(self) -> Iterator[dict[str, Any]]:
        for row in self.found["months"]:
            year, month = map(int, row["month"].split("-"))
            last = f"{row['month']}-{monthrange(year, month)[1]}"
            asked = {**COUNTING, "from_": f"{row['month']}-01", "to": last}
            yield row | {"url": votes_url(self.key, **asked, other="any")}

    @property
    def gold(self) -> Iterator[dict[str, Any]]:
        for row in self.data["gold"]:
            if user := self.names.people.get(row["user"]):
                asked = {"reviewer": user.username, "kind": "label", "standing": "yes"}
                yield row | {
                    "name": user,
                    "url": votes_url(self.key, **asked, gold="yes"),
                    "wrong": row["n"] - row["k"],
                    "wrong_url": votes_url(self.key, **asked, gold="wrong"),
                }

    @property
    def model(self) -> dict[str, Any]:
        asked = {**COUNTING, "audit": "yes", "blind": "yes", "followed": "any"}
        return dict(self.data["model"]) | {"url": votes_url(self.key, **asked)}

    @property
    def bias(self) -> list[dict[str, Any]]:
        """With the suggestion on the screen, and without."""
        found = []
        for name, blind in (("shown", "no"), ("blind", "yes")):
            asked = {"standing": "now", "kind": "label", "via": "single", "blind": blind}
            found.append(
                dict(self.data["bias"][name])
                | {
                    "blind": blind == "yes",
                    "url": votes_url(self.key, **asked, followed="any"),
                    "followed_url": votes_url(self.key, **asked, followed="yes"),
                }
            )
        return found

    @property
    def bias_words(self) -> str:
        """What the difference means."""
        by = self.data["bias"]["difference"]
        if by is None:
            return _("Both are needed to compare: votes with the suggestion on the screen, and blind ones.")
        if by["low"] > 0:
            return _("Suggestions are followed more often where they are seen: some votes follow the model.")
        return _("No sign that seeing the suggestion changes the vote.")


@dataclass(frozen=True)
class AggregationView:
    key: str
    run: Aggregation
    runs: list[Aggregation]
    names: Names
    given: dict[str, int]
    asked: int | None

    @cached_property
    def reviewers(self) -> list[dict[str, Any]]:
        """Those who differ most from what all votes together say come first."""
        found = []
        for row in self.run.data["reviewers"]:
            if (user := self.names.people.get(row["user"])) and row["n"]:
                url = votes_url(self.key, **COUNTING, reviewer=user.username, other="any")
                found.append(row | {"name": user, "share": row["agreed"] / row["n"], "url": url})
        return sorted(found, key=lambda row: row["share"])

    @property
    def person(self) -> dict[str, Any] | None:
        """One reviewer's table against the aggregated labels."""
        rows = self.reviewers
        chosen = next((row for row in rows if row["user"] == self.asked), next(iter(rows), None))
        if chosen is None:
            return None
        asked = {**COUNTING, "reviewer": chosen["name"].username, "other": "any"}
        by_advice = self.run.method == Aggregation.Method.DAWID_SKENE  # what the votes page can filter by

        def address(row: LabelClass, column: LabelClass) -> str:
            more = {"advice": row.slug} if by_advice else {}
            return votes_url(self.key, **asked, label=column.slug, **more)

        return chosen | {"table": table(chosen["confusion"], self.names, address)}

    @property
    def classes(self) -> list[tuple[LabelClass, int]]:
        rows = [(self.names.classes.get(pk), n) for pk, n in self.run.data["classes"]]
        return [(label, n) for label, n in rows if label is not None]
