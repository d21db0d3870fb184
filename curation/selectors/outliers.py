"""Outliers as their page reads them. Nothing here imports TensorFlow or faiss."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, Max, Q, QuerySet

from curation.models import Candidate, DataIssue, Job, Outlier, Project
from curation.selectors.representation import Precision, with_pictures
from curation.services.representation.send import far_in_words, with_then

FLAGGED, DECIDED = Candidate.State.FLAGGED, Candidate.State.DECIDED


def latest(project: Project) -> Job | None:
    """The last search for outliers that was finished; one query."""
    rows = Outlier.objects.filter(feature_set__project=project, job__state=Job.State.DONE)
    last = rows.aggregate(last=Max("job"))["last"]
    return Job.objects.get(pk=last) if last else None


def outliers_of(job: Job) -> QuerySet[Outlier]:
    rows = Outlier.objects.filter(job=job).order_by("rank")
    return rows.select_related("candidate__image__source", "candidate__label", "issue")


def precision(project: Project) -> Precision:
    """Over all searches of a project: how many that were sent had something wrong with them.

    wrong: decided as another class than when they were found, or set aside. right: as they were. Counted once
    the issue is closed and the picture is decided or set aside.
    """
    rows = with_then(Outlier.objects.filter(candidate__project=project, issue__isnull=False))
    closed = Q(issue__closed_at__isnull=False)
    other = Q(candidate__state=DECIDED) & Q(then__isnull=False) & ~Q(candidate__label=F("then"))
    changed = other | Q(candidate__state=FLAGGED)
    kept = Q(candidate__state=DECIDED) & (Q(then=None) | Q(candidate__label=F("then")))
    found = rows.aggregate(
        sent=Count("pk"),
        wrong=Count("pk", filter=closed & changed),
        right=Count("pk", filter=closed & kept),
    )
    return Precision(**found)


@dataclass(frozen=True)
class OutlierView:
    """An outlier with the pictures beside it, each with its cosine distance."""

    outlier: Outlier
    nearest: list[tuple[Candidate, float]]

    @property
    def words(self) -> str:
        label = self.outlier.candidate.label
        return far_in_words(self.outlier.evidence, label.name if label else "")

    @property
    def changed(self) -> bool:
        """Whether it is decided otherwise than when it was found."""
        return bool(self.outlier.candidate.label_id != self.outlier.evidence["label"])

    @property
    def outcome(self) -> str:
        """ "": not sent; else open, waiting, aside, changed or kept."""
        issue: DataIssue | None = self.outlier.issue
        if issue is None:
            return ""
        if issue.closed_at is None:
            return "open"
        candidate = self.outlier.candidate
        if candidate.state == FLAGGED:
            return "aside"
        if candidate.state != DECIDED:
            return "waiting"
        return "changed" if self.changed and self.outlier.evidence["label"] is not None else "kept"

    @property
    def may_be_sent(self) -> bool:
        return self.outlier.issue is None and not self.changed and self.outlier.candidate.state != FLAGGED


def outlier_views(project: Project, rows: list[Outlier]) -> list[OutlierView]:
    """Outliers with their neighbours; one query for all of them."""
    ids = {pk for row in rows for pk in row.evidence["nearest"]}
    known = {one.pk: one for one in with_pictures(project, list(ids))}
    return [
        OutlierView(
            row,
            [
                (known[pk], far)
                for pk, far in zip(row.evidence["nearest"], row.evidence["distances"], strict=True)
                if pk in known
            ],
        )
        for row in rows
    ]
