"""What the pages of agreement and of known answers show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from curation.models import Aggregation, AgreementReport, Candidate, GoldItem, Job, Project, User, Vote
from curation.selectors.jobs import JobView, active_jobs, ended_jobs, views
from curation.selectors.quality_report import AggregationView, Names, Report

KINDS = [Job.Kind.AGREEMENT, Job.Kind.AGGREGATE]


def report(project: Project, a: int | None = None, b: int | None = None) -> Report | None:
    """The newest report; `a` and `b` choose the pair whose table of confusions is shown."""
    newest = AgreementReport.objects.filter(project=project).first()
    if newest is None:
        return None
    names = names_of(project)
    since = Vote.objects.filter(candidate__project=project, created_at__gt=newest.data["as_of"]).count()
    return Report(project.key, newest.data, names, since, (a, b))


def aggregation(project: Project, method: str = "", person: int | None = None) -> AggregationView | None:
    """The newest run by `method`, else Dawid-Skene's, else the newest of any; with one reviewer's table."""
    runs = {run.method: run for run in Aggregation.objects.filter(project=project).order_by("id")}
    if not runs:
        return None
    run = runs.get(method) or runs.get(Aggregation.Method.DAWID_SKENE) or list(runs.values())[-1]
    given = run.advice.aggregate(n=Count("pk"), differs=Count("pk", filter=~_as_decided() & _decided()))
    return AggregationView(project.key, run, list(runs.values()), names_of(project), given, person)


def names_of(project: Project) -> Names:
    """Classes and people by primary key. Two queries."""
    voted = Vote.objects.filter(candidate__project=project).values("user")
    return Names(
        {label.pk: label for label in project.classes.all()},
        {user.pk: user for user in User.objects.filter(pk__in=voted)},
    )


def _decided() -> Q:
    return Q(candidate__state=Candidate.State.DECIDED)


def _as_decided() -> Q:
    return Q(label=F("candidate__label"))


def under_way(project: Project) -> list[JobView]:
    """The jobs that measure the project just now."""
    return views(active_jobs().filter(kind__in=KINDS, params__project=project.key))


def failed(project: Project) -> Job | None:
    """The last measurement, where it failed."""
    last = ended_jobs().filter(kind__in=KINDS, params__project=project.key).order_by("-id").first()
    return last if last is not None and last.state == Job.State.FAILED else None


def judged_twice(project: Project) -> bool:
    """Whether any picture has the two votes that agreement needs."""
    return Candidate.objects.filter(project=project, votes__gte=2).exists()


def has_votes(project: Project) -> bool:
    return Candidate.objects.filter(project=project, votes__gte=1).exists()


def gold_items(project: Project) -> QuerySet[GoldItem]:
    """Pictures with a known answer, the active ones first, with how often they were answered and rightly."""
    stands = Q(answers__kind=Vote.Kind.LABEL, answers__undone_by=None)
    return (
        GoldItem.objects.filter(project=project)
        .annotate(
            answered=Count("answers", filter=stands),
            right=Count("answers", filter=stands & Q(answers__label=F("label"))),
        )
        .select_related("candidate__image", "candidate__label", "label", "created_by")
        .order_by("-active", "-id")
    )


def with_shares(items: Iterable[Any]) -> list[Any]:
    """The items with `share`: the part of their answers that are right, None where there is none."""
    found = list(items)
    for item in found:
        item.share = item.right / item.answered if item.answered else None
    return found
