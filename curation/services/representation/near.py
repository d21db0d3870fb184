"""The job that looks for pictures of different groups that are almost alike to a model.

Found pairs are written block by block and over what is there: distance and job of a pair are renewed, what a
person said of it stays. Where they become too many, the distance is lowered on the way. A run that was killed
begins anew with the index that is there already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import F, Q
from django.urls import reverse
from numpy.typing import NDArray

from curation.models import Candidate, FeatureSet, Job, NearPair
from curation.services.progress import Progress
from curation.services.representation.index import index_of
from curation.services.representation.map import set_of

MOST_PAIRS = 20_000  # the nearest are kept: nobody looks through more


@dataclass(frozen=True)
class _Images:
    """Of each row of features: ids (0: not to be compared) and groups of its picture."""

    ids: NDArray[np.int64]
    groups: NDArray[np.bytes_]


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work."""
    from training.representation.pairs import blocks, pairs_of

    found = set_of(job)
    progress.result_url = reverse("near_pairs") + f"?project={found.project.key}"
    distance = float(job.params["distance"])
    candidates, _rows, index = index_of(found)
    images = _images(found, candidates)
    before = NearPair.objects.filter(feature_set=found).count()
    crowded, since = 0, 0
    progress.begin(len(candidates))
    for asking in blocks(len(candidates)):
        progress.check()
        block = pairs_of(index, asking, distance)
        one, other = images.ids[block.one], images.ids[block.other]
        kept = (one > 0) & (other > 0) & (images.groups[block.one] != images.groups[block.other])
        first, second = np.minimum(one, other)[kept], np.maximum(one, other)[kept]
        _write(job, found, first.tolist(), second.tolist(), block.distances[kept].tolist())
        crowded, since = crowded + block.crowded, since + len(first)
        if since > MOST_PAIRS:
            distance, since = _fewer(job, distance), 0
        progress.advance(len(asking))
    distance = _fewer(job, distance)
    if distance < float(job.params["distance"]):
        progress.log(f"The {MOST_PAIRS:,} nearest pairs are kept, up to a distance of {distance:.4f}.")
    own = NearPair.objects.filter(feature_set=found)
    gone, _each = own.filter(
        ~Q(job=job) | Q(first__group=F("second__group")), verdict=NearPair.Verdict.OPEN
    ).delete()
    there = own.filter(verdict=NearPair.Verdict.OPEN).count()
    progress.log(f"{there:,} pairs wait for a verdict; {gone:,} do not hold any longer.")
    if crowded:
        progress.log(f"{crowded:,} pictures have so many near ones that only the nearest were taken.")
    return {
        "features": found.pk,
        "distance": distance,
        "pairs": there,
        "new": max(0, own.count() + gone - before),
        "gone": gone,
        "crowded": crowded,
        "index": index.facts,
    }


def _fewer(job: Job, distance: float) -> float:
    """Drop the farthest of too many pairs of this job; the distance that is left."""
    rows = NearPair.objects.filter(job=job, verdict=NearPair.Verdict.OPEN).order_by("distance", "pk")
    last = rows.values_list("distance", flat=True)[MOST_PAIRS - 1 : MOST_PAIRS].first()
    if last is None or not rows.filter(distance__gt=last).exists():
        return distance
    rows.filter(distance__gt=last).delete()
    return min(distance, float(last))


def _images(found: FeatureSet, candidates: NDArray[np.int64]) -> _Images:
    """Pictures made from others are in no group but share a split with their parent: they are left out."""
    place = {pk: each for each, pk in enumerate(candidates.tolist())}
    images = _Images(np.zeros(len(candidates), np.int64), np.zeros(len(candidates), "S64"))
    rows = Candidate.objects.filter(project=found.project, image__parent=None).order_by()
    for pk, image, group in rows.values_list("pk", "image_id", "image__group").iterator():
        if (each := place.get(pk)) is not None:
            images.ids[each], images.groups[each] = image, group.encode()
    return images


def _write(job: Job, found: FeatureSet, first: list[int], second: list[int], distances: list[float]) -> None:
    NearPair.objects.bulk_create(
        [
            NearPair(job=job, feature_set=found, first_id=one, second_id=other, distance=distance)
            for one, other, distance in zip(first, second, distances, strict=True)
        ],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["feature_set", "first", "second"],
        update_fields=["distance", "job"],
    )
