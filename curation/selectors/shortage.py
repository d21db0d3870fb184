"""Where the pictures that a class lacks could come from: open candidates that the model takes for it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from curation.models import Candidate, Project, Source
from curation.selectors.supply_preview import Choice, Stock, Supply, counted
from curation.services.queue import sent_ahead
from curation.services.urgent import may_be_sent

JUDGED = 20  # decided pictures from which on the model's own record counts, and not what it says of itself
LEAST = 0.05  # no class is thought to be hit less often than this


@dataclass(frozen=True)
class Offer:
    """Open candidates of one source that the model takes for the class. ahead: those at the front already."""

    source: Source
    waiting: int
    ahead: int


@dataclass(frozen=True)
class Lack:
    """A class that is short, and who could help. hit: part of the candidates expected to be of the class;
    judged: decided pictures this was measured on, 0 where it is the model's mean confidence."""

    supply: Supply
    offers: list[Offer]
    hit: float
    judged: int

    @property
    def ahead(self) -> int:
        return sum(offer.ahead for offer in self.offers)

    @property
    def waiting(self) -> int:
        return sum(offer.waiting for offer in self.offers)

    @property
    def needed(self) -> int:
        """Candidates to be reviewed to find what is missing: missing / hit, rounded up."""
        return math.ceil(self.supply.missing / self.hit)

    @property
    def to_send(self) -> int:
        return min(max(self.needed - self.ahead, 0), self.waiting)

    @property
    def falls_short(self) -> bool:
        """Whether all of them together are too few."""
        return self.waiting + self.ahead < self.needed


class Waiting(NamedTuple):
    """Open candidates that share class (the model's), source and licence (ids). sure: sum of confidences."""

    guess: int
    source: int
    licence: int
    waiting: int
    ahead: int
    sure: float


def lacks(stock: Stock, choice: Choice, short: Sequence[Supply], *, recent: bool = False) -> list[Lack]:
    """For each class that is short, in the order given. Two queries; none where nothing is short."""
    if not short:
        return []
    pk = stock.project.pk
    rows = counted(f"freeze:open:{pk}", lambda: _waiting(stock.project), recent)
    record = counted(f"freeze:record:{pk}", lambda: _record(stock.project), recent)
    licences, within = choice.licence_ids(stock), choice.source_ids(stock)
    sources = {row.pk: row for row in stock.sources if row.pk in within}
    counts: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    sure: dict[int, float] = defaultdict(float)
    for row in rows:
        if row.licence in licences and row.source in sources and row.waiting + row.ahead:
            cell = counts[row.guess][row.source]
            cell[0] += row.waiting
            cell[1] += row.ahead
            sure[row.guess] += row.sure
    found = []
    for supply in short:
        label = supply.label.pk
        offers = [Offer(sources[source], *cell) for source, cell in counts[label].items()]
        offers.sort(key=lambda offer: (-offer.waiting - offer.ahead, offer.source.code))
        many = sum(offer.waiting + offer.ahead for offer in offers)
        judged, right = record.get(label, (0, 0))
        if judged < JUDGED:
            judged, hit = 0, (sure[label] / many if many else 1.0)
        else:
            hit = right / judged
        found.append(Lack(supply, offers, min(max(hit, LEAST), 1.0), judged))
    return found


def _waiting(project: Project) -> list[Waiting]:
    rows = (
        may_be_sent(project)
        .filter(guess__isnull=False)
        .values_list("guess", "source", "image__licence")
        .annotate(
            waiting=Count("pk", filter=Q(urgent=False, votes=0)),
            ahead=Count("pk", filter=Q(urgent=True)),
            sure=Coalesce(Sum("confidence", filter=Q(urgent=True) | Q(votes=0)), 0.0),
        )
    )
    return [Waiting(*row) for row in rows]


def _record(project: Project) -> dict[int, tuple[int, int]]:
    """Class -> decided pictures that the model takes for it, and how many of them are of it."""
    rows = (
        Candidate.objects.filter(project=project, state=Candidate.State.DECIDED, guess__isnull=False)
        .order_by()
        .values_list("guess")
        .annotate(n=Count("pk"), right=Count("pk", filter=Q(label=F("guess"))))
    )
    return {guess: (n, right) for guess, n, right in rows}


@dataclass(frozen=True)
class Front:
    """What stands at the front of the queue, and what no model has looked at yet."""

    ahead: int
    unseen: int


def front(project: Project) -> Front:
    """Two queries over partial indexes."""
    unseen = Candidate.objects.filter(project=project, state=Candidate.State.OPEN, guess__isnull=True)
    return Front(sent_ahead(project).count(), unseen.count())
