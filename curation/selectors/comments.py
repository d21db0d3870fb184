"""What people said about a picture, as far as it leaves the next vote of whoever reads it independent."""

from __future__ import annotations

from dataclasses import dataclass

from curation.models import Candidate, Claim, Comment, User, Vote
from curation.services.adjudicate import may_adjudicate
from curation.services.policy import by_lot, known_answer


@dataclass(frozen=True, slots=True)
class Thread:
    """Comments, oldest first. withheld: how many more there are, to be read after the person's own vote."""

    shown: list[Comment]
    withheld: int


def thread(user: User, candidate: Candidate) -> Thread:
    """What the person may read before or after judging the picture.

    Where their vote is to be blind it is asked for without the words of colleagues: until they have judged,
    they read the questions of leads and their own words. Of a picture with a known answer nothing is said to
    be withheld, for that would tell it from others. At most five queries.
    """
    rows = list(candidate.comments.select_related("author").order_by("pk"))
    known = known_answer(candidate) is not None
    if not rows or not (known or _blind(candidate)) or not _still_to_judge(user, candidate, known):
        return Thread(rows, 0)
    shown = [row for row in rows if row.author_id == user.pk or row.kind == Comment.Kind.QUESTION]
    return Thread(shown, 0 if known else len(rows) - len(shown))


def _blind(candidate: Candidate) -> bool:
    """By lot, or a second vote where so asked; in any state, for it may still be on somebody's screen."""
    return by_lot(candidate) or (candidate.votes > 0 and candidate.project.blind_second)


def _still_to_judge(user: User, candidate: Candidate, known: bool) -> bool:
    own = Vote.objects.filter(candidate=candidate, user=user, undone_by=None)
    if known:
        return not (own.filter(kind=Vote.Kind.LABEL).exists() or may_adjudicate(user, candidate.project))
    if own.counting(candidate.round).exists():
        return False
    if candidate.state == Candidate.State.OPEN:
        return True
    # What was decided or flagged meanwhile stays with whoever was looking at it.
    held = Claim.objects.filter(candidate=candidate, user=user).exists()
    return held and not may_adjudicate(user, candidate.project)
