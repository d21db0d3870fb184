"""The figures of one project's agreement, as JSON. Loaded by the job only: it brings in numpy and more.

Classes and people are named by their primary keys, for names may change between two reports.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from curation.agreement import bootstrap, closed, measures
from curation.agreement.counts import Counts, against_rest, counts_of, patterns
from curation.models import Project
from curation.services.agreement import counting_votes


class Votes(NamedTuple):
    """Votes on units, in columns. Values are places in `classes`; months are 12 * year + month - 1."""

    units: Counts
    people: Counts
    values: Counts
    months: Counts
    classes: list[int]


def read_votes(project: Project) -> Votes:
    """The votes on candidates that have two and more of them."""
    classes = list(project.classes.order_by("index").values_list("pk", flat=True))
    place = {pk: at for at, pk in enumerate(classes)}
    rows = counting_votes(project).order_by().values_list("candidate_id", "user_id", "label_id", "created_at")
    found = [(c, u, place[w], 12 * at.year + at.month - 1) for c, u, w, at in rows.iterator(chunk_size=5000)]
    table = np.array(found, np.int64).reshape(-1, 4)
    _, which, votes = np.unique(table[:, 0], return_inverse=True, return_counts=True)
    units, people, values, months = table[votes[which] >= 2].T if len(table) else table.T
    return Votes(units, people, values, months, classes)


def agreement(project: Project) -> dict[str, Any]:
    votes = read_votes(project)
    whole = counts_of(votes.units, votes.values, len(votes.classes))
    return {
        "units": len(whole),
        "votes": int(whole.sum()),
        "overall": _overall(whole),
        "classes": [_class(whole, at, pk) for at, pk in enumerate(votes.classes) if whole[:, at].any()],
        "pairs": _pairs(votes),
        "months": _months(votes, whole),
    }


def _figure(value: float | None, bounds: bootstrap.Interval) -> dict[str, float | None]:
    low, high = bounds or (None, None)
    return {"value": value, "low": low, "high": high}


def _overall(whole: Counts) -> dict[str, Any]:
    found = patterns(whole)
    size, same = measures.same_size(found)
    return {
        "disputed": int(found.times[(found.rows > 0).sum(axis=1) > 1].sum()),
        "percent": _figure(measures.percent(found), bootstrap.of_patterns(closed.percent, found)),
        "alpha": _figure(measures.alpha(found), bootstrap.of_patterns(closed.alpha, found)),
        "fleiss": _figure(measures.fleiss(same), bootstrap.of_patterns(closed.fleiss, same))
        | {"n": same.units, "each": size},
    }


def _class(whole: Counts, at: int, pk: int) -> dict[str, Any]:
    found = patterns(against_rest(whole, at))
    said = whole[:, at] > 0
    return {
        "label": pk,
        "n": int(said.sum()),
        "votes": int(whole[:, at].sum()),
        "disputed": int((said & (whole[:, at] < whole.sum(axis=1))).sum()),
        "alpha": _figure(measures.alpha(found), bootstrap.of_patterns(closed.alpha, found)),
    }


def _pairs(votes: Votes) -> list[dict[str, Any]]:
    """Everybody with everybody, those with the most pictures in common first."""
    own: dict[int, tuple[Counts, Counts]] = {}
    for person in np.unique(votes.people):
        mine = votes.people == person
        order = np.argsort(votes.units[mine])
        own[int(person)] = votes.units[mine][order], votes.values[mine][order]
    found = [pair for a, b in combinations(sorted(own), 2) if (pair := _pair(a, b, own, votes.classes))]
    return sorted(found, key=lambda pair: -pair["n"])


def _pair(a: int, b: int, own: dict[int, tuple[Counts, Counts]], classes: list[int]) -> dict[str, Any] | None:
    (units, said), (others, other) = own[a], own[b]
    _, here, there = np.intersect1d(units, others, assume_unique=True, return_indices=True)
    if not len(here):
        return None
    confusion = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(confusion, (said[here], other[there]), 1)
    agreed = int(np.trace(confusion))
    return {
        "a": a,
        "b": b,
        "n": len(here),
        "agreed": agreed,
        "percent": agreed / len(here),
        "kappa": _figure(measures.cohen(confusion), bootstrap.of_confusion(confusion)),
        "confusion": [
            [classes[row], classes[column], int(confusion[row, column])]
            for row, column in zip(*np.nonzero(confusion), strict=True)
        ],
    }


def _months(votes: Votes, whole: Counts) -> list[dict[str, Any]]:
    """A picture belongs to the month of its last vote."""
    if not len(whole):
        return []
    _, where = np.unique(votes.units, return_inverse=True)
    last = np.zeros(len(whole), np.int64)
    np.maximum.at(last, where, votes.months)
    found = []
    for month in np.unique(last):
        rows = patterns(whole[last == month])
        found.append(
            {
                "month": f"{month // 12:04}-{month % 12 + 1:02}",
                "n": rows.units,
                "percent": measures.percent(rows),
                "alpha": _figure(measures.alpha(rows), bootstrap.of_patterns(closed.alpha, rows)),
            }
        )
    return found
