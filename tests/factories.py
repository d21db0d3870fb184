"""Rows for tests: real ones, made through the models, with numbers for names."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from curation.models import (
    Batch,
    Candidate,
    Claim,
    Decision,
    Guideline,
    Image,
    LabelClass,
    Licence,
    ModelVersion,
    Prediction,
    Project,
    Source,
    User,
    Vote,
)
from curation.services.licences import licence_named

_numbers = itertools.count(1)
PASSWORD = "a long enough password"


@cache
def _hashed(hasher: str) -> str:
    """Made once a hasher (some folders set a quick one): hundreds of tests make people, and the real hash
    takes a third of a second, on purpose."""
    made = import_string(hasher)()  # not make_password: that may still know the hashers of another test
    return str(made.encode(PASSWORD, made.salt()))


def make_user(role: str = "curator", username: str | None = None, **fields: Any) -> User:
    name = username or f"{role}-{next(_numbers)}"
    return User.objects.create(
        username=name, password=_hashed(settings.PASSWORD_HASHERS[0]), role=role, **fields
    )


def make_project(classes: int = 3, key: str | None = None, **fields: Any) -> Project:
    """A project whose classes are keyed A, B, C … with small targets (3 = 1/1/1 a class)."""
    guidelines = fields.pop("guidelines", "")
    # No lots drawn in tests that do not ask for it: what comes next would be chance.
    chance = {"audit_share": 0.0, "gold_share": 0.0}
    defaults = {"title": "Test project", "train": 1, "test": 1, "validate": 1} | chance | fields
    project = Project.objects.create(key=key or f"project-{next(_numbers)}", **defaults)
    for index in range(classes):
        letter = chr(ord("A") + index)
        LabelClass.objects.create(
            project=project,
            index=index,
            key=letter,
            name=f"Class {letter}",
            slug=f"class-{letter.lower()}",
            plural=f"Class {letter} pictures",
            definition=f"A picture of class {letter}.",
        )
    if guidelines:
        project.guideline = Guideline.objects.create(project=project, number=1, intro=guidelines)
        project.save()
    return project


def make_source(code: str | None = None, **fields: Any) -> Source:
    code = code or f"S{next(_numbers)}"
    source, _ = Source.objects.get_or_create(code=code, defaults={"name": f"Source {code}"} | fields)
    return source


def make_licence(code: str = "CC-BY-4.0") -> Licence:
    return licence_named(code)


def make_image(**fields: Any) -> Image:
    """An image row (no files). Its SHA-256 is of a running number unless given."""
    number = next(_numbers)
    sha256 = fields.pop("sha256", hashlib.sha256(str(number).encode()).hexdigest())
    source = fields.pop("source", None) or make_source("S")
    if isinstance(source, str):
        source = make_source(source)
    licence = fields.pop("licence", None) or make_licence()
    if isinstance(licence, str):
        licence = make_licence(licence)
    defaults: dict[str, Any] = {
        "dhash": int(sha256[:15], 16),
        "format": "JPEG",
        "extension": "jpg",
        "width": 800,
        "height": 1200,
        "bytes": 1000,
        "original_name": f"picture-{number}.jpg",
        "group": sha256,
    }
    batch = fields.pop("batch", None) or Batch.objects.create(origin="tests")
    return Image.objects.create(
        sha256=sha256, source=source, licence=licence, batch=batch, **(defaults | fields)
    )


def make_candidate(project: Project, image: Image | None = None, **fields: Any) -> Candidate:
    return Candidate.objects.create(project=project, image=image or make_image(), **fields)


def make_decided(project: Project, label: LabelClass, user: User, image: Image | None = None) -> Candidate:
    """A candidate decided by one vote, with the rows that brought it about."""
    return decide(make_candidate(project, image), label, user)


def decide(candidate: Candidate, label: LabelClass, user: User) -> Candidate:
    """The candidate decided by one vote, with the rows that brought it about."""
    vote = Vote.objects.create(id=uuid.uuid4(), candidate=candidate, user=user, kind="label", label=label)
    decision = Decision.objects.create(candidate=candidate, label=label, rule="votes", vote=vote)
    candidate.state, candidate.label, candidate.decision, candidate.votes = "decided", label, decision, 1
    candidate.save()
    return candidate


def make_claim(user: User, candidate: Candidate) -> Claim:
    """The first slot, held for two minutes."""
    now = timezone.now()
    return Claim.objects.create(
        candidate=candidate,
        slot=1,
        user=user,
        tab=uuid.uuid4(),
        claimed_at=now,
        expires_at=now + timedelta(minutes=2),
    )


def make_model(classes: list[str], name: str | None = None) -> ModelVersion:
    """A model row without a folder; tests that predict use tests.tiny_model."""
    return ModelVersion.objects.create(
        name=name or f"model-{next(_numbers)}",
        folder="none",
        manifest_sha256="0" * 64,
        classes=classes,
        image_size=96,
        parameters=1,
    )


def make_prediction(candidate: Candidate, model: ModelVersion, probabilities: list[float]) -> Prediction:
    """A prediction, set as the candidate's suggestion."""
    best = max(range(len(probabilities)), key=probabilities.__getitem__)
    prediction = Prediction.objects.create(
        candidate=candidate,
        model=model,
        label=candidate.project.classes.get(index=best),
        confidence=probabilities[best],
        probabilities=probabilities,
    )
    candidate.prediction = prediction
    candidate.save(update_fields=["prediction"])
    return prediction
