"""Problems of rows, as a reader found them, on the batch's list."""

from __future__ import annotations

from collections.abc import Iterable

from curation.models import Batch, BatchProblem
from curation.records import Problem


def problem_row(batch: Batch, problem: Problem) -> BatchProblem:
    """Not saved."""
    return BatchProblem(
        batch=batch,
        kind=BatchProblem.Kind.NOTE if problem.note else BatchProblem.Kind.REFUSED,
        file=problem.file,
        row=problem.row,
        column=problem.column,
        value=problem.value,
        rule=problem.rule,
        message=problem.message,
    )


def write_problems(rows: Iterable[BatchProblem]) -> None:
    """Save them. Of several about one file as a whole the first is kept."""
    BatchProblem.objects.bulk_create(rows, batch_size=2000, ignore_conflicts=True)
