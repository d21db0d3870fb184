"""A project with planted features: pictures of a class lie around one point, as a model would see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from curation.models import Candidate, FeatureSet, Job, ModelVersion, Project, User
from curation.services.representation.places import folder_of_set, write_near
from tests.factories import make_decided, make_image, make_model, make_project, make_user
from tests.training.representation.planted import planted_features
from training.representation.features.store import FeatureStore

MODEL_SHA256 = "a" * 64


@dataclass
class Planted:
    project: Project
    model: ModelVersion
    features: FeatureSet
    candidates: list[Candidate]
    vectors: Any
    truth: list[int]
    lead: User
    flipped: list[Candidate] = field(default_factory=list)


@pytest.fixture(autouse=True)
def quick_hash(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def plant(project: Project, model: ModelVersion, candidates: list[Candidate], vectors: Any) -> FeatureSet:
    """A set of features as its job leaves it."""
    job = Job.objects.create(kind="features", title="Features", state="done", params={"project": project.key})
    found = FeatureSet.objects.create(
        project=project,
        model=model,
        layer="output_gap",
        dimension=vectors.shape[1],
        folder=f"{project.key}/{model.name}/output_gap",
        pictures=len(candidates),
        near="near-1-1",
        job=job,
    )
    folder = folder_of_set(found)
    folder.mkdir(parents=True)
    store = FeatureStore.open(folder, model=MODEL_SHA256, dimension=vectors.shape[1])
    store.append([one.image.sha256 for one in candidates], vectors)
    ids = np.array([one.pk for one in candidates], np.uint32)
    write_near(folder, found.near, ids, lambda start, end: vectors[start:end])
    return found


@pytest.fixture
def make_planted(db: None) -> Callable[..., Planted]:
    """`flips` decisions say another class than where the picture lies."""

    def make(per_class: int = 20, classes: int = 3, flips: int = 0) -> Planted:
        project = make_project(classes, key="flora")
        lead = make_user("lead", username="lea")
        labels = list(project.classes.order_by("index"))
        vectors, truth = planted_features(classes, per_class, 12, 0.2, seed=3)
        candidates, flipped = [], []
        for place, own in enumerate(truth.tolist()):
            said = (own + 1) % classes if place < flips else own
            image = make_image(source=f"S{place % 2}")
            candidates.append(make_decided(project, labels[said], lead, image))
            if place < flips:
                flipped.append(candidates[-1])
        model = make_model([label.name for label in labels], name="eye")
        features = plant(project, model, candidates, vectors)
        return Planted(project, model, features, candidates, vectors, truth.tolist(), lead, flipped)

    return make


@pytest.fixture
def planted(make_planted: Callable[..., Planted]) -> Planted:
    return make_planted()


def draw_map(planted: Planted, places: Any = None) -> FeatureSet:
    """The map that its job would keep: the first two dimensions unless told otherwise."""
    from curation.services.representation.map import _keep
    from curation.services.representation.places import POINT

    points = np.empty(len(planted.candidates), POINT)
    points["x"], points["y"] = (planted.vectors if places is None else places)[:, :2].T
    points["id"] = [one.pk for one in planted.candidates]
    job = Job.objects.create(kind="map", title="Map", state="done", params={"features": planted.features.pk})
    facts = {"pictures": len(points), "fitted": len(points), "seed": 89}
    _keep(planted.features, job, points, facts)
    return planted.features
