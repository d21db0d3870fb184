"""One result of the fetch engine into the database: a picture, a list of further addresses, or a reason.

Safe to repeat: only a record that waits is settled, and the image is written in the same transaction as the
record's new state.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from django.db import transaction

from curation.fetching import Outcome, Result
from curation.imaging import PictureError
from curation.models import Image, MediaRecord
from curation.services.download.manifests import expand
from curation.services.download.stand_ins import take_back_stand_ins
from curation.services.ingest_items import NAME_CHARACTERS, RECORD_FIELDS, Item, shown
from curation.services.intake import keep, look_at
from curation.services.proposals import propose

State = MediaRecord.State
CANCELLED = "cancelled"


def settle(result: Result) -> None:
    """Write what became of a target; the file is the caller's to remove."""
    related = ("batch__project", "source", "licence_text__licence")
    record = MediaRecord.objects.select_related(*related).filter(pk=result.key, state=State.WAITING).first()
    if record is None:
        return  # settled by an earlier run that did not live to say so, or taken back meanwhile
    if result.failure == CANCELLED:
        return  # it waits for the next run
    if result.also:
        take_back_stand_ins(result)
    if result.outcome == Outcome.UNCHANGED and record.rule:
        _write(record, result, State.REFUSED, record.rule, f"{record.message} (unchanged at its address)")
    elif result.outcome != Outcome.OK or result.path is None:
        _write(record, result, State.FAILED, result.failure or "unchanged", result.message)
    elif record.medium != MediaRecord.Medium.IMAGE:
        _expand(record, result)
    else:
        _take_in(record, result)


def _take_in(record: MediaRecord, result: Result) -> None:
    licence = record.licence_text.licence
    if record.source is None or licence is None:
        _write(record, result, State.FAILED, "undecided", "its source or licence was withdrawn meanwhile")
        return
    assert result.path is not None
    told = {name: getattr(record, name) for name in RECORD_FIELDS}
    outcome = look_at(Item(result.path, name_of(record), record.source, licence, told))
    with transaction.atomic():
        # Held until the picture is in, so that nobody takes the batch back in between.
        if not MediaRecord.objects.select_for_update().filter(pk=record.pk, state=State.WAITING).exists():
            return
        settled = keep(record.batch, outcome)
        if settled.error:
            _write(record, result, State.REFUSED, settled.error.rule, settled.error.detail)
            return
        image = settled.image or settled.twin
        assert image is not None
        if settled.image:
            _write(record, result, State.ADDED, image=image)
        else:
            said = f"the same file as {image.title} of {image.source.code} (batch {image.batch_id})"
            _write(record, result, State.DUPLICATE, "duplicate", said, image)
        _offer(record, image)


def _offer(record: MediaRecord, image: Image) -> None:
    """Make it a candidate where it was asked for: in its batch's project, and in those of records that had
    the same address."""
    if record.batch.project:
        propose(record.batch.project, {image: record.proposed_label})
    same = MediaRecord.objects.filter(
        access_hash=record.access_hash, state=State.DUPLICATE, image__isnull=True
    ).select_related("batch__project")
    for other in same:
        if other.batch.project and other.batch.project != record.batch.project:
            propose(other.batch.project, {image: other.proposed_label})
        MediaRecord.objects.filter(pk=other.pk).update(image=image)


def _expand(record: MediaRecord, result: Result) -> None:
    assert result.path is not None
    try:
        with transaction.atomic():
            said = expand(record, result.path.read_bytes(), result.url or record.access_uri)
            _write(record, result, State.EXPANDED, message=said)
    except PictureError as error:
        _write(record, result, State.FAILED, error.rule, error.detail)


def _write(
    record: MediaRecord,
    result: Result,
    state: str,
    rule: str = "",
    message: str = "",
    image: Image | None = None,
) -> None:
    MediaRecord.objects.filter(pk=record.pk, state=State.WAITING).update(
        state=state,
        rule=rule,
        message=message[:1000],
        status_code=result.status,
        attempts=min(record.attempts + max(result.attempts, 1), 32_767),
        attempted_at=result.fetched_at,
        etag=result.etag if len(result.etag) <= 300 else "",
        last_modified=result.last_modified[:100],
        final_uri=(result.url if result.url != record.access_uri else "")[:1000],
        image=image,
    )


def name_of(record: MediaRecord) -> str:
    """What people call the file: the end of its address."""
    name = PurePosixPath(unquote(urlsplit(record.access_uri).path)).name
    return shown(name)[-NAME_CHARACTERS:] or f"record {record.pk}"
