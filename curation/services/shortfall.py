"""Which cells of class x source a project lacks most: class shortfall times source shortfall."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db.models import BooleanField, Count, IntegerField
from django.db.models.expressions import RawSQL

from curation.models import Candidate, Project

FRESH = 30  # seconds that weights are used before somebody counts anew
KEPT = 3600
GUESS, SOURCE = "curation_candidate.guess_id", "curation_candidate.source_id"
LEAST = 0.05  # a class that is short still takes pictures from a source that has given its share


class CellWeight(NamedTuple):
    guess: int | None
    source: int
    weight: float


def cells(project: Project) -> list[CellWeight]:
    """Cells with open candidates, the most wanted first; counted by one request in `FRESH` seconds."""
    key = f"shortfall:{project.pk}"
    known = cache.get(key)
    now = time.time()
    if known is not None and (known[0] + FRESH > now or not cache.add(f"{key}:lock", 1, FRESH)):
        return [CellWeight(*cell) for cell in known[1]]
    found = count_cells(project)
    cache.set(key, (now, [tuple(cell) for cell in found]), KEPT)
    return found


# Both are said in SQL at once: with a condition for each cell Django would take longer than the database.


def is_in(group: Sequence[CellWeight]) -> RawSQL:
    """Whether a candidate is in one of the cells."""
    known = [(cell.guess, cell.source) for cell in group if cell.guess is not None]
    parts: list[str] = []
    params: list[Any] = []
    if known:
        parts.append(f"({GUESS}, {SOURCE}) IN ({', '.join(['(%s, %s)'] * len(known))})")
        params.extend(value for pair in known for value in pair)
    if unknown := [cell.source for cell in group if cell.guess is None]:
        parts.append(f"({GUESS} IS NULL AND {SOURCE} = ANY(%s))")
        params.append(unknown)
    return RawSQL(f"({' OR '.join(parts)})", params, output_field=BooleanField())


def place_among(group: Sequence[CellWeight]) -> RawSQL:
    """The place of a candidate's cell among them."""
    names = [f"{'' if cell.guess is None else cell.guess}:{cell.source}" for cell in group]
    place = f"array_position(%s::text[], concat({GUESS}, ':', {SOURCE}))"
    return RawSQL(place, [names], output_field=IntegerField())


def count_cells(project: Project) -> list[CellWeight]:
    """The weights from the rows, in one index-only query.

    Class shortfall: the missing part of the target. Source shortfall: the missing part of an even share of
    the class, were it divided among all sources that have given or could give pictures of it. Pictures that
    no model has seen weigh as the mean class.
    """
    decided: dict[tuple[int, int], int] = {}
    waiting: set[tuple[int | None, int]] = set()
    rows = (
        Candidate.objects.filter(project=project, state__in=[Candidate.State.OPEN, Candidate.State.DECIDED])
        .order_by()
        .values_list("state", "label", "source", "guess")
        .annotate(n=Count("pk"))
    )
    for state, label, source, guess, n in rows:
        if state == Candidate.State.OPEN:
            waiting.add((guess, source))
        else:
            decided[label, source] = decided.get((label, source), 0) + n
    classes = list(project.classes.values_list("pk", flat=True))
    missing = {
        pk: _missing(sum(n for (c, _), n in decided.items() if c == pk), project.target) for pk in classes
    }
    mean = sum(missing.values()) / len(missing) if missing else 1.0
    suppliers = {pk: {s for c, s in {*decided, *waiting} if c == pk} for pk in classes}
    found = []
    for guess, source in waiting:
        if guess is None:
            found.append(CellWeight(guess, source, mean))
            continue
        even = project.target / max(len(suppliers[guess]), 1)
        short = _missing(decided.get((guess, source), 0), even)
        found.append(CellWeight(guess, source, missing[guess] * (LEAST + (1 - LEAST) * short)))
    return sorted(found, key=lambda cell: (-cell.weight, cell.guess is None, cell.guess or 0, cell.source))


def _missing(there: float, wanted: float) -> float:
    return max(wanted - there, 0.0) / wanted if wanted else 0.0
