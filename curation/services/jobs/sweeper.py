"""Puts back what got lost: jobs of dead workers, and messages the broker does not hold any more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import cache

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from curation.models import Job
from curation.services import set_back
from curation.services.jobs.dispatch import dispatch, messages_waiting
from curation.services.jobs.lease import MAX_ATTEMPTS, lost_before, say
from curation.services.webhooks.events import tell_of_job

logger = logging.getLogger(__name__)

# While messages wait in a queue, a queued job's is most likely among them. After this long another
# is sent all the same: one too many does no harm.
CERTAINLY_LOST = timedelta(minutes=10)


def sweep() -> list[int]:
    """One round; returns the jobs that were dispatched again. Several sweepers at once do no harm."""
    set_back.tell_from_now()
    stale = Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__lt=lost_before())
    for job in stale.filter(cancel_requested=True):
        _end(stale, job, Job.State.CANCELLED, "", f"Cancelled; {job.worker} was lost before it could stop.")
    for job in stale.filter(attempts__gte=MAX_ATTEMPTS):
        reason = (
            f"Its worker was lost {job.attempts} times in a row without any progress, last on {job.worker}. "
            "Look into the worker's log (out of memory?), then resume it."
        )
        _end(stale, job, Job.State.FAILED, reason, reason)
    due = Q(dispatched_at__isnull=True) | Q(dispatched_at__lt=lost_before())
    sent = [job.pk for job in stale.filter(due) if _send_again(job)]
    waiting = cache(messages_waiting)
    for job in Job.objects.filter(due, state=Job.State.QUEUED).annotate(
        certain=Q(dispatched_at__isnull=True) | Q(dispatched_at__lt=Now() - CERTAINLY_LOST)
    ):
        if (job.certain or _is_empty(job.queue, waiting)) and _send_again(job):
            sent.append(job.pk)
    return sent


@transaction.atomic
def _end(stale: QuerySet[Job], job: Job, state: Job.State, error: str, line: str) -> None:
    ended = stale.filter(pk=job.pk, lease=job.lease).update(
        state=state, error=error, lease=None, cancel_requested=False, finished_at=Now()
    )
    if ended:
        say(job.pk, line)
        tell_of_job(job.pk, state, error)


def _is_empty(queue: str, waiting: Callable[[str], int]) -> bool:
    try:
        return waiting(queue) == 0
    except OperationalError as error:
        # Nothing can be sent either; the next round tries again.
        logger.warning("The broker cannot be asked about the queue %s: %s", queue, error)
        return False


def _send_again(job: Job) -> bool:
    """Send the job's message unless another sweeper has done so since it was read."""
    unchanged = Job.objects.filter(
        pk=job.pk, state=job.state, lease=job.lease, dispatched_at=job.dispatched_at
    )
    if not unchanged.update(dispatched_at=Now()):
        return False
    logger.info("Job %s is dispatched again", job.pk)
    return dispatch(job.pk, job.queue)
