"""One pass over the candidates of a page, from which its panels take their numbers.

The inner query adds up what shares everything: in the order of an index, without the table (migration 0017).
The outer one adds that up for each panel; it has some thousand rows to read instead of all candidates.
"""

from __future__ import annotations

from typing import NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, QuerySet

from curation.models import Candidate

TWICE = 2  # votes, for a picture to count as judged more than once
_OUTER = """
SELECT CASE WHEN grouping(licence_id) = 0 THEN 'licence' WHEN grouping(settled) = 0 THEN 'outcome'
            ELSE 'part' END,
    project_id, state, coalesce(label_id, guess_id), source_id, licence_id, settled, sum(n)::bigint
FROM ({inner}) AS fine, LATERAL (SELECT CASE WHEN votes >= {twice} THEN 1 ELSE 0 END AS again) AS judged
GROUP BY GROUPING SETS (
    (project_id, state, coalesce(label_id, guess_id), source_id),
    (project_id, state, licence_id),
    (project_id, state, settled, again)
)
HAVING grouping(again) = 1 OR again = 1"""


class Part(NamedTuple):
    """So many candidates share all of this. `label`: decided as or, until then, taken for; else none."""

    project: int
    state: str
    label: int | None
    source: int | None
    n: int


class Licensed(NamedTuple):
    project: int
    state: str
    licence: int | None
    n: int


class Outcome(NamedTuple):
    """How pictures came out that were judged more than once. `settled`: the rule of the decision, or ""."""

    project: int
    state: str
    settled: str
    n: int


class Counted(NamedTuple):
    parts: list[Part]
    licensed: list[Licensed]
    outcomes: list[Outcome]


def counted(rows: QuerySet[Candidate]) -> Counted:
    """One query. `rows`: without an order."""
    names = ("project_id", "state", "label_id", "guess_id", "source_id", "licence_id", "settled", "votes")
    found = Counted([], [], [])
    try:
        inner, params = rows.values_list(*names).annotate(n=Count("*")).query.sql_with_params()
    except EmptyResultSet:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_OUTER.format(inner=inner, twice=TWICE), params)
        for what, project, state, label, source, licence, settled, n in cursor.fetchall():
            if what == "part":
                found.parts.append(Part(project, state, label, source, n))
            elif what == "licence":
                found.licensed.append(Licensed(project, state, licence, n))
            else:
                found.outcomes.append(Outcome(project, state, settled, n))
    return found
