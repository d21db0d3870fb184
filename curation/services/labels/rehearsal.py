"""Votes as they would be kept or refused, of which nothing stays."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from curation.models import User
from curation.services.review import Outcome, record_votes
from curation.services.vote_rules import NewVote


class Rehearsal:
    """Takes the place of record_votes.

    Each vote is cast and taken back in a transaction of its own, so that nobody waits for a picture longer
    than for a real vote. What one vote would have meant for the next of the same person is remembered here.
    """

    def __init__(self) -> None:
        self._ids: set[UUID] = set()
        self._said: set[tuple[int, int]] = set()

    def __call__(self, user: User, votes: list[NewVote]) -> list[Outcome]:
        return [self._outcome(user, vote) for vote in votes]

    def _outcome(self, user: User, vote: NewVote) -> Outcome:
        if vote.id in self._ids:
            return Outcome(vote.id, "duplicate", "")
        if (user.pk, vote.candidate) in self._said:
            said = _("The same file has another vote of this person on this picture.")
            return Outcome(vote.id, "refused", said)
        with transaction.atomic():
            [outcome] = record_votes(user, [vote])
            transaction.set_rollback(True)
        if outcome.status == "saved":
            self._ids.add(vote.id)
            self._said.add((user.pk, vote.candidate))
        return outcome
