"""From the votes that stand to the state of a candidate. The caller holds the lock on its row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from curation.errors import Refused
from curation.models import Candidate, Claim, Decision, LabelClass, Vote

State = Candidate.State


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
    locked = Candidate.objects.select_for_update(no_key=True, of=("self",))
    candidate = locked.select_related("project", "label", "decision").filter(pk=pk).first()
    if candidate is None:
        raise Refused(f"There is no candidate {pk}.")
    return candidate


def standing(candidate: Candidate) -> list[Mark]:
    """The labels and flags that stand, oldest first. One query."""
    votes = Vote.objects.filter(
        candidate=candidate, kind__in=[Vote.Kind.LABEL, Vote.Kind.FLAG], undone_by=None
    ).select_related("label")
    return [Mark.of(vote) for vote in votes]


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
        candidate.state = _state(candidate, labels, flagged=len(labels) < len(marks))
        if candidate.state == State.DECIDED:
            candidate.label = labels[0].label
            candidate.decision = Decision.objects.create(
                candidate=candidate, label=candidate.label, rule=Decision.Rule.VOTES, vote=cause
            )
    save(candidate, cause)


def save(candidate: Candidate, cause: Vote) -> None:
    """Write the candidate's state; whoever voted lets go of it.

    Others keep their claims even where it is decided now: should the vote be taken back, the picture
    still is in the hands of the one who was looking at it.
    """
    candidate.save(update_fields=["state", "votes", "label", "decision"])
    Claim.objects.filter(candidate=candidate, user=cause.user_id).delete()


def _stands(candidate: Candidate, cause: Vote, labels: list[Mark]) -> bool:
    if candidate.state != State.DECIDED:
        return False
    decided_by_lead = candidate.decision is not None and candidate.decision.rule == Decision.Rule.ADJUDICATED
    agreeing = sum(mark.label == candidate.label for mark in labels)
    return decided_by_lead or cause.kind != Vote.Kind.UNDO or agreeing >= candidate.project.votes_needed


def _state(candidate: Candidate, labels: list[Mark], *, flagged: bool) -> str:
    if flagged:
        return State.FLAGGED
    if len(labels) < candidate.project.votes_needed:
        return State.OPEN
    return State.DECIDED if len({mark.label for mark in labels}) == 1 else State.DISPUTED
