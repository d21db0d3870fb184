"""Votes against known answers, and what a suggestion on the screen does to a vote; as JSON."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Q

from curation.agreement.proportions import Share, difference, wilson
from curation.models import Candidate, Project, Vote
from curation.services.agreement import counting_votes


def _share(share: Share) -> dict[str, Any]:
    return share._asdict()


def gold(project: Project) -> list[dict[str, Any]]:
    """Per reviewer, the part of known answers they gave; most answers first."""
    answers = Vote.objects.filter(
        candidate__project=project, kind=Vote.Kind.LABEL, gold__isnull=False, undone_by=None
    )
    rows = (
        answers.order_by()
        .values("user_id")
        .annotate(n=Count("pk"), right=Count("pk", filter=Q(label=F("gold__label"))))
        .order_by("-n", "user_id")
    )
    return [{"user": row["user_id"], **_share(wilson(row["right"], row["n"]))} for row in rows]


def model(project: Project) -> dict[str, Any]:
    """The part of pictures that came by lot, and were judged blind, which the model names as people do.

    What people say is the decision, else, where there is none yet, the first vote. One picture counts once.
    """
    votes = counting_votes(project).filter(audit=True, blind=True, prediction__isnull=False)
    rows = votes.order_by("candidate_id", "created_at").values_list(
        "candidate_id", "prediction__label_id", "label_id", "candidate__label_id", "candidate__state"
    )
    first: dict[int, bool] = {}
    for candidate, guess, said, decided, state in rows.iterator(chunk_size=5000):
        truth = decided if state == Candidate.State.DECIDED else said
        first.setdefault(candidate, guess == truth)
    return _share(wilson(sum(first.values()), len(first)))


def bias(project: Project) -> dict[str, Any]:
    """How often the suggestion was followed where it was on the screen and where it was kept from it.

    Single votes only: what a grid shows was chosen because the model is sure of it.
    """
    found = counting_votes(project).filter(prediction__isnull=False, via=Vote.Via.SINGLE)
    followed = Q(label=F("prediction__label"))
    totals = found.aggregate(
        n_shown=Count("pk", filter=Q(blind=False)),
        shown=Count("pk", filter=Q(blind=False) & followed),
        n_blind=Count("pk", filter=Q(blind=True)),
        hidden=Count("pk", filter=Q(blind=True) & followed),
    )
    shown = wilson(totals["shown"], totals["n_shown"])
    blind = wilson(totals["hidden"], totals["n_blind"])
    by = difference(shown, blind)
    return {
        "shown": _share(shown),
        "blind": _share(blind),
        "difference": None if by is None else dict(zip(("value", "low", "high"), by, strict=True)),
    }
