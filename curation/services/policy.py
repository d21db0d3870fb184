"""How many votes a candidate needs, and which lots fall on it.

Both follow from the project's policy and the candidate's lot (`shuffle`), so a changed policy holds for every
open candidate at once, without a write.
"""

from __future__ import annotations

import math

from django.db.models import Case, F, FloatField, IntegerField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Floor
from django.db.models.lookups import LessThan

from curation.models import Candidate, GoldItem, Project

# A second lot out of the first one: its further digits say nothing about its leading ones.
SECOND_LOT = 1024

# The same in SQL, on the aliases c (candidate) and p (project).
NEEDED_SQL = f"""
CASE WHEN c.shuffle * {SECOND_LOT} - floor(c.shuffle * {SECOND_LOT}) < p.double_share
     THEN greatest(p.votes_needed, 2) ELSE p.votes_needed END
"""


def votes_needed(candidate: Candidate) -> int:
    """1 to 5: the project's number, at least two where the lot asks for a double review."""
    project, lot = candidate.project, candidate.shuffle * SECOND_LOT
    double = lot - math.floor(lot) < project.double_share
    return max(project.votes_needed, 2) if double else project.votes_needed


def second_lot(candidate: str = "") -> Combinable:
    """The lot of a double review as an expression; `candidate`: path to it, such as "candidate__"."""
    lot = F(f"{candidate}shuffle") * Value(float(SECOND_LOT), output_field=FloatField())
    return lot - Floor(lot)


def needed(project: Project, candidate: str = "") -> Combinable:
    """`votes_needed` as an expression; `candidate`: path to it."""
    usual = Value(project.votes_needed, output_field=IntegerField())
    if project.votes_needed > 1 or not project.double_share:
        return usual
    double = LessThan(second_lot(candidate), Value(project.double_share, output_field=FloatField()))
    return Case(When(double, then=Value(2)), default=usual, output_field=IntegerField())


def by_lot(candidate: Candidate) -> bool:
    """Of the audit share: kept out of every order and judged blind, to measure accuracy without bias."""
    return candidate.shuffle < candidate.project.audit_share


def known_answer(candidate: Candidate) -> GoldItem | None:
    """The known answer that a vote on the candidate would be measured by; only decided ones have one."""
    if candidate.state != Candidate.State.DECIDED:
        return None  # without a query
    gold = getattr(candidate, "gold", None)
    return gold if gold is not None and gold.active else None


def is_blind(candidate: Candidate) -> bool:
    """Whether the next vote is cast without a suggestion: by lot, or a second one where so asked.

    Not where the answer is known: nothing tells such a picture from a new one.
    """
    second = candidate.votes > 0 and candidate.project.blind_second
    return known_answer(candidate) is None and (second or by_lot(candidate))
