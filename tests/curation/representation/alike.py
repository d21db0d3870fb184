"""A project whose pictures are almost alike in known ways, and how pairs of it are looked for."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from curation.models import FeatureSet, Image, Job, User
from curation.selectors import near_pairs as rows
from curation.services.progress import NullProgress
from curation.services.representation import near
from curation.services.representation.request import request_near
from tests.curation.representation.conftest import plant
from tests.factories import decide, make_candidate, make_image, make_model, make_project


def plant_alike(lead: User) -> FeatureSet:
    """Eight pictures in every direction, and 0 ~ 1 at .008, 0 ~ 2 at .012, 3 ~ 4 at .04; 5 and 6 are one,
    and 7 was made from 0."""
    project = make_project(2, key="flora", train=1, test=1, validate=1)
    labels = list(project.classes.order_by("index"))
    vectors = np.eye(8, 12, dtype=np.float32)
    vectors[1], vectors[2] = _at(vectors[0], 9, 0.008), _at(vectors[0], 10, 0.012)
    vectors[4] = _at(vectors[3], 11, 0.04)
    vectors[6] = vectors[5]
    images = [
        make_image(sha256=_sha256(place), source=f"S{place % 7 % 2}", catalog_number=f"N{place}")
        for place in range(8)
    ]
    Image.objects.filter(pk__in=[images[5].pk, images[6].pk]).update(group=images[5].group)
    Image.objects.filter(pk=images[7].pk).update(parent=images[0], made_by="corruption")
    vectors[7] = vectors[0]
    # The order of candidates is not that of pictures.
    candidates = [decide(make_candidate(project, one), labels[0], lead) for one in reversed(images)]
    return plant(project, make_model(["Class A"], name="eye"), candidates, vectors[::-1].copy())


def _sha256(place: int) -> str:
    """Always the same, so that a release is frozen in the same way."""
    return hashlib.sha256(f"alike {place}".encode()).hexdigest()


def _at(vector: Any, axis: int, distance: float) -> Any:
    other = np.zeros_like(vector)
    other[axis] = 1
    return (1 - distance) * vector + np.sqrt(1 - (1 - distance) ** 2) * other


def search(found: FeatureSet, lead: User, distance: float = 0.05) -> Job:
    job = request_near(found, lead, distance)
    result = near.run(job, NullProgress())
    Job.objects.filter(pk=job.pk).update(state="done", result=result)
    job.refresh_from_db()
    return job


def names(found: FeatureSet) -> list[tuple[str, str]]:
    pairs = rows.open_pairs(found).select_related("first", "second")
    return [(one.first.catalog_number, one.second.catalog_number) for one in pairs]
