"""Reads about jobs and workers, with the words that pages and the API show."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import redis
from django.core.cache import cache
from django.db.models import BooleanField, Case, DurationField, ExpressionWrapper, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Now
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from curation.languages import in_words
from curation.models import Job, JobLog, LabelClass
from curation.services.jobs import workers
from curation.services.jobs.heartbeat import rate_key
from curation.services.jobs.lease import lost_before
from curation.services.jobs.workers import WorkerStatus

LOG_TAIL = 20


def workers_alive() -> WorkerStatus:
    """Whether any worker lives, their names, and when one was last heard of. One call to Redis."""
    return workers.status()


@dataclass(frozen=True)
class JobView:
    """A job as people see it. `rate` is in units per second; `took` is the time from start to end."""

    job: Job
    lost: bool
    took: timedelta | None
    rate: float | None
    worker: WorkerStatus
    log: list[JobLog] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)  # class name -> the pictures predicted so

    @property
    def fraction(self) -> float | None:
        return min(self.job.done / self.job.total, 1.0) if self.job.total else None

    @property
    def eta(self) -> timedelta | None:
        """How long it will still take at the present rate."""
        if self.job.state != Job.State.RUNNING or self.lost or not self.rate or self.job.total is None:
            return None
        return timedelta(seconds=max(self.job.total - self.job.done, 0) / self.rate)

    @property
    def words(self) -> str:
        """The state in words that are true now."""
        job, state = self.job, Job.State(self.job.state)
        if state == Job.State.QUEUED:
            return _("Waiting for a worker") if self.worker.alive else _("Waiting: no worker is awake")
        if state == Job.State.RUNNING:
            if self.lost:
                if self.worker.alive:
                    return _("Its worker was lost; another takes over in a moment")
                return _("Its worker was lost; no other is awake")
            return _("Stopping") if job.cancel_requested else _("Running")
        if self.took is None:  # cancelled before it ran
            return str(state.label)
        words = {"state": state.label, "time": duration(self.took)}
        return (
            _("%(state)s in %(time)s") if state == Job.State.DONE else _("%(state)s after %(time)s")
        ) % words

    @property
    def eta_words(self) -> str:
        return _("about %(duration)s left") % {"duration": duration(self.eta)} if self.eta is not None else ""

    @property
    def rate_words(self) -> str:
        if self.job.state != Job.State.RUNNING or self.lost or not self.rate:
            return ""
        if self.rate >= 1:
            return f"{in_words(f'{self.rate:,.0f}')} {self.job.unit}/s"
        return f"{in_words(f'{self.rate * 60:,.1f}')} {self.job.unit}/min"

    @property
    def standing(self) -> str:
        """What decides which buttons are shown."""
        return "stopping" if self.job.is_active and self.job.cancel_requested else self.job.state

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What came out of it, as pairs to show."""
        result = self.job.result or {}
        shown = {key: value for key, value in result.items() if isinstance(value, int | float | str)}
        return [
            (
                key.replace("_", " ").capitalize(),
                value if isinstance(value, str) else f"{value:,}",
            )
            for key, value in shown.items()
        ]

    @property
    def classes(self) -> list[tuple[str, int, str]]:
        """Class, pictures and the address of these (or ""), the most first, where the result counts them."""
        found = (self.job.result or {}).get("classes")
        if not isinstance(found, dict):
            return []
        # PostgreSQL's jsonb keeps no order.
        ordered = sorted(found.items(), key=lambda row: (-row[1], row[0]))
        return [(name, count, self.links.get(name, "")) for name, count in ordered]

    @property
    def can_cancel(self) -> bool:
        return self.job.is_active and not self.job.cancel_requested

    @property
    def can_resume(self) -> bool:
        return self.job.state in {Job.State.FAILED, Job.State.CANCELLED}


def duration(time: timedelta) -> str:
    """In the two largest units that matter: 8 s, 3 min 20 s, 2 h 5 min, 3 d 4 h."""
    seconds = math.ceil(time.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    for size, name, small, small_name in (
        (86400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if seconds >= size:
            rest = seconds % size // small
            return f"{seconds // size} {name}" + (f" {rest} {small_name}" if rest else "")
    raise AssertionError(seconds)


def jobs() -> QuerySet[Job]:
    """Every job, those that still go on first, then the newest first."""
    stopped_beating = Q(state=Job.State.RUNNING, heartbeat_at__lt=lost_before())
    spent = ExpressionWrapper(Coalesce(F("finished_at"), Now()) - F("started_at"), DurationField())
    return (
        Job.objects.select_related("created_by")
        .annotate(
            is_lost=Case(
                When(stopped_beating, then=Value(True)), default=Value(False), output_field=BooleanField()
            ),
            goes_on=Case(
                When(state=Job.State.RUNNING, then=Value(0)),
                When(state=Job.State.QUEUED, then=Value(1)),
                default=Value(2),
            ),
            took=spent,
        )
        .order_by("goes_on", "-id")
    )


def active_jobs() -> QuerySet[Job]:
    return jobs().filter(state__in=Job.ACTIVE)


def ended_jobs() -> QuerySet[Job]:
    return jobs().exclude(state__in=Job.ACTIVE)


def running_jobs(limit: int = 20) -> list[JobView]:
    """What runs or waits: running first, then the newest. Two queries however many there are."""
    return views(active_jobs()[:limit])


def views(rows: Iterable[Job], worker: WorkerStatus | None = None) -> list[JobView]:
    """Rows of `jobs()` with their rates (one call to the cache)."""
    found = list(rows)
    worker = worker or workers_alive()
    running = [job.pk for job in found if job.state == Job.State.RUNNING]
    rates: dict[str, float | None] = {}
    if running:
        try:
            rates = cache.get_many([rate_key(pk) for pk in running])
        except redis.RedisError:
            rates = {}  # the rate is a hint; without it there is no ETA
    return [
        JobView(
            job=job,
            lost=job.is_lost,  # type: ignore[attr-defined]
            took=job.took,  # type: ignore[attr-defined]
            rate=rates.get(rate_key(job.pk)),
            worker=worker,
        )
        for job in found
    ]


def job_view(pk: int, log_lines: int = LOG_TAIL) -> JobView:
    """One job with the last lines of its log, oldest of them first. Raises Http404."""
    row = jobs().filter(pk=pk).first()
    if row is None:
        raise Http404(_("There is no job %(pk)s.") % {"pk": pk})
    [view] = views([row])
    lines = list(JobLog.objects.filter(job_id=pk).order_by("-id")[:log_lines])
    view.log.extend(reversed(lines))
    if row.kind == Job.Kind.PRECLASSIFY and view.classes:
        key = row.params.get("project", "")
        for name, slug in LabelClass.objects.filter(project__key=key).values_list("name", "slug"):
            view.links[name] = f"{reverse('candidates', args=[key])}?predicted={slug}"
    return view
