"""A project at full size for trying the pages: drawn metadata, few drawings under many rows, nothing real.

Rows come in chunks, each with its files first and then everything about it in one transaction, so that a run
that was stopped goes on where it was, and the same arguments give the same rows.
"""

from __future__ import annotations

import random
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from curation.errors import Refused
from curation.models import Batch, Image, ModelVersion, Project, Source, User
from curation.services.demo_scale_files import (
    DRAWINGS,
    EXTENSION,
    drawing,
    keep_files,
    original,
    sha256,
)
from curation.services.demo_scale_sql import STEPS, copy_images
from curation.services.ingest import start_batch
from curation.services.licences import licence_named
from curation.services.progress import Progress
from curation.services.projects import HERBARIOGRAPH_CLASSES, create_project

KEY, MODEL = "scale", "drawn-guesses"
SOURCES, REVIEWERS, CHUNK = 43, 24, 2_000
LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-SA-4.0")


def fill(pictures: int, progress: Progress, *, seed: int = 89) -> dict[str, int]:
    """Fill the project `scale` up to `pictures` rows; counts of what it has then.

    Raises Refused where the database holds pictures that are not drawn: rows that nobody can tell from real
    ones do not belong among them, and they cannot be removed again.
    """
    if Image.objects.exclude(source__kind=Source.Kind.SYNTHETIC).exists():
        raise Refused(
            "This database holds pictures that are not drawn, and what is drawn here cannot be removed "
            "again. Use one of its own: VASCULUM_VAR=/some/folder."
        )
    project, batch, sources, users, model = _ground(seed)
    done = batch.images.count()
    progress.begin(total=max(pictures, done), done=done)
    for start in range(done, pictures, CHUNK):
        progress.check()
        numbers = range(start, min(start + CHUNK, pictures))
        _add(numbers, seed, project, batch, sources, users, model)
        progress.advance(len(numbers))
    batch.added = batch.seen = batch.images.count()
    batch.state, batch.finished_at = Batch.State.DONE, timezone.now()
    batch.save(update_fields=["added", "seen", "state", "finished_at"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    candidates = project.candidates
    return {
        "pictures": candidates.count(),
        "decided": candidates.filter(state="decided").count(),
        "disputed": candidates.filter(state="disputed").count(),
        "open": candidates.filter(state="open").count(),
        "new": max(pictures - done, 0),
    }


@transaction.atomic
def _ground(seed: int) -> tuple[Project, Batch, list[Source], list[User], ModelVersion]:
    """What rows need around them; made once."""
    project = Project.objects.filter(key=KEY).first() or create_project(
        KEY, title="At full size (drawn)", classes=HERBARIOGRAPH_CLASSES, votes_needed=1
    )
    sources = [
        Source.objects.get_or_create(
            code=f"DRAWN-{n:02}", defaults={"name": f"Drawn collection {n}", "kind": Source.Kind.SYNTHETIC}
        )[0]
        for n in range(1, SOURCES + 1)
    ]
    users = [
        User.objects.get_or_create(
            username=f"drawn-{n:02}", defaults={"role": "curator", "is_active": False, "password": "!"}
        )[0]
        for n in range(1, REVIEWERS + 1)
    ]
    model, _ = ModelVersion.objects.get_or_create(
        name=MODEL,
        defaults={
            "folder": "none", "manifest_sha256": "0" * 64, "image_size": 96, "parameters": 1,
            "classes": list(project.classes.order_by("index").values_list("name", flat=True)),
        },
    )  # fmt: skip
    origin = f"drawn rows for trying, seed {seed}"
    batch = Batch.objects.filter(origin=origin, project=project).first()
    return project, batch or start_batch(origin, project, None, None, None), sources, users, model


def _add(
    numbers: range, seed: int, project: Project, batch: Batch, sources: list[Source], users: list[User],
    model: ModelVersion,
) -> None:  # fmt: skip
    licences = [licence_named(code) for code in LICENCES]
    images = [_image(number, seed, batch, sources, licences) for number in numbers]
    with transaction.atomic(), connection.cursor() as cursor:
        labels = dict(project.classes.values_list("index", "pk"))
        values: dict[str, Any] = {
            "images": copy_images(cursor, images),
            "numbers": list(numbers),
            "labels": [labels[index] for index in sorted(labels)],
            "classes": len(labels),
            "users": [user.pk for user in users],
            "project": project.pk,
            "model": model.pk,
            "guideline": project.guideline_id,
        }
        for step in STEPS:
            cursor.execute(step, values)


def _image(
    number: int, seed: int, batch: Batch, sources: list[Source], licences: list[Any]
) -> dict[str, Any]:
    """Columns of a row that are not left at their defaults; its files are there when this returns."""
    lots = random.Random(f"{seed}:{number}")
    content = original(number, seed)
    width, height = drawing(number % DRAWINGS).size
    source = sources[int(len(sources) * lots.random() ** 2)]
    name = sha256(content)
    keep_files(name, number, content)
    return {
        "sha256": name,
        "dhash": lots.getrandbits(64) - 2**63,
        "format": "JPEG",
        "extension": EXTENSION,
        "width": width,
        "height": height,
        "bytes": len(content),
        "original_name": f"drawn/{number:06}.jpg",
        "source_id": source.pk,
        "licence_id": licences[int(len(licences) * lots.random() ** 2)].pk,
        "rights_holder": source.name,
        "batch_id": batch.pk,
        "catalog_number": f"{source.code}-{number:07}",
        "occurrence_id": f"urn:drawn:{source.code}:{number:07}",
        "scientific_name": f"Drawnia {number % 900}",
        "genus": "Drawnia",
        "group": name,
        "created_at": batch.created_at,
    }
