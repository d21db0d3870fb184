"""The job that ranks pictures by how far they are from all others, and from those of their class."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import transaction
from django.urls import reverse
from numpy.typing import NDArray

from curation.errors import Refused
from curation.models import Candidate, Job, Outlier
from curation.services.progress import Progress
from curation.services.representation.index import index_of
from curation.services.representation.map import set_of

if TYPE_CHECKING:
    from training.representation.outliers import Outliers

KEPT = 1000  # of the ranking: nobody looks further, and each search is kept
FEWEST = 5  # decided pictures that a class needs to have a middle to be far from
BESIDE = 6  # nearest pictures that are kept as evidence
K = 10
RULE = (
    "1 - 2^(-d / m): d is the distance to the 10th nearest picture, m the median of that over all pictures, "
    "or over the decided ones of the class; the larger of the two is taken"
)
ALL, CLASS = "all", "class"


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work. Its rows are written at once at the end: a run that was killed begins anew, with the
    index that is there already."""
    from training.representation.outliers import outliers
    from training.tasks import Told

    found = set_of(job)
    progress.result_url = reverse("outliers", args=[found.project.key])
    ids, rows, index = index_of(found)
    names = [str(pk) for pk in ids.tolist()]
    decided = dict(
        Candidate.objects.filter(project=found.project, state=Candidate.State.DECIDED).values_list(
            "pk", "label_id"
        )
    )
    there = set(Candidate.objects.filter(project=found.project).values_list("pk", flat=True))
    progress.check()
    try:
        overall = outliers(
            rows, [ALL] * len(ids), names, k=K, metric="cosine", index=index, progress=Told(progress)
        )
    except ValueError as error:
        raise Refused(str(error)) from error
    of_all = 1 - overall.scores.astype(np.float64)
    within, facts = _within(ids, rows, names, decided, progress)
    score = np.maximum(of_all, np.nan_to_num(within))
    score[[place for place, pk in enumerate(ids.tolist()) if pk not in there]] = -1
    order = [place for place in np.lexsort((ids, -score))[:KEPT].tolist() if score[place] > 0]
    near = index.search(BESIDE, order)
    made = []
    for rank, place in enumerate(order, 1):
        mine = None if np.isnan(within[place]) else float(within[place])
        by = CLASS if mine is not None and mine > of_all[place] else ALL
        row, values = near.rows[rank - 1], near.values[rank - 1]
        evidence = {
            "by": by,
            "label": decided.get(int(ids[place])),
            "all": float(of_all[place]),
            "within": mine,
            "times": _times(float(score[place])),
            "nearest": ids[row].tolist(),
            "distances": [round(max(0.0, 1 - float(value)), 5) for value in values],
        }
        made.append(
            Outlier(
                job=job,
                feature_set=found,
                candidate_id=int(ids[place]),
                rank=rank,
                score=float(score[place]),
                evidence=evidence,
            )
        )
    progress.check()
    with transaction.atomic():
        # A run that was killed after this has written them already, and some may have been sent since.
        if not Outlier.objects.filter(job=job).exists():
            Outlier.objects.bulk_create(made, batch_size=500)
    progress.log(f"The {len(made):,} pictures that are farthest from others are kept, of {len(ids):,}.")
    return {**facts, "rows": len(ids), "kept": len(made), "features": found.pk, "k": K, "rule": RULE}


def _within(
    ids: NDArray[np.int64],
    rows: NDArray[np.float32],
    names: list[str],
    decided: dict[int, int],
    progress: Progress,
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """(N,) how far each is from those of its class, NaN where that is not known; class by class, so that
    only the features of one are held."""
    from training.representation.outliers import outliers

    places: dict[int, list[int]] = defaultdict(list)
    for place, pk in enumerate(ids.tolist()):
        if pk in decided:
            places[decided[pk]].append(place)
    within = np.full(len(ids), np.nan)
    judged: list[int] = []
    for label, some in sorted(places.items()):
        progress.check()
        own = rows[some]
        # A class of copies of one picture has nothing that sticks out.
        if len(some) < FEWEST or (own == own[0]).all():
            continue
        found: Outliers = outliers(
            own, [str(label)] * len(some), [names[one] for one in some], k=K, metric="cosine"
        )
        within[some] = 1 - found.scores.astype(np.float64)
        judged += some
    decisions = sum(map(len, places.values()))
    return within, {"judged": len(judged), "left_out": decisions - len(judged)}


def _times(score: float) -> float | None:
    """How many times as far as the typical picture; None where the typical one is at no distance."""
    return round(-math.log2(1 - score), 2) if score < 1 else None
