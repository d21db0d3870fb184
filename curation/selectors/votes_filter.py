"""The filters of the votes page, each of which a figure elsewhere can lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from curation.models import Advice, Aggregation, Candidate, Vote
from curation.models.votes import VoteRows

Votes = VoteRows
ANYBODY, DIFFERS = "any", "differs"  # for `other`: somebody voted too; somebody said another class
REVIEWERS = "review"  # for `via`: any way but a lead's settling


def filter_votes(votes: Votes, /, **asked: str) -> Votes:
    """Narrow votes to those that meet all of `asked`; what is empty or unknown narrows nothing.

    Keys: reviewer and with (usernames), label and other (class slugs), advice (the slug that Dawid-Skene
    gives), kind, standing ("yes", "no", "now": counts at present), via, blind and audit ("yes", "no"), gold
    ("yes", "no", "right", "wrong"), followed ("yes", "no", "any": there was a suggestion), guideline (a
    number), from and to (dates, both included), picture (a candidate), source (a code), batch (a number),
    decided ("any", "same": as the vote says).
    """
    for name, value in asked.items():
        if value and name in SIMPLE:
            votes = SIMPLE[name](votes, value)
    return _with_others(votes, asked)


def _standing(votes: Votes, value: str) -> Votes:
    Kind = Vote.Kind
    if value == "now":
        return votes.counting()
    if value == "yes":
        return votes.filter(undone_by=None).exclude(kind=Kind.UNDO)
    return votes.filter(undone_by__isnull=False)


def _via(votes: Votes, value: str) -> Votes:
    return votes.exclude(via=Vote.Via.LEAD) if value == REVIEWERS else votes.filter(via=value)


def _gold(votes: Votes, value: str) -> Votes:
    if value == "no":
        return votes.filter(gold=None)
    votes = votes.filter(gold__isnull=False)
    if value == "right":
        return votes.filter(label=F("gold__label"))
    return votes.filter(label__isnull=False).exclude(label=F("gold__label")) if value == "wrong" else votes


def _followed(votes: Votes, value: str) -> Votes:
    votes = votes.filter(kind=Vote.Kind.LABEL, prediction__isnull=False)
    if value == "yes":
        return votes.filter(label=F("prediction__label"))
    return votes.exclude(label=F("prediction__label")) if value == "no" else votes


def _decided(votes: Votes, value: str) -> Votes:
    """any: the picture is decided now; same: as this vote says."""
    votes = votes.filter(candidate__state=Candidate.State.DECIDED)
    return votes.filter(candidate__label=F("label")) if value == "same" else votes


def _day(value: str) -> datetime:
    return timezone.make_aware(datetime.combine(date.fromisoformat(value), time.min))


SIMPLE: dict[str, Callable[[Votes, str], Votes]] = {
    "reviewer": lambda votes, value: votes.filter(user__username=value),
    "label": lambda votes, value: votes.filter(label__slug=value),
    "kind": lambda votes, value: votes.filter(kind=value),
    "standing": _standing,
    "via": _via,
    "blind": lambda votes, value: votes.filter(blind=value == "yes"),
    "audit": lambda votes, value: votes.filter(audit=value == "yes"),
    "gold": _gold,
    "followed": _followed,
    "guideline": lambda votes, value: votes.filter(guideline__number=int(value)),
    "from": lambda votes, value: votes.filter(created_at__gte=_day(value)),
    "to": lambda votes, value: votes.filter(created_at__lt=_day(value) + timedelta(days=1)),
    "picture": lambda votes, value: votes.filter(candidate=int(value)),
    "source": lambda votes, value: votes.filter(candidate__source__code=value),
    "batch": lambda votes, value: votes.filter(candidate__image__batch=int(value)),
    "decided": _decided,
    "advice": lambda votes, value: votes.filter(
        Exists(
            Advice.objects.filter(
                candidate=OuterRef("candidate"),
                aggregation__method=Aggregation.Method.DAWID_SKENE,
                label__slug=value,
            )
        )
    ),
}


def _with_others(votes: Votes, asked: Mapping[str, str]) -> Votes:
    """By what somebody else said of the same picture in the same round, a lead who settled it left out."""
    colleague, said = asked.get("with"), asked.get("other")
    if not (colleague or said):
        return votes
    others = (
        Vote.objects.filter(candidate=OuterRef("candidate"), kind=Vote.Kind.LABEL)
        .counting(OuterRef("round"))
        .exclude(user=OuterRef("user"))
        .exclude(via=Vote.Via.LEAD)
    )
    if colleague:
        others = others.filter(user__username=colleague)
    if said == DIFFERS:
        others = others.exclude(label=OuterRef("label"))
        votes = votes.filter(label__isnull=False)
    elif said and said != ANYBODY:
        others = others.filter(label__slug=said)
    return votes.filter(Exists(others))
