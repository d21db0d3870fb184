"""Take a batch back: its pictures, records and candidates go, its report stays.

Only as long as nobody has voted on any of them and no release holds one. The database has the last word: its
foreign keys refuse to lose a picture that something still names.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from curation.errors import Refused
from curation.languages import in_words
from curation.models import (
    Batch,
    BatchProblem,
    Candidate,
    Claim,
    Image,
    MediaRecord,
    NearPair,
    Outlier,
    Prediction,
    ReleaseMember,
    User,
    Vote,
)
from curation.services import audit
from curation.services.dedupe import forget, lock_groups

AT_ONCE = 5_000
UNDOABLE = (Batch.State.DONE, Batch.State.RUNNING)


def undo_batch(batch: Batch, by: User | None) -> int:
    """Take the batch back and return how many pictures went. Raises Refused, and then nothing has changed."""
    try:
        with transaction.atomic():
            images = _undo(batch, by)
            transaction.on_commit(partial(delete_files, images))
    except IntegrityError as error:
        raise Refused(
            _("Batch %(pk)s was not taken back: at this moment somebody voted on one of its pictures.")
            % {"pk": batch.pk}
        ) from error
    return len(images)


def _undo(batch: Batch, by: User | None) -> list[Image]:
    lock_groups()  # first of all: a grouping that runs holds the rows that are to go
    # Not its key: a picture of the batch that comes in at this moment must not wait for us, as we do for it.
    row = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if row.state not in UNDOABLE:
        raise Refused(
            _("Batch %(pk)s cannot be taken back: it is %(get_state_display)s.")
            % {"pk": row.pk, "get_state_display": row.get_state_display().lower()}
        )
    if row.job and row.job.is_active:
        raise Refused(
            _("Batch %(pk)s is still coming in. Cancel job %(job_id)s first.")
            % {"pk": row.pk, "job_id": row.job_id}
        )
    _check_unused(row)
    MediaRecord.objects.filter(batch=row).update(parent=None)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM curation_mediarecord WHERE batch_id = %s", [row.pk])
    # Only now: a record that was just being settled is in by now, and no further one can be.
    images = list(Image.objects.filter(batch=row).only("pk", "sha256", "extension", "group"))
    remove_images(images)
    Batch.objects.filter(pk=row.pk).update(
        state=Batch.State.UNDONE, undone_at=timezone.now(), undone_by=by, finished_at=timezone.now()
    )
    audit.record(by, "batch.undo", row, pictures=len(images))
    return images


def why_not(batch: Batch) -> str:
    """Why the batch can't be taken back, "" where it can; for the page, a few quick queries."""
    if batch.state not in UNDOABLE or (batch.job and batch.job.is_active):
        return _("It is not in yet.") if batch.state != Batch.State.UNDONE else _("It was taken back.")
    try:
        _check_unused(batch)
    except Refused as refusal:
        return refusal.message
    return ""


def _check_unused(batch: Batch) -> None:
    own = Image.objects.filter(batch=batch)
    who = _("Batch %(pk)s cannot be taken back") % {"pk": batch.pk}
    votes = Vote.objects.filter(candidate__image__batch=batch).values("candidate").distinct().count()
    if votes:
        raise Refused(
            ngettext(
                "%(who)s: %(votes)s of its pictures was voted on.",
                "%(who)s: %(votes)s of its pictures were voted on.",
                votes,
            )
            % {"who": who, "votes": in_words(f"{votes:,}")}
        )
    member = ReleaseMember.objects.filter(image__batch=batch).select_related("release").first()
    if member:
        raise Refused(
            _("%(who)s: release %(name)s holds pictures of it.") % {"who": who, "name": member.release.name}
        )
    child = Image.objects.filter(parent__batch=batch).exclude(batch=batch).first()
    if child:
        raise Refused(
            _("%(who)s: batch %(batch_id)s was made from its pictures. Take that one back first.")
            % {"who": who, "batch_id": child.batch_id}
        )
    twins = BatchProblem.objects.filter(twin__in=own).exclude(batch=batch).exclude(batch__state="undone")
    records = MediaRecord.objects.filter(image__in=own).exclude(batch=batch)
    for others in (twins, records):
        other = others.values_list("batch_id", flat=True).first()
        if other:
            raise Refused(
                _("%(who)s: batch %(other)s names its pictures as already here. Take that one back first.")
                % {"who": who, "other": other}
            )


def remove_images(images: Sequence[Image]) -> None:
    """Delete image rows with their candidates, suggestions and claims, inside the caller's transaction.

    Groups that they held together are looked at anew. The files are the caller's to remove after the commit.
    """
    ids = [image.pk for image in images]
    BatchProblem.objects.filter(twin__in=ids).update(twin=None)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        candidates = list(Candidate.objects.filter(image__in=some).values_list("pk", flat=True))
        Candidate.objects.filter(pk__in=candidates).update(prediction=None)
        Claim.objects.filter(candidate__in=candidates).delete()
        Outlier.objects.filter(candidate__in=candidates).delete()
        NearPair.objects.filter(Q(first__in=some) | Q(second__in=some)).delete()
        Prediction.objects.filter(candidate__in=candidates).delete()
        Candidate.objects.filter(pk__in=candidates).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE curation_image SET parent_id = NULL, made_by = '', box = NULL WHERE id = ANY(%s)", [ids]
        )
        cursor.execute("DELETE FROM curation_image WHERE id = ANY(%s)", [ids])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what still names one of them says so now
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    forget(images)


def delete_files(images: Sequence[Image]) -> None:
    """Remove the files of deleted images, but for those that came in again meanwhile."""
    back = set(
        Image.objects.filter(sha256__in=[image.sha256 for image in images]).values_list("sha256", flat=True)
    )
    for image in images:
        if image.sha256 not in back:
            for rendition in Image.Rendition.values:
                default_storage.delete(image.file_name(rendition))
