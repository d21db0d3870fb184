"""Run one job: take its lease, call its runner, write how it ended."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from curation.database_errors import disk_is_full
from curation.errors import Refused
from curation.logging_context import job_id as logged_job
from curation.models import Job
from curation.services import disk_space
from curation.services.job_runners import runner_for
from curation.services.jobs.heartbeat import JobProgress
from curation.services.jobs.lease import MAX_ATTEMPTS, acquire, hand_back, say, settle
from curation.services.progress import JobCancelled, LeaseLost, Progress

logger = logging.getLogger(__name__)

# The only errors after which a job is tried again by itself: the database was away for a moment.
PASSING = (OperationalError, InterfaceError)


@dataclass(frozen=True)
class Ending:
    """How the runner's part went. `error` says why in its first line; `trace` is for the log."""

    state: Job.State
    error: str = ""
    trace: str = ""
    result: dict[str, Any] | None = None


def execute(job_id: int, also: Progress | None = None) -> bool:
    """`_execute`, with the job's number in every line that is logged meanwhile."""
    token = logged_job.set(job_id)
    try:
        return _execute(job_id, also)
    finally:
        logged_job.reset(token)


def _execute(job_id: int, also: Progress | None) -> bool:
    """Run the job here, if nobody else does; True where it was run to an end of any kind.

    Safe to call any number of times for one job: what has ended is left alone. The caller must not be
    inside a transaction, since the heartbeat could not see the row.
    """
    job = acquire(job_id)
    if job is None:
        return False
    progress = JobProgress(job, also)
    try:
        with progress:
            ending = _work(job, progress)
    except LeaseLost as error:
        logger.warning("%s; what this process was doing is dropped", error)
        return False
    except PASSING as error:
        return _try_again(job, error)
    except BaseException:
        # The process is told to end (Ctrl-C, a stopping worker): give the job back rather than let it
        # look dead for a while.
        hand_back(job, "Put back in the queue: the process that ran it was stopped.")
        raise
    if ending.trace:
        say(job.pk, ending.trace)
    return settle(job, ending.state, error=ending.error, result=ending.result, result_url=progress.result_url)


def _work(job: Job, progress: JobProgress) -> Ending:
    try:
        progress.check()
        disk_space.check(job.kind)
        result = runner_for(job.kind)(job, progress)
    except JobCancelled:
        progress.log("Cancelled. What was done so far stays.")
        return Ending(Job.State.CANCELLED)
    except Refused as refusal:
        progress.log(refusal.message)
        return Ending(Job.State.FAILED, refusal.message)
    except LeaseLost:
        raise
    except Exception as error:
        if disk_is_full(error):
            logger.error("Job %s: %s", job.pk, error)
            words = _(
                "The disk of the database is full. Make room there, then resume this job; what is done stays."
            )
            return Ending(Job.State.FAILED, words)
        if isinstance(error, PASSING):
            raise
        logger.exception("Job %s failed", job.pk)
        words = " ".join(str(error).split()) or "no reason given"
        return Ending(
            Job.State.FAILED,
            f"{type(error).__name__}: {words}",
            "".join(traceback.format_exception(error)).rstrip(),
        )
    progress.log("Done.")
    return Ending(Job.State.DONE, result=dict(result) if result is not None else None)


def _try_again(job: Job, error: Exception) -> bool:
    """The database failed under the runner: once more later, but not for ever."""
    words = f"{type(error).__name__}: {' '.join(str(error).split())}"
    logger.warning("Job %s: %s", job.pk, words)
    current = Job.objects.filter(pk=job.pk).values_list("attempts", flat=True).first()
    if current is not None and current >= MAX_ATTEMPTS:
        return settle(job, Job.State.FAILED, error=f"The database failed {current} times in a row: {words}")
    hand_back(job, f"Put back in the queue, the database was away: {words}")
    return False
