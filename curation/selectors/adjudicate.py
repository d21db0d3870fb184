"""What waits for whoever settles pictures: which, why, and how many of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from curation.models import Candidate, DataIssue, Decision, Project, Source, User, Vote

DISPUTED, SINCE = "disputed", "since"
FILTERS = ("why", "label", "source", "reviewer", "days")
OFTEN = 50  # of the last decisions of a person, to find one that can be taken back
State = Candidate.State


def set_aside(project: Project) -> QuerySet[Candidate]:
    """Flagged and disputed candidates, and those flagged after their decision, in a steady order."""
    flagged_since = _flags().filter(candidate__project=project, candidate__state=State.DECIDED)
    waiting = Q(state__in=[State.FLAGGED, State.DISPUTED])
    waiting |= Q(pk__in=flagged_since.filter(closed_at=None).values("candidate"))
    return Candidate.objects.filter(waiting, project=project).order_by("pk")


def settled(project: Project, pk: int) -> QuerySet[Candidate]:
    """One candidate that a lead has settled, to be looked at again; empty where it is none."""
    return Candidate.objects.filter(project=project, pk=pk, decision__rule=Decision.Rule.ADJUDICATED)


def narrowed(rows: QuerySet[Candidate], asked: Mapping[str, Any], leave_out: str = "") -> QuerySet[Candidate]:
    """Those that meet all of `asked`, but for the filter `leave_out`.

    why: DISPUTED, SINCE (flagged after their decision) or a kind of flag. label: a class that somebody voted
    for. reviewer: somebody who voted or flagged. source. days: nothing was said for so many days.
    """
    for name in FILTERS:
        if name != leave_out and asked.get(name):
            rows = rows.filter(_condition(name, asked[name]))
    return rows


def _condition(name: str, value: Any) -> Q:
    said = Vote.objects.filter(candidate=OuterRef("pk")).counting(OuterRef("round"))
    if name == "source":
        return Q(source=value)
    if name == "label":
        return Q(Exists(said.filter(label=value)))
    if name == "reviewer":
        return Q(Exists(said.filter(user=value)))
    if name == "days":
        return ~Q(Exists(said.filter(created_at__gt=timezone.now() - timedelta(days=value))))
    if value == DISPUTED:
        return Q(state=State.DISPUTED)
    if value == SINCE:
        return Q(state=State.DECIDED)
    return Q(Exists(_flags().filter(candidate=OuterRef("pk"), kind=value)))


def _flags() -> QuerySet[DataIssue]:
    """What flags of their picture's round that stand have opened, closed or not."""
    return DataIssue.objects.filter(vote__undone_by=None, vote__round=F("candidate__round")).order_by()


def counts(project: Project, asked: Mapping[str, Any]) -> dict[str, dict[Any, int]]:
    """Filter -> value -> how many pictures there are with it beside the other filters. Six queries."""
    rows = {name: narrowed(set_aside(project), asked, name).order_by() for name in FILTERS}
    votes = Vote.objects.counting().order_by()
    of_state = dict(rows["why"].values("state").annotate(n=Count("pk")).values_list("state", "n"))
    of_kind = _flags().filter(candidate__in=rows["why"].values("pk")).values("kind")
    labels = votes.filter(candidate__in=rows["label"].values("pk"), label__isnull=False).values("label")
    people = votes.filter(candidate__in=rows["reviewer"].values("pk")).values("user")
    sources = rows["source"].values("source").annotate(n=Count("pk"))
    each = Count("candidate", distinct=True)
    return {
        "why": {
            DISPUTED: of_state.get(State.DISPUTED, 0),
            **dict(of_kind.annotate(n=each).values_list("kind", "n")),
            SINCE: of_state.get(State.DECIDED, 0),
            "": sum(of_state.values()),
        },
        "label": dict(labels.annotate(n=each).values_list("label", "n")),
        "reviewer": dict(people.annotate(n=each).values_list("user", "n")),
        "source": dict(sources.values_list("source", "n")),
    }


def shown(rows: QuerySet[Candidate]) -> QuerySet[Candidate]:
    """Candidates with what the page shows of each in a row of thumbnails. Two queries.

    marks: the labels and flags of their round that stand, oldest first.
    """
    marks = Vote.objects.counting().select_related("user", "label").order_by("created_at", "id")
    return rows.select_related("image", "label").prefetch_related(
        Prefetch("vote_rows", marks, to_attr="marks"),
        Prefetch("issues", _flags().filter(closed_at=None), to_attr="flags"),
    )


def last_settlement(user: User, project: Project) -> Decision | None:
    """The person's last settlement that counts, unless they have sent a picture back since. One query."""
    rules = [Decision.Rule.ADJUDICATED, Decision.Rule.REOPENED]
    own = Decision.objects.filter(by=user, rule__in=rules, candidate__project=project).order_by("-pk")
    for decision in own.select_related("candidate__image", "label")[:OFTEN]:
        if decision.rule == Decision.Rule.REOPENED:
            return None
        if decision.candidate.decision_id == decision.pk:
            return decision
    return None


def sources_of(rows: QuerySet[Candidate]) -> QuerySet[Source]:
    """The sources that some of the candidates are from."""
    return Source.objects.filter(pk__in=rows.order_by().values("source")).order_by("code")


def people_of(rows: QuerySet[Candidate]) -> QuerySet[User]:
    """Who said something about some of the candidates that stands."""
    said = Vote.objects.counting().filter(candidate__in=rows.order_by().values("pk")).order_by()
    return User.objects.filter(pk__in=said.values("user")).order_by("username")
