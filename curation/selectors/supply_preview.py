"""What a release would hold, by number, before it is frozen: everything is folded from one grouped count.

By number only: pictures that must share a split (curation.services.leak_groups) may make a class lack a few
more, and may shift single pictures between sources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple, TypeVar

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q, TextChoices
from django.utils.translation import gettext_lazy as _

from curation.errors import Refused
from curation.models import Candidate, LabelClass, Licence, Project, Release, Source
from curation.services.balance import Sizes, draw, proportioned

T = TypeVar("T")
KEPT = 60  # seconds for which a count may be shown again while somebody tries values in the form


def counted(key: str, count: Callable[[], T], recent: bool) -> T:
    """What `count` gives; with `recent` what it gave within the last KEPT seconds, if it was asked then."""
    known: T | None = cache.get(key) if recent else None
    if known is None:
        known = count()
        cache.set(key, known, KEPT)
    return known


class Use(TextChoices):
    """What the pictures of a source are for in a release."""

    IN = "in", _("In")
    OUT = "out", _("Out")
    TEST = "test", _("Test")
    SURVEY = "survey", _("Survey")


class Cell(NamedTuple):
    """Decided pictures that share class, source and licence (ids)."""

    label: int
    source: int
    licence: int
    n: int


@dataclass(frozen=True)
class Stock:
    """What a project has decided, and what it could still draw on: sources with open candidates as well."""

    project: Project
    classes: list[LabelClass]
    sources: list[Source]
    licences: list[Licence]
    cells: list[Cell]

    @cached_property
    def accepted(self) -> dict[int, Licence]:
        """The licences whose pictures this project lets into releases, by id."""
        return {row.pk: row for row in self.licences if row.code in self.project.licences_accepted}

    @cached_property
    def per_licence(self) -> Counter[int]:
        return _sum(self.cells, "licence")

    @cached_property
    def per_source(self) -> Counter[int]:
        """Decided pictures under accepted licences."""
        return _sum((cell for cell in self.cells if cell.licence in self.accepted), "source")


def _sum(cells: Iterable[Cell], by: str) -> Counter[int]:
    found: Counter[int] = Counter()
    for cell in cells:
        found[getattr(cell, by)] += cell.n
    return found


def stock(project: Project, *, recent: bool = False) -> Stock:
    """Four queries, whatever the size; the grouped count takes the time. recent: see `counted`."""
    cells = counted(f"freeze:decided:{project.pk}", lambda: _count(project), recent)
    waiting = Candidate.objects.filter(
        project=project, state=Candidate.State.OPEN, source=OuterRef("pk"), guess__isnull=False
    )
    given = Source.objects.filter(Q(pk__in={cell.source for cell in cells}) | Exists(waiting))
    return Stock(
        project,
        list(project.classes.order_by("index")),
        list(given.order_by("code")),
        list(Licence.objects.order_by("code", "version")),
        cells,
    )


def _count(project: Project) -> list[Cell]:
    rows = (
        Candidate.objects.filter(project=project, state=Candidate.State.DECIDED)
        .order_by()
        .values_list("label_id", "source_id", "image__licence_id")
        .annotate(n=Count("id"))
    )
    return [Cell(*row) for row in rows]


@dataclass(frozen=True)
class Choice:
    """What is asked of a release. licences: identifiers, empty for all that the project accepts. uses: source
    code -> Use, only of sources that are not simply in it. each: a release for each source that is in, whose
    test set that is."""

    sizes: Sizes
    balance: str = Release.Balance.RANDOM
    seed: int = 1
    licences: tuple[str, ...] = ()
    uses: Mapping[str, str] = field(default_factory=dict)
    largest: bool = False
    each: bool = False

    def codes(self, use: Use) -> list[str]:
        return sorted(code for code, value in self.uses.items() if value == use)

    def licence_ids(self, stock: Stock) -> set[int]:
        return {
            pk for pk, row in stock.accepted.items() if not self.licences or row.identifier in self.licences
        }

    def source_ids(self, stock: Stock, use: Use = Use.IN) -> set[int]:
        return {row.pk for row in stock.sources if self.uses.get(row.code, Use.IN) == use}

    @property
    def wanted(self) -> Sizes:
        """Pictures per class that the balance must find: where sources make up the test set, none for it."""
        return self.sizes._replace(test=0) if self.each or self.codes(Use.TEST) else self.sizes


@dataclass(frozen=True)
class Supply:
    """What one class has against what is wanted. `barred`: decided, but of a licence or source left out."""

    label: LabelClass
    accepted: int
    barred: int
    wanted: int

    @property
    def missing(self) -> int:
        return max(self.wanted - self.accepted, 0)

    @property
    def share(self) -> float:
        return min(self.accepted / self.wanted, 1.0) if self.wanted else 1.0


@dataclass(frozen=True)
class Preview:
    """What freezing would give. sizes: per class, None where there is a shortage; largest: of what there is.

    counts: (class slug, source code) -> pictures, at `sizes`, else at `largest`: exact for even-sources,
    expected for random. aside: the same of the sources that are test set or survey, all there is.
    """

    supplies: list[Supply]
    wanted: Sizes
    sizes: Sizes | None
    largest: Sizes | None
    counts: Mapping[tuple[str, str], int]
    aside: Mapping[tuple[str, str], int]

    @property
    def short(self) -> list[Supply]:
        return [supply for supply in self.supplies if supply.missing]

    @property
    def shown(self) -> Sizes | None:
        return self.sizes or self.largest

    @property
    def apart(self) -> int:
        return sum(self.aside.values())

    @property
    def everything(self) -> Mapping[tuple[str, str], int]:
        return {**self.counts, **self.aside}  # no source is in both


def preview(stock: Stock, choice: Choice) -> Preview:
    """Each class against what is wanted, and the class x source table to be expected. No query."""
    licences = choice.licence_ids(stock)
    codes = {row.pk: row.code for row in stock.sources}
    balanced = choice.source_ids(stock)
    apart = choice.source_ids(stock, Use.TEST) | choice.source_ids(stock, Use.SURVEY)
    slugs = {row.pk: row.slug for row in stock.classes}
    pool: dict[int, Counter[str]] = {row.pk: Counter() for row in stock.classes}
    barred: Counter[int] = Counter()
    aside: Counter[tuple[str, str]] = Counter()
    for cell in stock.cells:
        if cell.licence in licences and cell.source in balanced:
            pool[cell.label][codes[cell.source]] += cell.n
        elif cell.licence in licences and cell.source in apart:
            aside[slugs[cell.label], codes[cell.source]] += cell.n
        else:
            barred[cell.label] += cell.n
    wanted = choice.wanted
    supplies = [Supply(row, pool[row.pk].total(), barred[row.pk], wanted.total) for row in stock.classes]
    sizes, largest = _sizes(supplies, wanted, choice.largest)
    counts: dict[tuple[str, str], int] = {}
    if shown := sizes or largest:
        for row in stock.classes:
            for code, n in share_out(
                pool[row.pk], shown.total, choice.balance, choice.seed, row.index
            ).items():
                counts[row.slug, code] = n
    return Preview(supplies, wanted, sizes, largest, counts, aside)


def previews_without(stock: Stock, choice: Choice) -> list[tuple[Source, Preview]]:
    """Where one source after the other is left out: each that has a picture, and the release without it."""
    found = []
    for row in stock.sources:
        if choice.each and row.code not in choice.uses:
            without = replace(choice, each=False, uses={**choice.uses, row.code: Use.TEST.value})
            shown = preview(stock, without)
            if any(code == row.code for _slug, code in shown.aside):
                found.append((row, shown))
    return found


def _sizes(supplies: list[Supply], wanted: Sizes, largest: bool) -> tuple[Sizes | None, Sizes | None]:
    least = min((supply.accepted for supply in supplies), default=0)
    if not supplies or not wanted.total:
        return None, None
    if least >= wanted.total:
        return wanted, wanted
    try:
        most = proportioned(least, wanted)
    except Refused:  # too few for even one in each split
        return None, None
    return (most if largest else None), most


def share_out(
    there: Mapping[str, int], wanted: int, balance: str, seed: int, category: int
) -> dict[str, int]:
    """How many of `wanted` pictures of one class come from each source (code -> number there are).

    even-sources: exactly as curation.services.balance.selection_order takes them, whose rule for the odd ones
    this repeats. random: the expectation, rounded so that the sum is right (largest remainders).
    """
    total = sum(there.values())
    wanted = min(wanted, total)
    if not wanted:
        return {}
    if balance == Release.Balance.EVEN_SOURCES:
        level, left = 0, wanted
        richer = [code for code, n in there.items() if n > 0]
        while richer and left >= len(richer):
            step = min(left // len(richer), min(there[code] for code in richer) - level)
            level, left = level + step, left - step * len(richer)
            richer = [code for code in richer if there[code] > level]
        odd = sorted(richer, key=lambda code: draw(seed, f"source of {category}", code))[:left]
        return {code: min(n, level) + (code in odd) for code, n in there.items() if n}
    floors = {code: wanted * n // total for code, n in there.items()}
    by_rest = sorted(there, key=lambda code: (-(wanted * there[code] % total), code))
    for code in by_rest[: wanted - sum(floors.values())]:
        floors[code] += 1
    return floors
