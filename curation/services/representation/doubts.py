"""The job that ranks the decisions of a project by how much features and model speak against them."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import reverse

from curation.errors import Refused
from curation.models import Candidate, Doubt, FeatureSet, Job, LabelClass, Prediction
from curation.services.progress import Progress
from curation.services.representation.map import features_of, set_of

KEPT = 2000  # of the ranking: nobody looks further, and each search is kept


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work. Its rows are written at once at the end: a run that was killed begins anew."""
    from training.representation.doubts import doubts
    from training.tasks import Told

    found = set_of(job)
    progress.result_url = reverse("doubts", args=[found.project.key])
    ids, names, store = features_of(found, state=Candidate.State.DECIDED)
    labels = {row.pk: row for row in found.project.classes.all()}
    decided = dict(
        Candidate.objects.filter(project=found.project, state=Candidate.State.DECIDED).values_list(
            "pk", "label_id"
        )
    )
    # A decision that was taken back meanwhile is none to doubt.
    kept = [(pk, name) for pk, name in zip(ids, names, strict=True) if decided.get(pk)]
    said = _predictions(found, labels)
    opinions = [said[pk] for pk, _name in kept] if all(pk in said for pk, _name in kept) else None
    progress.log(
        f"{len(kept):,} decisions with features; "
        + f"{found.model} {'has an opinion of each' if opinions else 'has not looked at all of them'}."
    )
    try:
        ranked = doubts(
            store.array([name for _pk, name in kept]),
            [labels[decided[pk]].slug for pk, _name in kept],
            [str(pk) for pk, _name in kept],
            predictions=opinions,
            progress=Told(progress),
        )
    except ValueError as error:
        raise Refused(str(error)) from error
    progress.check()
    rows = [
        Doubt(
            job=job,
            feature_set=found,
            candidate_id=int(one.id),
            label_id=decided[int(one.id)],
            rank=one.rank,
            score=one.score,
            flagged=one.flagged,
            evidence={
                **one.evidence,
                "nearest": [int(other) for other in one.evidence["nearest"]],
                "model": found.model.name if opinions else "",
            },
        )
        for one in ranked.items[:KEPT]
    ]
    with transaction.atomic():
        # A run that was killed after this has written them already, and some may have been sent since.
        if not Doubt.objects.filter(job=job).exists():
            Doubt.objects.bulk_create(rows, batch_size=500)
    progress.log(f"{ranked.facts['flagged']:,} of {ranked.facts['judged']:,} decisions are likely errors.")
    return {**ranked.facts, "features": found.pk, "kept": len(rows)}


def _predictions(found: FeatureSet, labels: dict[int, LabelClass]) -> dict[int, tuple[str, float]]:
    rows = Prediction.objects.filter(model=found.model, candidate__project=found.project)
    return {
        pk: (labels[label].slug, confidence)
        for pk, label, confidence in rows.values_list("candidate_id", "label_id", "confidence")
    }
