"""Who runs a job: the one whose lease stands in its row.

Every change of a running job's row is guarded by the lease, so a process that was taken for dead and
comes back changes nothing. All times are the database's, so the clocks of the machines do not matter; what
happens when that one is set: `acquire`, and curation.services.set_back.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, Now

from curation.models import Job, JobLog
from curation.services.webhooks.events import tell_of_job

logger = logging.getLogger(__name__)

# A job that keeps killing its workers (out of memory, say) is given up after so many starts without
# any progress in between.
MAX_ATTEMPTS = 5
SLACK = 1.0  # seconds by which a heartbeat may be late


def lost_before() -> CombinedExpression:
    """The moment, by the database's clock, before which a heartbeat counts as stopped."""
    return Now() - timedelta(seconds=settings.JOB_LOST_AFTER_SECONDS)


def this_process() -> str:
    return f"{socket.gethostname()}, process {os.getpid()}"


def _free() -> Q:
    queued = Q(state=Job.State.QUEUED)
    lost = Q(state=Job.State.RUNNING, heartbeat_at__lt=lost_before(), cancel_requested=False)
    return queued | lost


def is_free(job_id: int) -> bool:
    """Whether the job waits for somebody to run it."""
    return Job.objects.filter(_free(), pk=job_id).exists()


def acquire(job_id: int) -> Job | None:
    """Take the job's lease; None where it is gone, ended, or held by a process that lives.

    A queued job is free, and so is a running one whose heartbeat has stopped, as two looks show (seconds).
    A cancel that was asked of a lost process is carried out by the sweeper and not here.
    """
    before = Job.objects.filter(pk=job_id).first()
    if before is None:
        logger.info("Job %s does not exist (any more); its message is dropped", job_id)
        return None
    free = Job.objects.filter(_free(), pk=job_id)
    if before.state == Job.State.RUNNING:
        if not free.exists():
            return None
        # To a clock that was set forward every heartbeat looks old; of who lives there is another one soon.
        wait_for_a_heartbeat()
        free = free.filter(lease=before.lease, heartbeat_at=before.heartbeat_at)
    lease = uuid.uuid4()
    # One statement: of two processes that try at once, the second waits for the row and finds it taken.
    taken = free.update(
        state=Job.State.RUNNING,
        lease=lease,
        worker=this_process(),
        attempts=F("attempts") + 1,
        started_at=Coalesce(F("started_at"), Now()),
        heartbeat_at=Now(),
        finished_at=None,
        error="",
    )
    if not taken:
        return None
    if before.state == Job.State.RUNNING:
        say(job_id, f"Resumed on {this_process()}: {before.worker} was lost.")
    elif before.started_at:
        say(job_id, f"Resumed on {this_process()}.")
    else:
        say(job_id, f"Started on {this_process()}.")
    return Job.objects.get(pk=job_id)


def wait_for_a_heartbeat() -> None:
    """As long as one may take."""
    time.sleep(settings.JOB_HEARTBEAT_SECONDS + SLACK)


def held(job: Job) -> Any:
    """The job's row, if this lease still holds it: a queryset of one or none."""
    return Job.objects.filter(pk=job.pk, lease=job.lease, state=Job.State.RUNNING)


def hand_back(job: Job, line: str) -> bool:
    """Put a running job back in the queue, for the sweeper or the next free worker."""
    changed = held(job).update(state=Job.State.QUEUED, lease=None, dispatched_at=Now())
    if changed:
        say(job.pk, line)
    return bool(changed)


def settle(
    job: Job, state: Job.State, *, error: str = "", result: dict[str, Any] | None = None, result_url: str = ""
) -> bool:
    """Write how it ended; False where the lease was lost meanwhile."""
    with transaction.atomic():
        changed = _settled(job, state, error, result, result_url)
        if changed:
            tell_of_job(job.pk, state, error)
    if not changed:
        logger.warning("Job %s ended as %s here, but another process holds it now", job.pk, state)
    return changed


def _settled(job: Job, state: Job.State, error: str, result: dict[str, Any] | None, result_url: str) -> bool:
    changed = held(job).update(
        state=state,
        error=error,
        result=result,
        result_url=result_url,
        lease=None,
        cancel_requested=False,
        finished_at=Now(),
    )
    return bool(changed)


def say(job_id: int, line: str) -> None:
    """One line in the job's log."""
    JobLog.objects.create(job_id=job_id, line=line)
