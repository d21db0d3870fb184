"""What a page counts: everything that is set must hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from curation.models import (
    Batch,
    Candidate,
    LabelClass,
    ModelVersion,
    Project,
    Role,
    Source,
    User,
)
from curation.selectors.figure_filters import between, judged_by

WEEKS = 13  # a series goes back so far where no day is asked for
DAY, WEEK = "day", "week"
MOST_DAYS = 62  # more are shown by the week unless days are asked for,
MOST_AT_ALL = 800  # and more than that in any case


@dataclass(frozen=True)
class Scope:
    """`label`: decided as the class or, where undecided, taken for it by the newest model.

    `since`, `until`: days, both included, on which pictures came in (of a reviewer: were judged by them; of a
    model: were looked at), votes were cast, decisions made, downloads tried.
    """

    viewer: User
    project: Project | None = None
    source: Source | None = None
    label: LabelClass | None = None
    batch: Batch | None = None
    reviewer: User | None = None
    model: ModelVersion | None = None
    since: date | None = None
    until: date | None = None
    step: str = ""

    @property
    def sees_votes(self) -> bool:
        """Whether this person may read the votes that are counted, one by one."""
        return self.viewer.has_role(Role.LEAD) or (
            self.viewer.has_role(Role.CURATOR) and self.reviewer == self.viewer
        )

    def candidates(self, *, dated: bool = True) -> QuerySet[Candidate]:
        """The candidates that are counted; with `dated` those that came in on the days asked for.

        Of a reviewer: those with a vote of theirs that stands and was cast on the days of the series.
        """
        rows = Candidate.objects.order_by()
        if self.project:
            rows = rows.filter(project=self.project)
        if self.source:
            rows = rows.filter(source=self.source)
        if self.label:
            undecided = Q(guess=self.label) & ~Q(state=Candidate.State.DECIDED)
            rows = rows.filter(Q(label=self.label) | undecided)
        if self.batch:
            rows = rows.filter(batch=self.batch)
        if self.reviewer:
            return rows.filter(judged_by(self.reviewer, *self.span))
        return rows.filter(self.on_days("created_at")) if dated else rows

    def on_days(self, name: str) -> Q:
        """A condition on a moment: on the days that were asked for."""
        return between(name, self.since, self.until)

    @property
    def span(self) -> tuple[date, date]:
        """First and last day of a series: those asked for, else the last weeks, from a Monday on."""
        last = self.until or timezone.localdate()
        first = self.since or last - timedelta(days=last.weekday(), weeks=WEEKS - 1)
        return min(first, last), last

    @property
    def by(self) -> str:
        """A day or a week; days only where there are not too many to read."""
        days = (self.span[1] - self.span[0]).days
        return WEEK if days >= (MOST_AT_ALL if self.step == DAY else MOST_DAYS) else self.step or DAY
