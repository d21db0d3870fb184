"""Whether a person has yet to judge a picture without knowing what others say of it."""

from __future__ import annotations

from curation.models import Candidate, Claim, User, Vote
from curation.services.adjudicate import may_adjudicate
from curation.services.policy import by_lot, known_answer


def judges_blind(user: User, candidate: Candidate) -> bool:
    """True from before the picture is shown until the person's own vote counts. At most four queries."""
    known = known_answer(candidate) is not None
    return (known or _blind(candidate)) and _still_to_judge(user, candidate, known)


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
