"""Whether a person has yet to judge a picture without knowing what others say of it."""

from __future__ import annotations

import enum

from curation.models import Candidate, Claim, Role, User, Vote
from curation.services.adjudicate import may_adjudicate
from curation.services.policy import by_lot, known_answer


class Sight(enum.Enum):
    """What a person sees of a candidate: all; nothing that models or colleagues say, and that this is so; or
    a new picture like any other, where nothing must tell that its answer is known."""

    ALL = "all"
    BLIND = "blind"
    NEW = "new"


def sight(user: User, candidate: Candidate) -> Sight:
    """What the person sees from before the picture is shown until their own vote counts.

    Who does not vote has nothing to judge, and sees all. At most four queries.
    """
    known = known_answer(candidate) is not None
    if not ((known or _blind(candidate)) and user.has_role(Role.CURATOR)):
        return Sight.ALL
    if not _still_to_judge(user, candidate, known):
        return Sight.ALL
    return Sight.NEW if known else Sight.BLIND


def judges_blind(user: User, candidate: Candidate) -> bool:
    """Whether the person is to judge the picture without what colleagues say of it. At most four queries."""
    return sight(user, candidate) is not Sight.ALL


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
