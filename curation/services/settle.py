"""From the votes that stand to the state of a candidate. The caller holds the lock on its row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, Decision, LabelClass, Vote
from curation.services.claims import let_go
from curation.services.policy import votes_needed

State = Candidate.State
# Both are asked with every vote: in half the time of statements that are built first.
LOCK = "SELECT * FROM curation_candidate WHERE id = %s FOR NO KEY UPDATE"
ON_RECORD = """
SELECT EXISTS (SELECT 1 FROM curation_vote WHERE id = %s),
       EXISTS (SELECT 1 FROM curation_vote WHERE candidate_id = %s)
"""
LASTING = {Decision.Rule.ADJUDICATED, Decision.Rule.IMPORTED}


@dataclass(frozen=True, slots=True)
class Mark:
    """A label or flag that nobody has taken back."""

    user_id: int
    kind: str
    label: LabelClass | None

    @classmethod
    def of(cls, vote: Vote) -> Self:
        return cls(vote.user_id, vote.kind, vote.label)


def lock_candidate(pk: int) -> Candidate:
    """The candidate with its row locked to the end of the transaction. Raises Refused where there is none."""
    # Its row alone: a statement that waits for the lock sees the new row of the candidate, but would join it
    # with the project, decision and label of when it began. They are asked for where they are needed.
    for candidate in Candidate.objects.raw(LOCK, [pk]):
        return candidate
    raise Refused(_("There is no candidate %(pk)s.") % {"pk": pk})


def on_record(vote: UUID, candidate: Candidate) -> tuple[bool, bool]:
    """Whether a vote with this id is there, and whether the candidate has any.

    Mostly neither, and then no vote need be read. Ask with the lock held: it sees what was said before that.
    """
    with connection.cursor() as cursor:
        cursor.execute(ON_RECORD, [vote, candidate.pk])
        known, said = cursor.fetchone()
    return known, said


def standing(candidate: Candidate) -> list[Mark]:
    """The labels and flags of this round that stand, oldest first. One query."""
    return [Mark.of(vote) for vote in standing_votes(candidate)]


def standing_votes(candidate: Candidate) -> QuerySet[Vote]:
    """Their rows."""
    return Vote.objects.filter(candidate=candidate).counting(candidate.round).select_related("label")


def settle(candidate: Candidate, cause: Vote, marks: list[Mark]) -> None:
    """Bring state, label, decision and number of votes in line with `marks`, and save the candidate.

    cause: the vote that changed them; it is named in the decisions this writes.
    A decision stands until one of its votes is taken back: later votes are counted and change nothing.
    """
    labels = [mark for mark in marks if mark.kind == Vote.Kind.LABEL]
    candidate.votes = len(labels)
    if not _stands(candidate, cause, labels):
        if candidate.state == State.DECIDED:
            Decision.objects.create(candidate=candidate, label=None, rule=Decision.Rule.UNDONE, vote=cause)
            candidate.label = candidate.decision = None
        _conclude(candidate, cause, labels, flagged=len(labels) < len(marks))
    candidate.disagreement = disagreement(candidate, labels)
    save(candidate, cause)


def save(candidate: Candidate, cause: Vote) -> None:
    """Write the candidate's state; whoever voted lets go of it.

    Others keep their claims even where it is decided now: should the vote be taken back, the picture
    still is in the hands of the one who was looking at it.
    """
    candidate.save(update_fields=["state", "votes", "label", "decision", "disagreement"])
    let_go(cause.user_id, candidate)


def resettle(candidate_id: int) -> bool:
    """Count an open or disputed candidate anew under the present policy; whether that changed its state.

    What is decided or flagged stays as it is. In the caller's transaction.
    """
    candidate = lock_candidate(candidate_id)
    if candidate.state not in {State.OPEN, State.DISPUTED}:
        return False
    votes = [vote for vote in standing_votes(candidate) if vote.kind == Vote.Kind.LABEL]
    before = candidate.state
    if votes:
        _conclude(candidate, votes[-1], [Mark.of(vote) for vote in votes], flagged=False)
    if candidate.state == before:
        return False
    candidate.save(update_fields=["state", "label", "decision"])
    return True


def outcome(labels: list[Mark], needed: int) -> LabelClass | None:
    """The class that more than half of at least `needed` labels name; a tie is for the lead to settle."""
    if len(labels) < needed:
        return None
    (label, most), *_ = Counter(mark.label for mark in labels).most_common(1)
    return label if most * 2 > len(labels) else None


def disagreement(candidate: Candidate, labels: list[Mark]) -> float:
    """Part of votes, model and list that do not name the commonest class among them; 0 for fewer than two."""
    said = [mark.label.pk for mark in labels if mark.label]
    said += [pk for pk in (candidate.guess_id, candidate.proposed_id) if pk is not None]
    return 1 - Counter(said).most_common(1)[0][1] / len(said) if len(said) > 1 else 0.0


def _conclude(candidate: Candidate, cause: Vote, labels: list[Mark], *, flagged: bool) -> None:
    needed = votes_needed(candidate)
    label = None if flagged else outcome(labels, needed)
    if flagged:
        candidate.state = State.FLAGGED
    elif len(labels) < needed:
        candidate.state = State.OPEN
    elif label is None:
        candidate.state = State.DISPUTED
    else:
        rule = Decision.Rule.VOTES if len({mark.label for mark in labels}) == 1 else Decision.Rule.MAJORITY
        candidate.state, candidate.label = State.DECIDED, label
        candidate.decision = Decision.objects.create(candidate=candidate, label=label, rule=rule, vote=cause)


def _stands(candidate: Candidate, cause: Vote, labels: list[Mark]) -> bool:
    if candidate.state != State.DECIDED:
        return False
    if cause.kind != Vote.Kind.UNDO:
        return True
    # What a lead settled and what a release says rest on no number of votes.
    if candidate.decision is not None and candidate.decision.rule in LASTING:
        return True
    needed = votes_needed(candidate)
    agreeing = sum(mark.label == candidate.label for mark in labels)
    return agreeing >= needed or outcome(labels, needed) == candidate.label
