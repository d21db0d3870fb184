"""What people said about a picture, as far as it leaves the next vote of whoever reads it independent."""

from __future__ import annotations

from dataclasses import dataclass

from curation.models import Candidate, Comment, User
from curation.selectors.blindness import judges_blind
from curation.services.policy import known_answer


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
    if not rows or not judges_blind(user, candidate):
        return Thread(rows, 0)
    known = known_answer(candidate) is not None
    shown = [row for row in rows if row.author_id == user.pk or row.kind == Comment.Kind.QUESTION]
    return Thread(shown, 0 if known else len(rows) - len(shown))
