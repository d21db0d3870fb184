"""Votes as rows to read: who said what."""

from __future__ import annotations

from django.db.models import F, Prefetch, QuerySet
from django.db.models.functions import Round

from curation.models import Advice, Aggregation, Project, Role, User, Vote
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
