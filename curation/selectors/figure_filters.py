"""The filters that only figures lead with: each says what one number counts, of any project."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from curation.models import Candidate, Prediction, User, Vote


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def between(name: str, since: date | None, until: date | None) -> Q:
    """A condition on a moment: on these days, both included."""
    found = Q()
    if since:
        found &= Q(**{f"{name}__gte": midnight(since)})
    if until:
        found &= Q(**{f"{name}__lt": midnight(until + timedelta(days=1))})
    return found


def judged_by(person: User, since: date | None = None, until: date | None = None) -> Exists:
    """Candidates with a label of this person that stands, cast on these days."""
    # PostgreSQL believes that `undone_by IS NULL` leaves hardly a row, and plans for one. Asked so it knows.
    undone = Vote.objects.filter(undoes__isnull=False, undoes=OuterRef("pk"))
    votes = Vote.objects.filter(~Exists(undone), user=person, kind=Vote.Kind.LABEL)
    return Exists(votes.filter(between("created_at", since, until), candidate=OuterRef("pk")))


def of_figures(rows: QuerySet[Candidate], asked: Mapping[str, Any]) -> QuerySet[Candidate]:
    """Candidates that meet all of these.

    `as`: a class, decided as it or, until then, taken for it. added_from, added_to, decided_from, decided_to:
    dates, both included. judged: "2", more than once. settled: a rule of decisions. reviewer with voted_from
    and voted_to: they have a vote of this person that was cast then. model, said, seen_from, seen_to: this
    model looked at them, gave this class, on these days; agreed ("yes"): they are decided as it said.
    """
    if label := asked.get("as"):
        rows = rows.filter(Q(label=label) | Q(guess=label) & ~Q(state=Candidate.State.DECIDED))
    for name, column in (("added", "created_at"), ("decided", "decided_at")):
        rows = rows.filter(between(column, asked.get(f"{name}_from"), asked.get(f"{name}_to")))
    if asked.get("judged"):
        rows = rows.filter(votes__gte=2)
    if settled := asked.get("settled"):
        rows = rows.filter(settled=settled)
    if reviewer := asked.get("reviewer"):
        rows = rows.filter(judged_by(reviewer, asked.get("voted_from"), asked.get("voted_to")))
    if model := asked.get("model"):
        given = Prediction.objects.filter(model=model, candidate=OuterRef("pk"))
        if said := asked.get("said"):
            given = given.filter(label=said)
        given = given.filter(between("created_at", asked.get("seen_from"), asked.get("seen_to")))
        if asked.get("agreed"):
            given = given.filter(label=OuterRef("label"))
            rows = rows.filter(state=Candidate.State.DECIDED)
        rows = rows.filter(Exists(given))
    return rows


def of_columns(rows: QuerySet[Candidate], asked: Mapping[str, Any]) -> QuerySet[Candidate]:
    """By what stands in the row of a candidate: project, state, source, licence, batch."""
    for name in ("project", "state", "source", "licence", "batch"):
        if value := asked.get(name):
            rows = rows.filter(**{name: value})
    return rows
