"""The demo set: pictures drawn by the project itself, never passed off as real (source kind synthetic)."""

from __future__ import annotations

import tempfile
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.db import transaction
from django.urls import reverse

from curation.drawing import CLASS_SLUGS, Drawn, demo_set
from curation.errors import Refused
from curation.models import Candidate, Job, ModelVersion, Project, Source, User, Vote
from curation.services.ingest import chunks, finish_batch, ingest_chunk, settled_names, start_batch
from curation.services.ingest_items import Item
from curation.services.jobs import create_job
from curation.services.licences import licence_named
from curation.services.preclassify import request_preclassify
from curation.services.progress import Progress
from curation.services.projects import HERBARIOGRAPH
from curation.services.review import NewVote, record_votes

PER_CLASS = 20
SHORT_SIDE = 768
SMALLEST = 100  # pixels across the short side; smaller pictures are refused when they are brought in
DRAWN_BY = "drawn-as"  # the account that answers for drawn pictures: it knows what each was drawn as


@transaction.atomic
def request_demo(
    project: Project,
    *,
    per_class: int = PER_CLASS,
    seed: int = 1,
    short_side: int = SHORT_SIDE,
    created_by: User | None = None,
) -> Job:
    """A job that draws `per_class` pictures of each class into the project.

    Raises Refused where it has classes that nobody has taught the software to draw.
    """
    classes = set(project.classes.values_list("slug", flat=True))
    if unknown := sorted(classes.difference(CLASS_SLUGS)):
        raise Refused(
            f"Project {project.key} cannot be given drawn pictures: there is no drawing of "
            f"{', '.join(unknown)}. Only the classes of {HERBARIOGRAPH} can be drawn."
        )
    origin = f"drawn, {per_class} a class, seed {seed}"
    batch = start_batch(origin, project, None, licence_named("CC0"), created_by)
    batch.job = create_job(
        Job.Kind.DEMO,
        f"Draw the demo set, {per_class} a class",
        params={"batch": batch.pk, "per_class": per_class, "seed": seed, "short_side": short_side},
        created_by=created_by,
    )
    batch.save(update_fields=["job"])
    return batch.job


def run(job: Job, progress: Progress) -> dict[str, int]:
    """The job's work: draw, ingest and forget the files, a few at a time; goes on where it was."""
    batch = job.batches.select_related("project").get()
    assert batch.project is not None  # request_demo gives it one
    classes = list(batch.project.classes.order_by("index").values_list("slug", flat=True))
    per_class = job.params["per_class"]
    settled = settled_names(batch)
    progress.begin(total=per_class * len(classes), done=0)
    with ThreadPoolExecutor(2) as pool, tempfile.TemporaryDirectory(prefix="vasculum-demo-") as folder:
        for drawings in chunks(demo_set(per_class, seed=job.params["seed"], classes=classes), len(classes)):
            progress.check()
            items = [
                _item(drawing, Path(folder), job.params["short_side"])
                for drawing in drawings
                if _name(drawing) not in settled
            ]
            ingest_chunk(batch, items, pool)
            for item in items:
                item.path.unlink()
            progress.advance(len(drawings))
    finish_batch(batch)
    _suggest(batch.project, job.created_by, progress)
    progress.result_url = reverse("batch", args=[batch.pk])
    return {"batch": batch.pk, "added": batch.added, "duplicates": batch.duplicates}


def _suggest(project: Project, user: User | None, progress: Progress) -> None:
    """Have the newest model that knows the project's classes look at the pictures, if there is one."""
    names = set(project.classes.values_list("name", flat=True))
    fitting = (model for model in ModelVersion.objects.order_by("-id") if set(model.classes) == names)
    if model := next(fitting, None):
        job = request_preclassify(project, model, user)
        progress.log(f"Model {model.name} looks at them next (job {job.pk}).")


def _name(drawing: Drawn) -> str:
    return f"{drawing.slug}/{drawing.file_name}"


def _item(drawing: Drawn, folder: Path, short_side: int) -> Item:
    path = folder / f"{drawing.slug}-{drawing.file_name}"
    path.write_bytes(drawing.jpeg(short_side=short_side))
    source, _ = Source.objects.get_or_create(
        code=drawing.source_code, defaults={"name": drawing.source_name, "kind": Source.Kind.SYNTHETIC}
    )
    record = {
        "rights_holder": drawing.rights_holder,
        "occurrence_id": drawing.occurrence_id,
        "catalog_number": drawing.catalog_number,
        "scientific_name": drawing.scientific_name,
        "family": drawing.family,
        "genus": drawing.genus,
    }
    return Item(path, _name(drawing), source, licence_named(drawing.licence), record)


def answer_drawn(project: Project) -> int:
    """Answer every open drawn picture with the class it was drawn as; returns how many.

    For trying out what follows review. The votes are cast by an account of their own that nobody can sign in
    to, so that they are never taken for a person's.
    """
    voter, made = User.objects.get_or_create(
        username=DRAWN_BY, defaults={"role": "curator", "first_name": "Drawn as", "is_active": False}
    )
    if made:
        voter.set_unusable_password()
        voter.save(update_fields=["password"])
    keys = dict(project.classes.values_list("slug", "key"))
    open_drawn = Candidate.objects.filter(
        project=project, state=Candidate.State.OPEN, image__source__kind=Source.Kind.SYNTHETIC
    ).exclude(vote_rows__user=voter)
    votes = [
        NewVote(id=uuid.uuid4(), candidate=pk, kind=Vote.Kind.LABEL, label=keys[name.partition("/")[0]])
        for pk, name in open_drawn.order_by("id").values_list("pk", "image__original_name")
        if name.partition("/")[0] in keys
    ]
    return sum(outcome.status == "saved" for outcome in record_votes(voter, votes))
