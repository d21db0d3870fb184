"""Deliveries: what came, what became of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet

from curation.models import Batch, BatchProblem, Candidate, Image, MediaRecord

PAGE = 30
PICTURES = 48
PROBLEMS = 100
RECORD_KINDS = (Batch.Kind.DWCA, Batch.Kind.IDIGBIO, Batch.Kind.LIST)  # their rows are records to fetch
GONE = (Batch.State.UNDONE, Batch.State.DISCARDED)

State = MediaRecord.State
Kind = BatchProblem.Kind


@dataclass(frozen=True)
class BatchRow:
    """A batch in the list. The numbers are counted from its rows, but for one that was taken back: those are
    what it had brought."""

    batch: Batch
    added: int = 0
    duplicates: int = 0
    refused: int = 0
    failed: int = 0
    waiting: int = 0
    held: int = 0

    @property
    def gone(self) -> bool:
        return self.batch.state in GONE

    @property
    def of_records(self) -> bool:
        return self.batch.kind in RECORD_KINDS

    @property
    def preview(self) -> dict[str, Any]:
        return self.batch.preview or {}


def batches(number: Any, *, state: str = "", kind: str = "") -> Page[Any]:
    """A page of BatchRow, newest first; five queries, whatever the number of batches."""
    found = Batch.objects.select_related("project", "source", "licence", "job", "created_by")
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    page: Page[Any] = Paginator(found.defer("columns").order_by("-id"), PAGE).get_page(number)
    page.object_list = with_counts(list(page.object_list))
    return page


def with_counts(found: list[Batch]) -> list[BatchRow]:
    """What became of each batch so far; three queries for all of them."""
    ids = [batch.pk for batch in found if batch.state not in GONE]
    pictures = _counts(Image.objects.filter(batch__in=ids), "batch")
    records = _counts(MediaRecord.objects.filter(batch__in=ids), "batch", "state")
    problems = _counts(BatchProblem.objects.filter(batch__in=ids), "batch", "kind")
    return [
        BatchRow(batch, batch.added, batch.duplicates, batch.refused)
        if batch.state in GONE
        else BatchRow(
            batch,
            added=pictures[batch.pk, ""],
            duplicates=problems[batch.pk, Kind.DUPLICATE] + records[batch.pk, State.DUPLICATE],
            refused=problems[batch.pk, Kind.REFUSED] + records[batch.pk, State.REFUSED],
            failed=records[batch.pk, State.FAILED],
            waiting=records[batch.pk, State.WAITING],
            held=records[batch.pk, State.HELD],
        )
        for batch in found
    ]


def _counts(rows: QuerySet[Any], *by: str) -> defaultdict[tuple[int, str], int]:
    found: defaultdict[tuple[int, str], int] = defaultdict(int)
    for key, *rest, n in rows.order_by().values_list(*by).annotate(n=Count("id")):
        found[key, rest[0] if rest else ""] = n
    return found


@dataclass(frozen=True)
class Report:
    """A batch of files as it stands. `added`, `duplicates` and `refused` are counted from its rows, also
    meanwhile."""

    batch: Batch
    added: int
    duplicates: int
    refused: int
    problems: Page[BatchProblem]
    pictures: Page[Image]

    @property
    def seen(self) -> int:
        return self.added + self.duplicates + self.refused


def report(batch: Batch, *, kind: str = "", pictures: Any = 1, problems: Any = 1) -> Report:
    """The report of a batch; `kind` narrows its problems to duplicate or refused."""
    counts = dict(
        batch.problems.values_list("kind").annotate(n=Count("id")).order_by().values_list("kind", "n")
    )
    rows: QuerySet[BatchProblem] = batch.problems.select_related("twin")
    if kind:
        rows = rows.filter(kind=kind)
    return Report(
        batch,
        batch.images.count(),
        counts.get(BatchProblem.Kind.DUPLICATE, 0),
        counts.get(BatchProblem.Kind.REFUSED, 0),
        Paginator(rows.order_by("id"), PROBLEMS).get_page(problems),
        Paginator(batch.images.order_by("-id"), PICTURES).get_page(pictures),
    )


@dataclass(frozen=True)
class Goes:
    """What goes when a batch is taken back."""

    pictures: int
    records: int
    candidates: int


def what_goes(batch: Batch) -> Goes:
    return Goes(
        batch.images.count(),
        batch.records.count(),
        Candidate.objects.filter(image__batch=batch).count(),
    )
