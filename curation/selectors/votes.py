"""Votes as rows to read: who said what, and what a lead curator has to settle."""

from __future__ import annotations

from django.db.models import F, Prefetch, Q, QuerySet
from django.db.models.functions import Round

from curation.models import Advice, Aggregation, Candidate, Decision, Project, Role, User, Vote
from curation.models.votes import VoteRows


def votes_seen_by(user: User, project: Project) -> VoteRows:
    """Votes of a project, newest first: a lead sees everybody's, others their own.

    What colleagues said stays hidden from reviewers, for agreement counts only where votes are independent.
    """
    votes = Vote.objects.filter(candidate__project=project)
    if not user.has_role(Role.LEAD):
        votes = votes.filter(user=user)
    seconds = Round(F("milliseconds") / 1000.0, precision=1)
    return (
        votes.annotate(seconds=seconds)
        .select_related(
            *("user", "label", "candidate__image", "candidate__label", "undone_by", "undoes__label"),
            *("prediction__label", "gold__label"),
        )
        .order_by("-created_at", "-id")
    )


def with_advice(votes: VoteRows) -> VoteRows:
    """Votes whose candidates have `newest_advice`, that of the newest Dawid-Skene. One more query."""
    advice = Advice.objects.filter(aggregation__method=Aggregation.Method.DAWID_SKENE).select_related("label")
    return votes.prefetch_related(Prefetch("candidate__advice", queryset=advice, to_attr="newest_advice"))


def reviewers_of(project: Project) -> QuerySet[User]:
    """Everybody with a vote in the project, by name."""
    return User.objects.filter(
        pk__in=Vote.objects.filter(candidate__project=project).values("user")
    ).order_by("username")


def set_aside(project: Project) -> QuerySet[Candidate]:
    """Flagged and disputed candidates, and those flagged after their decision; oldest first."""
    State = Candidate.State
    flagged_since = Vote.objects.filter(
        kind=Vote.Kind.FLAG,
        undone_by=None,
        candidate__project=project,
        candidate__state=State.DECIDED,
        created_at__gt=F("candidate__decision__created_at"),
    )
    waiting = Q(state__in=[State.FLAGGED, State.DISPUTED]) | Q(pk__in=flagged_since.values("candidate"))
    return _to_settle(project).filter(waiting).order_by("pk")


def settled(project: Project, pk: int) -> QuerySet[Candidate]:
    """One candidate that a lead has settled, to be looked at again; empty where it is none."""
    return _to_settle(project).filter(pk=pk, decision__rule=Decision.Rule.ADJUDICATED)


def _to_settle(project: Project) -> QuerySet[Candidate]:
    return Candidate.objects.filter(project=project).select_related(
        "image__source", "image__licence", "label", "prediction__label", "prediction__model"
    )


def with_marks(candidates: QuerySet[Candidate]) -> QuerySet[Candidate]:
    """Candidates with `marks`, the labels and flags of their round that stand, oldest first; and comments.

    Three more queries.
    """
    marks = Vote.objects.counting().select_related("user", "label")
    return candidates.prefetch_related(
        Prefetch("vote_rows", queryset=marks, to_attr="marks"), "comments__author"
    )
