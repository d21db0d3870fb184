"""How the pictures of a release came in and got their labels, as it was when the release was frozen.

What happened later is left out: votes, decisions and the audit log are append-only, so the same release gives
the same answers each time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, IntegerField, Max, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from curation.models import (
    AgreementReport,
    AuditEntry,
    Candidate,
    Decision,
    Image,
    Project,
    Release,
    ReleaseMember,
    Vote,
)

POLICY = ("votes_needed", "double_share", "blind_second", "audit_share", "gold_share")


@dataclass(frozen=True)
class Collection:
    """How the pictures came in: first and last day, and how many by which kind of delivery; made: pictures
    cut out of others or damaged on purpose, by kind."""

    first: datetime | None
    last: datetime | None
    kinds: dict[str, int]
    made: dict[str, int]


@dataclass(frozen=True)
class Votes:
    """Label votes that counted when the release was frozen, without those of leads who settled.

    per_picture: number of votes -> pictures that have so many. several, alike: pictures with two votes and
    more, and those of them whose votes all name one class. guidelines: version -> votes, None where there
    were none. suggested: model name and SHA-256 -> votes with its suggestion on the screen.
    """

    reviewers: int
    per_picture: dict[int, int]
    several: int
    alike: int
    guidelines: dict[int | None, int]
    suggested: dict[tuple[str, str], int]
    unaided: int

    @property
    def total(self) -> int:
        return sum(votes * n for votes, n in self.per_picture.items())


def policy(project: Project, moment: datetime) -> dict[str, Any]:
    """The review policy at a moment: what it is now, with later changes taken back."""
    found = {name: getattr(project, name) for name in POLICY}
    changes = AuditEntry.objects.filter(project=project, action="policy.change", at__gt=moment)
    for entry in changes.order_by("-id"):
        found |= {name: value for name, value in entry.detail["before"].items() if name in found}
    return found


def collection(members: QuerySet[ReleaseMember]) -> Collection:
    images = Image.objects.filter(memberships__in=members).order_by()
    span = images.aggregate(first=Min("created_at"), last=Max("created_at"))
    kinds = images.values_list("batch__kind").annotate(n=Count("id"))
    made = images.exclude(made_by="").values_list("made_by").annotate(n=Count("id"))
    return Collection(span["first"], span["last"], dict(sorted(kinds)), dict(sorted(made)))


def votes(release: Release, members: QuerySet[ReleaseMember]) -> Votes:
    """Five queries, however many votes there are."""
    counting = _counting(release, members)
    per_candidate = (
        counting.order_by().values("candidate").annotate(n=Count("id"), labels=Count("label", distinct=True))
    )
    per_picture: Counter[int] = Counter()
    several = alike = 0
    for n, labels in per_candidate.values_list("n", "labels").iterator(chunk_size=2_000):
        per_picture[n] += 1
        several += n > 1
        alike += n > 1 and labels == 1
    if without := members.count() - per_picture.total():
        per_picture[0] = without
    guidelines = counting.order_by().values_list("guideline__number").annotate(n=Count("id"))
    shown = counting.filter(prediction__isnull=False, blind=False).order_by()
    models = shown.values_list("prediction__model__name", "prediction__model__manifest_sha256")
    suggested = {(name, sha256): n for name, sha256, n in models.annotate(n=Count("id"))}
    return Votes(
        reviewers=counting.aggregate(n=Count("user", distinct=True))["n"],
        per_picture=dict(sorted(per_picture.items())),
        several=several,
        alike=alike,
        guidelines=dict(sorted(guidelines, key=lambda each: each[0] or 0)),
        suggested=dict(sorted(suggested.items())),
        unaided=sum(n * votes for n, votes in per_picture.items()) - sum(suggested.values()),
    )


def rules(release: Release, members: QuerySet[ReleaseMember]) -> dict[str, int]:
    """Rule of the decision that held when the release was frozen -> pictures."""
    last = (
        Decision.objects.filter(
            candidate__in=_candidates(release, members), created_at__lte=release.created_at
        )
        .order_by("candidate_id", "-id")
        .distinct("candidate_id")
        .values_list("rule", flat=True)
    )
    return dict(sorted(Counter(last.iterator(chunk_size=2_000)).items()))


def agreement(release: Release) -> dict[str, Any] | None:
    """Alpha, pictures, votes and day of the last report of agreement before the release was frozen."""
    report = AgreementReport.objects.filter(
        project=release.project, created_at__lte=release.created_at
    ).first()
    if report is None:
        return None
    found = report.data["agreement"]
    alpha = found["overall"]["alpha"]["value"]
    return {
        "alpha": alpha,
        "pictures": found["units"],
        "votes": found["votes"],
        "day": report.data["as_of"][:10],
    }


def _candidates(release: Release, members: QuerySet[ReleaseMember]) -> QuerySet[Candidate]:
    return Candidate.objects.filter(project=release.project, image__in=members.order_by().values("image"))


def _counting(release: Release, members: QuerySet[ReleaseMember]) -> QuerySet[Vote]:
    """As selectors count votes (`VoteRows.counting`), but at the moment of freezing: not taken back by then,
    and of the round that the candidate was in, which goes up each time it is sent back."""
    then = release.created_at
    sent_back = (
        Decision.objects.filter(
            candidate=OuterRef("candidate"), rule=Decision.Rule.REOPENED, created_at__lte=then
        )
        .order_by()
        .values("candidate")
        .annotate(n=Count("id"))
        .values("n")
    )
    return (
        Vote.objects.filter(
            Q(undone_by=None) | Q(undone_by__created_at__gt=then),
            candidate__in=_candidates(release, members),
            kind=Vote.Kind.LABEL,
            gold=None,
            created_at__lte=then,
        )
        .exclude(via=Vote.Via.LEAD)
        .annotate(then_round=Coalesce(Subquery(sent_back, output_field=IntegerField()), Value(0)) + Value(1))
        .filter(round=F("then_round"))
    )
