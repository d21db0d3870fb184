"""A delivery from its arrival to its import: checked first, brought in on a person's word, or discarded.

The check is the import itself inside a transaction that is rolled back, so that what it says is what will be.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from curation.errors import Refused, StorageDown
from curation.models import Batch, Job, Licence, MediaRecord, Project, Source, User
from curation.records import Delivery, RecordsError, detect, list_headers, open_delivery
from curation.selectors.deliveries import preview
from curation.services import audit, uploads
from curation.services.download import request_download
from curation.services.export_items import check_export, ingest_export
from curation.services.folder_check import check_folder
from curation.services.imports import import_records
from curation.services.ingest import finish_batch, queue_ingest
from curation.services.ingest_items import shown
from curation.services.jobs import create_job
from curation.services.progress import NullProgress, Progress

State = Batch.State


def receive(
    path: Path | str,
    *,
    project: Project | None = None,
    source: Source | None = None,
    licence: Licence | None = None,
    rights_holder: str = "",
    columns: Mapping[str, str] | None = None,
    created_by: User | None = None,
    origin: str = "",
) -> Batch:
    """A batch for the archive or list at `path` (or of an upload: uploads.arrived), not looked into yet.

    Raises Refused where it is none.
    """
    try:
        kind = detect(uploads.arrived(str(path)))
    except RecordsError as error:
        raise Refused(str(error)) from error
    return Batch.objects.create(
        kind=kind,
        state=State.CHECKING,
        origin=(origin or shown(str(path)))[:1000],
        path=str(path),
        project=project,
        source=source,
        licence=licence,
        rights_holder=rights_holder,
        columns=dict(columns or {}),
        created_by=created_by,
    )


@transaction.atomic
def request_check(batch: Batch, by: User | None = None) -> Job:
    """Queue the dry run of a delivery that was received."""
    batch.job = create_job(
        Job.Kind.CHECK, f"Check {batch.origin}", params={"batch": batch.pk}, unit="rows", created_by=by
    )
    batch.state, batch.preview = State.CHECKING, None
    batch.save(update_fields=["job", "state", "preview"])
    return batch.job


@transaction.atomic
def request_import(batch: Batch, by: User | None = None) -> Job:
    """Bring in what was checked. Raises Refused where it is not waiting for that, or can't be read."""
    locked = Batch.objects.select_for_update().get(pk=batch.pk)
    if locked.state != State.CHECKED:
        raise Refused(
            _("Batch %(pk)s is not waiting to be brought in: %(get_state_display)s.")
            % {"pk": batch.pk, "get_state_display": locked.get_state_display().lower()}
        )
    if error := (locked.preview or {}).get("error"):
        raise Refused(_("Batch %(pk)s cannot be brought in: %(error)s") % {"pk": batch.pk, "error": error})
    if locked.kind == Batch.Kind.FOLDER:
        job = queue_ingest(
            locked,
            locked.path,
            rights_holder=locked.rights_holder,
            remove_after=uploads.upload_of(locked.path) is not None,
            created_by=by,
        )
    else:
        job = create_job(
            Job.Kind.IMPORT, f"Import {batch.origin}", params={"batch": batch.pk}, unit="rows", created_by=by
        )
    Batch.objects.filter(pk=batch.pk).update(state=State.RUNNING, job=job)
    batch.refresh_from_db()
    return job


@transaction.atomic
def remap(
    batch: Batch,
    columns: Mapping[str, str] | None = None,
    by: User | None = None,
    *,
    source: Source | None = None,
    licence: Licence | None = None,
    rights_holder: str | None = None,
) -> Job:
    """Read a list's columns otherwise, or state what holds for all its rows, and check it again.

    columns: field -> header, "" for none. Whatever is None stays as it is.
    """
    stated: dict[str, Any] = {"source": source, "licence": licence, "rights_holder": rights_holder}
    stated["columns"] = None if columns is None else dict(columns)
    changed = {name: value for name, value in stated.items() if value is not None}
    # The state is written with them, so that there is something to update where nothing is stated anew.
    waiting = Batch.objects.filter(pk=batch.pk, state=State.CHECKED)
    if not waiting.update(state=State.CHECKED, **changed):
        raise Refused(
            _("Batch %(pk)s is not waiting any more; how it is read is settled.") % {"pk": batch.pk}
        )
    batch.refresh_from_db()
    return request_check(batch, by)


@transaction.atomic
def discard(batch: Batch, by: User | None) -> None:
    """Leave a delivery out for good, checked or with its check broken off; an upload's file goes.

    Raises Refused where the check still runs, or it came in meanwhile.
    """
    row = Batch.objects.select_for_update(of=("self",)).select_related("job").get(pk=batch.pk)
    if row.state == State.CHECKING and row.job and row.job.is_active:
        raise Refused(
            _("Batch %(pk)s is being checked. Cancel job %(job_id)s first.")
            % {"pk": batch.pk, "job_id": row.job_id}
        )
    if row.state not in (State.CHECKING, State.CHECKED):
        raise Refused(
            _("Batch %(pk)s is not waiting any more: %(get_state_display)s.")
            % {"pk": batch.pk, "get_state_display": row.get_state_display().lower()}
        )
    Batch.objects.filter(pk=batch.pk).update(state=State.DISCARDED)
    audit.record(by, "batch.discard", batch)
    transaction.on_commit(lambda: remove_upload(batch))


def run_check(job: Job, progress: Progress) -> dict[str, Any]:
    """The CHECK job: look the delivery through and keep what an import would do."""
    batch = _batch(job)
    if batch.state != State.CHECKING:
        return {"batch": batch.pk}
    check(batch, progress)
    progress.result_url = reverse("batch", args=[batch.pk])
    return {"batch": batch.pk}


def check(batch: Batch, progress: Progress | None = None) -> dict[str, Any]:
    """Import and roll back; the preview is kept on the batch and returned."""
    progress = progress or NullProgress()
    progress.begin(total=None, unit="rows")
    try:
        found = check_folder(batch, progress) if batch.kind == Batch.Kind.FOLDER else _check(batch, progress)
    except RecordsError as error:
        found = {"error": str(error), "rule": error.rule}
        if batch.kind == Batch.Kind.LIST:
            # So that a person can say which column is which.
            found |= {"headers": list_headers(uploads.arrived(batch.path)), "columns": batch.columns}
    except StorageDown:
        raise  # says nothing of the delivery
    except Refused as error:
        found = {"error": error.message, "rule": "unreadable"}
    Batch.objects.filter(pk=batch.pk, state=State.CHECKING).update(preview=found, state=State.CHECKED)
    batch.refresh_from_db()
    return found


def _check(batch: Batch, progress: Progress) -> dict[str, Any]:
    with opened(batch) as delivery, transaction.atomic():
        if batch.kind == Batch.Kind.EXPORT:
            found = check_export(batch, delivery, progress)
        else:
            import_records(batch, delivery.rows(), progress)
            found = preview(batch, delivery)
        transaction.set_rollback(True)
    return found


def run_import(job: Job, progress: Progress) -> dict[str, Any]:
    """The IMPORT job: write the records, then let them be fetched."""
    batch = _batch(job)
    if batch.state != State.RUNNING:
        return {"batch": batch.pk}
    bring_in(batch, progress)
    if waiting(batch):
        request_download(batch.created_by)
    progress.result_url = reverse("batch", args=[batch.pk])
    return {"batch": batch.pk}


def start(batch: Batch) -> None:
    """Bring it in without a check, as the command line does."""
    Batch.objects.filter(pk=batch.pk, state=State.CHECKING).update(state=State.RUNNING)
    batch.refresh_from_db()


def bring_in(batch: Batch, progress: Progress | None = None) -> None:
    """Write all rows of the delivery, once: an import that was cut off by a crash has written none.

    Raises Refused for a delivery that cannot be read.
    """
    progress = progress or NullProgress()
    try:
        with opened(batch) as delivery:
            if batch.kind == Batch.Kind.EXPORT:
                ingest_export(batch, delivery, progress)
            elif not batch.records.exists() and not batch.problems.exists():
                progress.begin(total=(batch.preview or {}).get("rows"), unit="rows")
                import_records(batch, delivery.rows(), progress)
    except RecordsError as error:
        raise Refused(str(error)) from error
    if batch.kind != Batch.Kind.EXPORT and not waiting(batch):
        finish_batch(batch)
    remove_upload(batch)


def waiting(batch: Batch) -> bool:
    """Whether pictures of the batch are still to be fetched."""
    return batch.records.filter(state=MediaRecord.State.WAITING).exists()


@contextmanager
def opened(batch: Batch) -> Iterator[Delivery]:
    """The batch's delivery, unpacked into a folder that goes away afterwards."""
    work = settings.VAR_DIR / "deliveries" / str(batch.pk)
    shutil.rmtree(work, ignore_errors=True)  # of a run that was killed
    work.mkdir(parents=True)
    try:
        with open_delivery(uploads.arrived(batch.path), work=work, columns=batch.columns or None) as delivery:
            yield delivery
    finally:
        shutil.rmtree(work, ignore_errors=True)


def remove_upload(batch: Batch) -> None:
    """An upload is ours and goes when it is in; a path given on the command line stays."""
    if uploads.upload_of(batch.path):
        uploads.remove(batch.path)


def _batch(job: Job) -> Batch:
    related = ("project", "source", "licence", "created_by")
    return Batch.objects.select_related(*related).get(pk=job.params["batch"])
