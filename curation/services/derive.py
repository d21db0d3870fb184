"""Pictures made from other pictures: each names its parent and inherits source, licence and rights holder.

One job fills one batch. What it has to make is asked of the database in chunks, so a run that was killed
anywhere goes on without a picture made twice or left out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from django.core.files.storage import default_storage
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.imaging import PictureError
from curation.imaging.decode import Decoded, decode
from curation.imaging.limits import Limits
from curation.imaging.source import Source as PictureFile
from curation.imaging.source import identify
from curation.models import Batch, BatchProblem, Candidate, Image, Job, Project, User
from curation.services.ingest_items import NAME_CHARACTERS, Item
from curation.services.intake import DECODERS, Outcome, keep, look_at
from curation.services.jobs import create_job
from curation.services.progress import Progress
from curation.services.proposals import propose

T = TypeVar("T")
AT_ONCE = 16  # pictures made together
# What a picture made from another says of the specimen is what its parent says.
INHERITED = (
    "rights_holder", "further_information_url", "occurrence_id", "catalog_number", "scientific_name",
    "family", "genus",
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """One picture made in memory. proposed: the slug of the class it is said to be, or ""."""

    parent: Image
    name: str
    jpeg: bytes
    made_by: str
    making: dict[str, Any]
    box: list[int] | None = None
    proposed: str = ""


@dataclass(frozen=True)
class NotMade:
    """Why one was not made. name: of the picture it would have been, or of what it was to come from."""

    name: str
    rule: str
    message: str


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work, by what it is to make."""
    from curation.services import derive_corruptions, derive_crops

    makers = {"corruptions": derive_corruptions.fill, "crops": derive_crops.fill}
    try:
        fill = makers[job.params["do"]]
    except KeyError as error:
        raise Refused(_("Job %(pk)s does not say what to make; start a new one.") % {"pk": job.pk}) from error
    batch = Batch.objects.select_related("project").get(pk=job.params["batch"])
    fill(batch, job.params, progress)
    finish(batch)
    progress.result_url = reverse("batch", args=[batch.pk])
    kinds: dict[str, int] = {}
    for made_by, making in batch.images.values_list("made_by", "making"):
        kind = str(making.get("kind" if made_by == Image.Making.CORRUPTION else "part", ""))
        kinds[kind] = kinds.get(kind, 0) + 1
    progress.log(f"Batch {batch.pk}: {batch.added:,} made, {batch.refused:,} not made.")
    return {"batch": batch.pk, "added": batch.added, "refused": batch.refused, "kinds": kinds}


def queue(
    origin: str,
    title: str,
    *,
    project: Project,
    params: Mapping[str, Any],
    total: int | None,
    by: User | None,
    path: str = "",
) -> Job:
    """An empty batch and the job that fills it, inside the caller's transaction."""
    batch = Batch.objects.create(
        kind=Batch.Kind.DERIVED, origin=origin[:1000], project=project, created_by=by, path=path
    )
    batch.job = create_job(
        Job.Kind.DERIVE, title, params={**params, "batch": batch.pk}, total=total, created_by=by
    )
    batch.save(update_fields=["job"])
    return batch.job


def take_in(
    batch: Batch, work: Iterable[T], make: Callable[[T], Sequence[Made | NotMade]], progress: Progress
) -> None:
    """Make pictures of each piece of work in threads, keep them, and make them candidates chunk by chunk.

    make: touches no database. What it could not make, and what intake refuses, becomes a problem of the
        batch.
    """
    with (
        ThreadPoolExecutor(DECODERS) as pool,
        tempfile.TemporaryDirectory(prefix="vasculum-derive-") as folder,
    ):

        def looked_at(piece: T) -> list[tuple[Made, Outcome] | NotMade]:
            return [
                one if isinstance(one, NotMade) else (one, _looked_at(one, Path(folder)))
                for one in make(piece)
            ]

        iterator = iter(work)
        while chunk := list(islice(iterator, AT_ONCE)):
            progress.check()
            kept: dict[Image, str] = {}
            for results in pool.map(looked_at, chunk):
                for result in results:
                    if isinstance(result, NotMade):
                        say_not_made(batch, result)
                    else:
                        kept |= _keep(batch, *result)
            candidates(batch, kept)
            progress.advance(len(chunk))


def _looked_at(made: Made, folder: Path) -> Outcome:
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".jpg", delete=False) as file:
        file.write(made.jpeg)
    parent = made.parent
    record = {name: getattr(parent, name) for name in INHERITED} | {
        "parent": parent,
        "made_by": made.made_by,
        "making": made.making,
        "box": made.box,
    }
    return look_at(Item(Path(file.name), made.name, parent.source, parent.licence, record, made.proposed))


def _keep(batch: Batch, made: Made, outcome: Outcome) -> dict[Image, str]:
    settled = keep(batch, outcome)
    outcome.item.path.unlink(missing_ok=True)
    if settled.error:
        say_not_made(batch, NotMade(made.name, settled.error.rule, settled.error.detail))
    if settled.twin:
        BatchProblem.objects.get_or_create(
            batch=batch,
            file=made.name,
            defaults={
                "kind": BatchProblem.Kind.DUPLICATE,
                "rule": "duplicate",
                "message": f"{made.name} was made before (batch {settled.twin.batch_id}).",
                "twin": settled.twin,
            },
        )
    image = settled.image or settled.twin
    return {image: made.proposed} if image else {}


def say_not_made(batch: Batch, problem: NotMade) -> None:
    """Put it into the report; once a name, also when the job runs again."""
    BatchProblem.objects.get_or_create(
        batch=batch,
        file=problem.name[:1000],
        defaults={
            "kind": BatchProblem.Kind.REFUSED,
            "rule": problem.rule,
            "message": f"{problem.name}: {problem.message}",
        },
    )


def candidates(batch: Batch, images: Mapping[Image, str]) -> None:
    """Make the pictures candidates of the batch's project, with what they are said to be."""
    if batch.project and images:
        propose(batch.project, images, Candidate.Proposer.MADE)


def finish(batch: Batch) -> None:
    """Write the batch's counts, which are those of its rows.

    Pictures that were made are not compared with others: a crop or a recompressed copy is meant to be near
    its parent, and shares its split by the parent it names.
    """
    kinds = dict(batch.problems.order_by().values_list("kind").annotate(n=Count("id")))
    batch.added = batch.images.count()
    batch.duplicates = kinds.get(BatchProblem.Kind.DUPLICATE, 0)
    batch.refused = kinds.get(BatchProblem.Kind.REFUSED, 0)
    batch.seen = batch.added + batch.duplicates + batch.refused
    batch.finished_at = timezone.now()
    batch.state = Batch.State.DONE
    batch.save()


def decoded(image: Image, *, min_short_side: int | None = None) -> Decoded:
    """The upright pixels of an image's original. Raises PictureError where its file is gone or broken."""
    name = image.file_name(Image.Rendition.ORIGINAL)
    try:
        with default_storage.open(name) as file:
            data = file.read()
    except OSError as error:
        raise PictureError(image.original_name, "unreadable", f"its file {name} is not in storage") from error
    source = PictureFile(Path(name).name, identify(Path(name).name, data[:64]), data)
    return decode(source, Limits(), min_short_side=min_short_side)


def name_of(parent: Image, what: str) -> str:
    """What a picture made from `parent` is called: `sheet 7 [0a1b2c3d] label 2.jpg`."""
    tail = f" [{parent.sha256[:8]}] {what}.jpg"
    return Path(parent.original_name).stem[: NAME_CHARACTERS - len(tail)] + tail
