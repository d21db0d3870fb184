"""Bring pictures in: check, hash, make renditions, refuse what breaks a rule, report every file.

Nothing is written for a file that is refused. Every step may be repeated: files are addressed by their
SHA-256, and a batch that was interrupted goes on where it was when it is run again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TypeVar

from django.db import transaction
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.imaging import PictureError
from curation.models import (
    Batch,
    BatchProblem,
    Candidate,
    Image,
    Job,
    Licence,
    MediaRecord,
    Project,
    Source,
    User,
)
from curation.services import uploads
from curation.services.dedupe import group_images
from curation.services.ingest_items import Item, folder_items, shown
from curation.services.intake import DECODERS, Outcome, keep, look_at
from curation.services.jobs import create_job
from curation.services.progress import NullProgress, Progress
from curation.services.proposals import class_names, propose
from inference.files import sha256_of

T = TypeVar("T")
AT_ONCE = 16  # files hashed and looked up together
# Who says what a picture is, by the kind of delivery.
PROPOSERS: dict[str, str] = {
    Batch.Kind.FOLDER: Candidate.Proposer.FOLDER,
    Batch.Kind.LIST: Candidate.Proposer.LIST,
    Batch.Kind.DWCA: Candidate.Proposer.LIST,
    Batch.Kind.IDIGBIO: Candidate.Proposer.LIST,
    Batch.Kind.EXPORT: Candidate.Proposer.EXPORT,
}


def request_ingest(
    folder: Path | str,
    *,
    source: Source,
    licence: Licence,
    project: Project | None = None,
    rights_holder: str = "",
    created_by: User | None = None,
    origin: str = "",
    remove_after: bool = False,
) -> Batch:
    """A batch and the job that fills it. folder: a path, or the name of an upload (uploads.arrived).

    `remove_after`: it goes when done."""
    with transaction.atomic():
        batch = start_batch(origin or shown(str(folder)), project, source, licence, created_by)
        queue_ingest(
            batch, folder, rights_holder=rights_holder, remove_after=remove_after, created_by=created_by
        )
    return batch


def queue_ingest(
    batch: Batch,
    folder: Path | str,
    *,
    rights_holder: str = "",
    remove_after: bool = False,
    created_by: User | None = None,
) -> Job:
    """The job that fills a batch from a folder, inside the caller's transaction."""
    batch.job = create_job(
        Job.Kind.INGEST,
        f"Ingest {batch.origin}",
        params={
            "batch": batch.pk,
            "folder": str(folder),
            "rights_holder": rights_holder,
            "remove_after": remove_after,
        },
        unit="files",
        created_by=created_by,
    )
    batch.save(update_fields=["job"])
    return batch.job


def run(job: Job, progress: Progress) -> dict[str, int | str]:
    """The job's work: ingest its folder into its batch."""
    batch = Batch.objects.select_related("source", "licence", "project").get(pk=job.params["batch"])
    folder = uploads.arrived(job.params["folder"])
    if batch.source is None or batch.licence is None:
        raise Refused(
            _("%(batch)s has no source or no licence; start a new one with both.") % {"batch": batch}
        )
    items = folder_items(
        folder,
        source=batch.source,
        licence=batch.licence,
        rights_holder=job.params.get("rights_holder", ""),
        classes=folder_names(batch.project),
    )
    fill_batch(batch, items, progress)
    progress.log(in_words(batch))
    if job.params.get("remove_after"):
        uploads.remove(job.params["folder"])
    progress.result_url = reverse("batch", args=[batch.pk])
    return summary(batch)


def ingest_folder(
    folder: Path,
    *,
    source: Source,
    licence: Licence,
    project: Project | None = None,
    rights_holder: str = "",
    created_by: User | None = None,
    progress: Progress | None = None,
) -> Batch:
    """Ingest every picture below `folder` here and now."""
    items = folder_items(
        folder,
        source=source,
        licence=licence,
        rights_holder=rights_holder,
        classes=folder_names(project),
    )
    batch = start_batch(shown(str(folder)), project, source, licence, created_by)
    fill_batch(batch, items, progress or NullProgress())
    return batch


def folder_names(project: Project | None) -> dict[str, str]:
    """What folders may be called to propose a class of the project -> the class's slug."""
    return {name: label.slug for name, label in class_names(project).items()} if project else {}


def start_batch(
    origin: str,
    project: Project | None,
    source: Source | None,
    licence: Licence | None,
    created_by: User | None,
) -> Batch:
    return Batch.objects.create(
        origin=origin[:1000], project=project, source=source, licence=licence, created_by=created_by
    )


def summary(batch: Batch) -> dict[str, int | str]:
    return {
        "batch": batch.pk,
        "seen": batch.seen,
        "added": batch.added,
        "duplicates": batch.duplicates,
        "refused": batch.refused,
    }


def in_words(batch: Batch) -> str:
    return (
        f"Batch {batch.pk}: {batch.added} added, {batch.duplicates} already here, "
        f"{batch.refused} refused of {batch.seen} files."
    )


def fill_batch(batch: Batch, items: Iterable[Item], progress: Progress, *, total: int | None = None) -> None:
    """Ingest the items into the batch; every one ends as an image, a duplicate or a refusal."""
    settled = settled_names(batch)
    progress.begin(total=len(items) if isinstance(items, list) else total, done=0, unit="files")
    with ThreadPoolExecutor(DECODERS) as pool:
        for chunk in chunks(items, AT_ONCE):
            progress.check()
            ingest_chunk(batch, chunk, pool, settled)
            progress.advance(len(chunk))
    finish_batch(batch)


def settled_names(batch: Batch) -> set[str]:
    """Names of the files that an earlier, interrupted run of this batch has dealt with."""
    return {
        *batch.problems.values_list("file", flat=True),
        *batch.images.values_list("original_name", flat=True),
    }


def ingest_chunk(
    batch: Batch, items: list[Item], pool: ThreadPoolExecutor, settled: Collection[str] = ()
) -> None:
    """Ingest a few files; those added are candidates at once, so that review need not wait for the rest.

    settled: names that an earlier run has dealt with; it may not have lived to make candidates of them.
    """
    for outcome in _processed([item for item in items if item.name not in settled], batch, pool):
        _settle(batch, outcome)
    if batch.project:
        labels = {item.name: item.proposed for item in items}
        images = batch.images.filter(original_name__in=labels).order_by("id")
        propose(
            batch.project,
            {image: labels[image.original_name] for image in images},
            PROPOSERS.get(batch.kind, Candidate.Proposer.MADE),
        )


def finish_batch(batch: Batch) -> None:
    """Group near-duplicates and write the batch's counts, which are those of its rows."""
    group_images(list(batch.images.only("pk")))
    states = dict(batch.records.order_by().values_list("state").annotate(n=Count("id")))
    kinds = dict(batch.problems.order_by().values_list("kind").annotate(n=Count("id")))
    batch.added = batch.images.count()
    batch.duplicates = kinds.get(BatchProblem.Kind.DUPLICATE, 0) + states.get(MediaRecord.State.DUPLICATE, 0)
    batch.refused = kinds.get(BatchProblem.Kind.REFUSED, 0) + states.get(MediaRecord.State.REFUSED, 0)
    batch.seen = (
        sum(states.values()) + sum(n for kind, n in kinds.items() if kind != BatchProblem.Kind.NOTE)
        if states
        else batch.added + batch.duplicates + batch.refused
    )
    batch.finished_at = timezone.now()
    batch.state = Batch.State.DONE
    batch.save()


def _processed(items: list[Item], batch: Batch, pool: ThreadPoolExecutor) -> Iterator[Outcome]:
    """Hash all, say which are known already without decoding them, decode the rest; in order."""
    hashes = list(pool.map(_hash, items))
    known = {
        image.sha256: image
        for image in Image.objects.filter(sha256__in=[sha for sha in hashes if sha]).select_related("source")
    }
    fresh: list[Item] = []
    for item, sha in zip(items, hashes, strict=True):
        if sha in known:
            _refuse_twin(batch, item, known[sha])
        else:
            fresh.append(item)
    yield from pool.map(look_at, fresh)


def _hash(item: Item) -> str | None:
    try:
        return sha256_of(item.path)
    except OSError:
        return None  # said properly by look_at


def _settle(batch: Batch, outcome: Outcome) -> None:
    settled = keep(batch, outcome)
    if settled.error:
        _refuse(batch, outcome.item, settled.error)
    elif settled.twin:
        _refuse_twin(batch, outcome.item, settled.twin)


def _refuse(batch: Batch, item: Item, error: PictureError) -> None:
    BatchProblem.objects.create(
        batch=batch,
        kind=BatchProblem.Kind.REFUSED,
        file=item.name,
        rule=error.rule,
        message=f"{item.name}: {error.detail}",
    )


def _refuse_twin(batch: Batch, item: Item, twin: Image) -> None:
    """The file is here already. It may still be new to this project."""
    if batch.project:
        propose(batch.project, {twin: item.proposed}, PROPOSERS.get(batch.kind, Candidate.Proposer.MADE))
    BatchProblem.objects.get_or_create(
        batch=batch,
        file=item.name,
        defaults={
            "kind": BatchProblem.Kind.DUPLICATE,
            "rule": "duplicate",
            "message": f"{item.name} is the same file as {twin.original_name} of {twin.source.code} "
            f"(image {twin.sha256[:12]}, batch {twin.batch_id}).",
            "twin": twin,
        },
    )


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
