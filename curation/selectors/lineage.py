"""Where a model comes from and what came of it: release -> distilled -> transplanted -> trained -> soup."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from curation.models import ModelVersion, Run

FURTHEST = 20  # steps back


@dataclass(frozen=True)
class Step:
    """A run, and the model that it made, if any."""

    run: Run
    model: ModelVersion | None


RELATED = ("release", "model", "parent", "started_from__run")


def ancestors(model: ModelVersion) -> list[Step]:
    """The runs that led to a model, the first of them first; a model that was brought in ends the line.

    A soup comes from the run whose checkpoints it took, every other run from the model it started from. Three
    queries a step at most.
    """
    found: list[Step] = []
    run = Run.objects.select_related(*RELATED).filter(pk=model.run_id).first() if model.run_id else None
    while run is not None and len(found) < FURTHEST:
        found.append(Step(run, getattr(run, "model", None)))
        before = run.parent_id or (run.started_from.run_id if run.started_from else None)
        run = Run.objects.select_related(*RELATED).filter(pk=before).first() if before else None
    return found[::-1]


def descendants(model: ModelVersion) -> list[Step]:
    """The runs that began with a model, or with the checkpoints of its run; not what came of those."""
    wanted = Q(started_from=model) | (Q(parent=model.run_id) if model.run_id else Q(pk=None))
    rows = Run.objects.exclude(kind=Run.Kind.EVALUATE).filter(wanted).select_related("release", "model")
    return [Step(run, getattr(run, "model", None)) for run in rows.order_by("id")]
