"""What is said to a person: where they were named, what they were asked, and the talk about one picture."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from curation.models import Candidate, Comment, Mention, User
from curation.selectors.comments import thread

PAGE = 30


def mentions_of(user: User) -> QuerySet[Mention]:
    """Where a person was named or asked, newest first, with all that a list of them shows."""
    return (
        Mention.objects.filter(user=user)
        .select_related("comment__author", "comment__candidate__image", "comment__candidate__project")
        .order_by("-comment_id")
    )


def unseen(user: User) -> int:
    """How many of them the person has not seen. One query on an index of just these."""
    return Mention.objects.filter(user=user, seen_at=None).count()


@dataclass(frozen=True, slots=True)
class Discussion:
    """Comments as one person may read them, oldest first; which they had not seen; how many are kept back."""

    comments: list[Comment]
    unseen: list[int]
    withheld: int


def discussion(user: User, candidate: Candidate) -> Discussion:
    """What `selectors.comments` lets the person read, and what names them: that was said to them."""
    found = thread(user, candidate)
    own = Mention.objects.filter(user=user, comment__candidate=candidate)
    told = dict(own.values_list("comment", "seen_at"))
    shown = {row.pk for row in found.shown}
    missing = [pk for pk in told if pk not in shown]
    extra = list(Comment.objects.filter(pk__in=missing).select_related("author")) if missing else []
    rows = sorted([*found.shown, *extra], key=lambda row: row.pk)
    new = [pk for pk, seen_at in told.items() if seen_at is None]
    return Discussion(rows, new, max(0, found.withheld - len(extra)))
