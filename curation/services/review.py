"""What reviewers say. Votes are rows that are only ever added; the state of a candidate follows from them.

A vote carries an id made by whoever sends it, so one that is sent twice is one vote. A vote is kept also when
the claim has run out or the picture was decided meanwhile: no decision of a person is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from curation.errors import Refused
from curation.models import Candidate, Claim, DataIssue, GoldItem, LabelClass, Prediction, User, Vote
from curation.selectors.classes import localized
from curation.services.claims import let_go, take_locked
from curation.services.clock import Clock
from curation.services.policy import known_answer, votes_needed
from curation.services.settle import Mark, lock_candidate, on_record, settle, standing
from curation.services.vote_rules import (
    NewVote,
    class_named,
    must_be_first,
    must_be_same,
    must_be_sure,
)

Kind = Vote.Kind


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one vote.

    status: saved, duplicate (was here already) or refused. state: the candidate's, afterwards.
    before, decided: key of the class it was, and is, decided as; empty where it was not, or is not.
    claimed: the picture is this person's again (after an undo).
    gold: whether it was right, the known answer and why, where the picture has one and reviewers are told.
    """

    id: UUID | None
    status: str
    message: str
    state: str = ""
    before: str = ""
    decided: str = ""
    claimed: bool = False
    gold: dict[str, object] | None = None


def record_votes(user: User, votes: Iterable[NewVote], tab: UUID | None = None) -> list[Outcome]:
    """Save votes in the order given, each in a transaction of its own; one outcome a vote.

    tab: where an undone picture is claimed again, so that it can be judged anew.
    """
    return [_record(user, vote, tab) for vote in votes]


def _record(user: User, vote: NewVote, tab: UUID | None) -> Outcome:
    try:
        try:
            return _record_once(user, vote, tab)
        except IntegrityError:
            # The same id was saved by a request at the same moment, for another candidate: look again.
            if not Vote.objects.filter(pk=vote.id).exists():
                raise
            return _record_once(user, vote, tab)
    except Refused as refusal:
        return Outcome(id=vote.id, status="refused", message=refusal.message)


@transaction.atomic
def _record_once(user: User, vote: NewVote, tab: UUID | None) -> Outcome:
    candidate = lock_candidate(vote.candidate)
    before = candidate.label.key if candidate.label else ""
    answer = known_answer(candidate)
    known, said = on_record(vote.id, candidate)
    if known:
        was = Vote.objects.select_related("label").get(pk=vote.id)
        must_be_same(was, user, vote)
        status, message, claimed = "duplicate", _("This was saved before."), False
        if was.kind == Kind.UNDO and tab is not None:
            claimed = Claim.objects.filter(candidate=candidate, user=user, tab=tab).exists()
    else:
        handler = HANDLERS.get(vote.kind)
        if handler is None:
            raise Refused(
                _("Vote %(id)s: kind %(kind)r is none of %(handlers)s.")
                % {"id": vote.id, "kind": vote.kind, "handlers": ", ".join(HANDLERS)}
            )
        message = handler(user, vote, candidate, standing(candidate) if said else [])
        status = "saved"
        claimed = vote.kind == Kind.UNDO and _give_back(user, tab, candidate)
        if vote.kind == Kind.UNDO and not claimed and candidate.state == Candidate.State.OPEN and tab:
            message += _(" Somebody else is looking at it now.")
    return Outcome(
        id=vote.id,
        status=status,
        message=message,
        state=candidate.state,
        before=before,
        decided=candidate.label.key if candidate.label else "",
        claimed=claimed,
        gold=_told(candidate, answer, vote) if vote.kind == Kind.LABEL else None,
    )


def _told(candidate: Candidate, gold: GoldItem | None, vote: NewVote) -> dict[str, object] | None:
    """What the person is told of a known answer after their vote."""
    if gold is None or not candidate.project.gold_feedback:
        return None
    right = vote.label_id == gold.label_id if vote.label_id else vote.label == gold.label.key
    return {"right": right, "label": gold.label.key, "why": gold.why}


def _label(user: User, vote: NewVote, candidate: Candidate, marks: list[Mark]) -> str:
    label = class_named(candidate.project, vote.label, vote.label_id)
    if (gold := known_answer(candidate)) is not None:
        return _answer(user, vote, candidate, label, gold)
    must_be_sure(vote, candidate, label)
    must_be_first(user, marks)
    late = candidate.state
    row = _write(user, vote, candidate, label=label)
    settle(candidate, row, [*marks, Mark.of(row)])
    return _words(candidate, late)


def _answer(user: User, vote: NewVote, candidate: Candidate, label: LabelClass, gold: GoldItem) -> str:
    """An answer to a picture whose answer is known: on record, and nothing follows from it."""
    said = Vote.objects.filter(candidate=candidate, user=user, kind=Kind.LABEL, undone_by=None)
    if said.exists():
        raise Refused(_("You judged this picture before. Take that back first."))
    _write(user, vote, candidate, label=label, gold=gold)
    return _("Saved.")


def _flag(user: User, vote: NewVote, candidate: Candidate, marks: list[Mark]) -> str:
    if not vote.reason.strip():
        raise Refused(_("A flag needs a reason: say in a few words what the lead curator should look at."))
    must_be_first(user, marks)
    kind = vote.flag or DataIssue.Kind.OTHER
    if kind not in DataIssue.Kind.values:
        raise Refused(
            _("A flag is one of %(values)s; %(kind)r was given.")
            % {"values": ", ".join(DataIssue.Kind.values), "kind": kind}
        )
    row = _write(user, vote, candidate)
    DataIssue.objects.create(candidate=candidate, kind=kind, vote=row, text=vote.reason, opened_by=user)
    settle(candidate, row, [*marks, Mark.of(row)])
    if candidate.state == Candidate.State.FLAGGED:
        return _("Flagged for the lead curator.")
    return _("Flagged; it stays %(label)s until the lead curator has looked.") % {"label": _called(candidate)}


def _skip(user: User, vote: NewVote, candidate: Candidate, marks: list[Mark]) -> str:
    _write(user, vote, candidate)
    let_go(user.pk, candidate)
    return _("Skipped.")


def _undo(user: User, vote: NewVote, candidate: Candidate, marks: list[Mark]) -> str:
    said = Vote.objects.filter(candidate=candidate).select_related("undone_by")
    taken_back = said.filter(pk=vote.undoes).first() if vote.undoes else None
    if taken_back is None:
        raise Refused(
            _("There is no vote %(undoes)s on this picture to take back.") % {"undoes": vote.undoes}
        )
    if taken_back.user_id != user.pk:
        raise Refused(_("Only the person who cast a vote can take it back."))
    if taken_back.kind == Kind.UNDO:
        raise Refused(_("An undo cannot be taken back; judge the picture again instead."))
    if hasattr(taken_back, "undone_by"):
        raise Refused(_("This vote was taken back before."))
    decision = candidate.decision
    if decision is not None and decision.rule == decision.Rule.ADJUDICATED and taken_back.kind != Kind.SKIP:
        raise Refused(
            _(
                "A lead curator has settled this picture as %(label)s; its votes stand. Ask the lead to "
                "change it."
            )
            % {"label": _called(candidate)}
        )
    row = _write(user, vote, candidate, undoes=taken_back)
    if taken_back.kind == Kind.FLAG:
        DataIssue.objects.filter(vote=taken_back, closed_at=None).update(
            closed_at=Clock(), closed_by=user, resolution="Taken back."
        )
    # What was said in an earlier round, or of a picture with a known answer, decides nothing.
    if taken_back.kind != Kind.SKIP and taken_back.round == candidate.round and taken_back.gold_id is None:
        settle(candidate, row, standing(candidate))
    if candidate.state == Candidate.State.DECIDED:
        return _("Taken back. The picture stays %(label)s: the votes of others decide it.") % {
            "label": _called(candidate)
        }
    return _("Taken back.")


# Each gets the marks that stand before it.
HANDLERS: dict[str, Callable[[User, NewVote, Candidate, list[Mark]], str]] = {
    Kind.LABEL: _label,
    Kind.SKIP: _skip,
    Kind.FLAG: _flag,
    Kind.UNDO: _undo,
}


def _write(
    user: User,
    vote: NewVote,
    candidate: Candidate,
    label: LabelClass | None = None,
    undoes: Vote | None = None,
    gold: GoldItem | None = None,
) -> Vote:
    if (vote.label or vote.label_id) and label is None:
        raise Refused(
            _("A %(kind)s names no class; %(label)r was given.") % {"kind": vote.kind, "label": vote.label}
        )
    if vote.undoes and undoes is None:
        raise Refused(
            _("A %(kind)s takes nothing back; vote %(undoes)s was named.")
            % {"kind": vote.kind, "undoes": vote.undoes}
        )
    # Another model may have looked since; the suggestion that was on the screen is still on record.
    if vote.prediction is not None and vote.prediction != candidate.prediction_id:
        of_picture = Prediction.objects.filter(pk=vote.prediction, candidate=candidate)
        if not of_picture.exists():
            raise Refused(
                _("Prediction %(prediction)s is not one of this picture.") % {"prediction": vote.prediction}
            )
    guideline = vote.guideline or candidate.project.guideline_id
    if vote.guideline and not candidate.project.guideline_versions.filter(pk=vote.guideline).exists():
        raise Refused(
            _("Guideline %(guideline)s is not one of %(project)s.")
            % {"guideline": vote.guideline, "project": candidate.project}
        )
    # What was kept from the screen is on record too: blind votes are there to be compared with it.
    hidden = candidate.prediction_id if vote.blind else None
    return Vote.objects.create(
        id=vote.id,
        round=candidate.round,
        via=vote.via,
        page=vote.page,
        blind=vote.blind,
        audit=vote.audit,
        guideline_id=guideline,
        gold=gold,
        candidate=candidate,
        user=user,
        kind=vote.kind,
        label=label,
        undoes=undoes,
        reason=vote.reason,
        prediction_id=vote.prediction or hidden,
        milliseconds=vote.milliseconds,
    )


def _give_back(user: User, tab: UUID | None, candidate: Candidate) -> bool:
    if tab is None:
        return False
    if known_answer(candidate) is not None:
        return True  # many may look at it at once
    if candidate.state != Candidate.State.OPEN:
        return False
    return bool(take_locked(user, tab, [candidate.pk]))


def _called(candidate: Candidate) -> str:
    """The class a picture is decided as, in the reader's language."""
    return localized(candidate.label).name if candidate.label else ""


def _words(candidate: Candidate, was: str) -> str:
    State = Candidate.State
    if was == State.DECIDED:
        return _("Saved as an extra vote: it was decided as %(label)s meanwhile.") % {
            "label": _called(candidate)
        }
    if candidate.state == State.DECIDED:
        return _("Saved: %(label)s.") % {"label": _called(candidate)}
    if candidate.state == State.FLAGGED:
        return _("Saved. It is flagged, so a lead curator settles it.")
    if candidate.state == State.DISPUTED:
        return _("Saved. The votes disagree, so a lead curator settles it.")
    missing = votes_needed(candidate) - candidate.votes
    return ngettext("Saved. %(n)s more vote needed.", "Saved. %(n)s more votes needed.", missing) % {
        "n": missing
    }
