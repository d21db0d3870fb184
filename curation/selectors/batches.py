"""Deliveries: what came, what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet

from curation.models import Batch, BatchProblem, Image

PAGE = 30
PICTURES = 48
PROBLEMS = 100


def batches(number: Any) -> Page[Any]:
    """A page of batches, newest first. `images_now` counts while a batch still runs."""
    rows = Batch.objects.select_related("project", "source", "licence", "job", "created_by")
    return Paginator(rows.annotate(images_now=Count("images")).order_by("-id"), PAGE).get_page(number)


@dataclass(frozen=True)
class Report:
    """A batch as it stands. `added`, `duplicates` and `refused` are counted from its rows, also meanwhile."""

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
