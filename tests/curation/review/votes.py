"""Short ways to vote in tests."""

from __future__ import annotations

import uuid
from typing import Any

from curation.models import Candidate, User
from curation.services.review import NewVote, Outcome, record_votes


def new_vote(candidate: Candidate | int, kind: str = "label", label: str = "", **fields: Any) -> NewVote:
    pk = candidate if isinstance(candidate, int) else candidate.pk
    return NewVote(id=fields.pop("id", None) or uuid.uuid4(), candidate=pk, kind=kind, label=label, **fields)


def say(user: User, candidate: Candidate, label: str, **fields: Any) -> Outcome:
    return record_votes(user, [new_vote(candidate, label=label, **fields)])[0]


def take_back(
    user: User, candidate: Candidate, vote: uuid.UUID | None, tab: uuid.UUID | None = None
) -> Outcome:
    return record_votes(user, [new_vote(candidate, "undo", undoes=vote)], tab)[0]
