"""Every row of a delivery by what became of it."""

from __future__ import annotations

from django.db.models import Count

from curation.models import Batch, BatchProblem, MediaRecord


def tally(batch: Batch) -> dict[str, int]:
    """State -> rows; `rows` is their sum. Also of pictures without a record, as a folder brings. Three
    queries."""
    counts = {str(state): 0 for state in MediaRecord.State.values}
    counts |= dict(batch.records.order_by().values_list("state").annotate(n=Count("id")))
    kinds = dict(batch.problems.order_by().values_list("kind").annotate(n=Count("id")))
    counts["refused"] += kinds.get(BatchProblem.Kind.REFUSED, 0)
    counts["duplicate"] += kinds.get(BatchProblem.Kind.DUPLICATE, 0)
    counts["added"] += batch.images.filter(records__isnull=True).count()
    return {"rows": sum(counts.values()), **counts}
