"""The demo set: pictures drawn by the project itself, never passed off as real (source kind synthetic)."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.db import transaction
from django.urls import reverse

from curation.drawing import CLASS_SLUGS, Drawn, demo_set
from curation.errors import Refused
from curation.models import Candidate, Job, ModelVersion, Project, ProjectKind, Source, User, Vote
from curation.services import demo_sheets
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
ROUND = 8  # pictures drawn and brought in at a time, at least
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
    known = _drawable(project)
    if unknown := sorted(set(project.classes.values_list("slug", flat=True)).difference(known)):
        whose = f"the classes of {HERBARIOGRAPH}" if known is CLASS_SLUGS else " and ".join(known)
        raise Refused(
            f"Project {project.key} cannot be given drawn pictures: there is no drawing of "
            f"{', '.join(unknown)}. Only {whose} can be drawn."
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
    per_class, short_side = job.params["per_class"], job.params["short_side"]
    settled = settled_names(batch)
    classes = batch.project.classes.count()
    progress.begin(total=per_class * classes, done=0)
    with ThreadPoolExecutor(2) as pool, tempfile.TemporaryDirectory(prefix="vasculum-demo-") as folder:
        for pieces in chunks(_pieces(batch.project, per_class, job.params["seed"]), max(classes, ROUND)):
            progress.check()
            items = [piece.item(Path(folder), short_side) for piece in pieces if piece.name not in settled]
            ingest_chunk(batch, items, pool)
            for item in items:
                item.path.unlink()
            progress.advance(len(pieces))
            if batch.project.kind == ProjectKind.CONDITION:
                demo_sheets.mark_stains(batch.project, drawn_by())
    finish_batch(batch)
    _suggest(batch.project, job.created_by, progress)
    progress.result_url = reverse("batch", args=[batch.pk])
    return {"batch": batch.pk, "added": batch.added, "duplicates": batch.duplicates}


def _suggest(project: Project, user: User | None, progress: Progress) -> None:
    """Have the newest model that knows the project's classes look at the pictures, if there is one."""
    names = set(project.classes.values_list("name", flat=True))
    known = ModelVersion.objects.filter(kind=ModelVersion.Kind.CLASSIFIER).order_by("-id")
    fitting = (model for model in known if set(model.classes) == names)
    if model := next(fitting, None):
        job = request_preclassify(project, model, user)
        progress.log(f"Model {model.name} looks at them next (job {job.pk}).")


def _drawable(project: Project) -> tuple[str, ...]:
    """Slugs of the classes that can be drawn in a project of this kind."""
    return demo_sheets.CLASSES if project.kind == ProjectKind.CONDITION else CLASS_SLUGS


class Piece(Protocol):
    """A picture still to be drawn; its name begins with the class that it is drawn as."""

    @property
    def name(self) -> str: ...
    def item(self, folder: Path, short_side: int) -> Item: ...


def _pieces(project: Project, per_class: int, seed: int) -> Iterator[Piece]:
    if project.kind == ProjectKind.CONDITION:
        return demo_sheets.sheet_pieces(per_class, seed)
    classes = list(project.classes.order_by("index").values_list("slug", flat=True))
    return map(PicturePiece, demo_set(per_class, seed=seed, classes=classes))


@dataclass(frozen=True)
class PicturePiece:
    """A picture of one of the 17 classes."""

    drawing: Drawn

    @property
    def name(self) -> str:
        return f"{self.drawing.slug}/{self.drawing.file_name}"

    def item(self, folder: Path, short_side: int) -> Item:
        drawing = self.drawing
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
        return Item(path, self.name, source, licence_named(drawing.licence), record)


def drawn_by() -> User:
    """The account that answers for drawn pictures. Nobody can sign in to it."""
    user, made = User.objects.get_or_create(
        username=DRAWN_BY, defaults={"role": "curator", "first_name": "Drawn as", "is_active": False}
    )
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def answer_drawn(project: Project) -> int:
    """Answer every open drawn picture with the class it was drawn as; returns how many.

    For trying out what follows review. The votes are cast by an account of their own that nobody can sign in
    to, so that they are never taken for a person's.
    """
    voter = drawn_by()
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
