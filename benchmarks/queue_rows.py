"""A project of the published size in an empty database: pictures of 43 sources, predicted, a part decided.

A row has what a real one has: names and rights, a prediction of 17 classes, what the list said for every
third, a comment on every twentieth.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from typing import Any

CLASSES, SOURCES, CHUNK = 17, 43, 5_000


def fill(rows: int, *, decided: float = 0.2, seed: int = 89, **policy: Any) -> Any:
    """The project. The same rows for the same arguments; no files. Django must be set up."""
    from curation.models import (
        Batch,
        Candidate,
        Comment,
        Decision,
        Image,
        ModelVersion,
        Prediction,
        Source,
        User,
        Vote,
    )
    from curation.services.licences import licence_named
    from curation.services.projects import ensure_herbariograph

    draw = random.Random(seed)
    project, _ = ensure_herbariograph()
    for name, value in policy.items():
        setattr(project, name, value)
    project.save()
    labels = list(project.classes.order_by("index"))
    sources = Source.objects.bulk_create(Source(code=f"S{n}", name=f"Source {n}") for n in range(SOURCES))
    batch, licence = Batch.objects.create(origin="benchmark"), licence_named("CC-BY-4.0")
    model = ModelVersion.objects.create(
        name="benchmark", folder="none", manifest_sha256="0" * 64, classes=[c.name for c in labels],
        image_size=96, parameters=1,
    )  # fmt: skip
    first = User.objects.create(username="first", role="curator")
    for start in range(0, rows, CHUNK):
        numbers = range(start, min(start + CHUNK, rows))
        hashes = [hashlib.sha256(str(n).encode()).hexdigest() for n in numbers]
        images = Image.objects.bulk_create(
            Image(
                sha256=sha256, dhash=n, source=sources[int(SOURCES * draw.random() ** 2)], licence=licence,
                batch=batch, format="JPEG", extension="jpg", width=800, height=1200, bytes=1000,
                original_name=f"{n}.jpg", group=sha256, catalog_number=f"B 10 {n:07}",
                scientific_name=f"Genus{n % 900} species{n % 4000} (L.) Author", chroma=n % 97 / 100,
                rights_holder=f"Holder of source {n % SOURCES}",
                further_information_url=f"https://collection.example/{sha256[:12]}",
            )
            for n, sha256 in zip(numbers, hashes, strict=True)
        )  # fmt: skip
        candidates = Candidate.objects.bulk_create(
            Candidate(project=project, image=image, **_proposed(n, labels))
            for n, image in zip(numbers, images, strict=True)
        )
        Comment.objects.bulk_create(
            Comment(candidate=row, author=first, text="The label says another species.")
            for row in candidates[::20]
        )
        predictions = Prediction.objects.bulk_create(
            _prediction(draw, candidate, model, labels) for candidate in candidates
        )
        for candidate, prediction in zip(candidates, predictions, strict=True):
            candidate.prediction = prediction
            candidate.priority = 1 - prediction.confidence
        Candidate.objects.bulk_update(candidates, ["prediction", "priority"])
        done: list[Any] = [row for row in candidates if draw.random() < decided]
        votes = Vote.objects.bulk_create(
            Vote(id=uuid.uuid4(), candidate=row, user=first, kind="label", label_id=row.prediction.label_id)
            for row in done
        )
        decisions = Decision.objects.bulk_create(
            Decision(candidate=row, label_id=row.prediction.label_id, rule="votes", vote=vote)
            for row, vote in zip(done, votes, strict=True)
        )
        for row, decision in zip(done, decisions, strict=True):
            row.state, row.votes, row.decision, row.label = "decided", 1, decision, decision.label
        Candidate.objects.bulk_update(done, ["state", "votes", "decision", "label"])
    return project


def _proposed(number: int, labels: list[Any]) -> dict[str, Any]:
    return {"proposed": labels[number % CLASSES], "proposed_by": "list"} if number % 3 == 0 else {}


def _prediction(draw: random.Random, candidate: Any, model: Any, labels: list[Any]) -> Any:
    from curation.models import Prediction

    best, second = draw.sample(range(CLASSES), 2)
    top = 0.35 + 0.65 * draw.random() ** 0.3
    probabilities = [0.0] * CLASSES
    probabilities[best], probabilities[second] = top, 1 - top
    if probabilities[second] > top:
        best = second
    return Prediction(
        candidate=candidate, model=model, label=labels[best], confidence=probabilities[best],
        probabilities=probabilities,
    )  # fmt: skip
