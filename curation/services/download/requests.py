"""What people and the scheduler ask of downloads."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Batch, Job, MediaRecord, User
from curation.services import audit
from curation.services.jobs import create_job

State = MediaRecord.State


def active_download() -> Job | None:
    return Job.objects.filter(kind=Job.Kind.DOWNLOAD, state__in=Job.ACTIVE).first()


def request_download(created_by: User | None = None) -> Job:
    """The download under way, or a new one. It fetches whatever waits, also what is added meanwhile."""
    if job := active_download():
        return job
    try:
        with transaction.atomic():
            return create_job(Job.Kind.DOWNLOAD, "Download pictures", params={}, created_by=created_by)
    except IntegrityError:  # another process was first (constraint job_one_download_at_a_time)
        found = active_download()
        if found is None:
            raise
        return found


@transaction.atomic
def retry(batch: Batch, rule: str, by: User | None) -> int:
    """Let the batch's records that failed, or whose picture was refused, by `rule` be fetched again.

    They keep the rule until the new try: an answer "unchanged" leaves them as they were. Raises Refused where
    there is none.
    """
    records = batch.records.filter(rule=rule, state__in=[State.FAILED, State.REFUSED], attempts__gt=0)
    # One that was tried has an address and a source; no other record of that address can be live but for
    # refused ones, which may have been overtaken.
    live = MediaRecord.objects.exclude(state__in=[State.REFUSED, State.DUPLICATE])
    taken = live.filter(access_hash__in=records.filter(state=State.REFUSED).values("access_hash"))
    n = records.exclude(
        state=State.REFUSED, access_hash__in=list(taken.values_list("access_hash", flat=True))
    ).update(state=State.WAITING)
    if not n:
        raise Refused(
            _("Batch %(pk)s has nothing that failed by %(rule)r and could be fetched again.")
            % {"pk": batch.pk, "rule": rule}
        )
    Batch.objects.filter(pk=batch.pk).update(state=Batch.State.RUNNING, finished_at=None)
    audit.record(by, "batch.retry", batch, rule=rule, records=n)
    request_download(by)
    return n


def wake() -> Job | None:
    """A job for records that wait although none is under way: an answer came just when the last one ended.

    Where the last one failed or was cancelled, a person goes on.
    """
    if active_download() or not MediaRecord.objects.filter(state=State.WAITING).exists():
        return None
    last = Job.objects.filter(kind=Job.Kind.DOWNLOAD).order_by("-id").first()
    if last and last.state != Job.State.DONE:
        return None
    return request_download()
