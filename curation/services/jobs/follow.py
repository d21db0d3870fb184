"""For commands: watch a job that a worker runs, or run it in this process where no worker lives."""

from __future__ import annotations

import time

from curation.models import Job, JobLog
from curation.services.jobs import workers
from curation.services.jobs.lease import is_free
from curation.services.jobs.work import execute
from curation.services.progress import Progress

PAUSE = 0.3  # seconds between two looks at the row


def run_here_or_follow(job: Job, progress: Progress) -> Job:
    """Stay until the job has ended and return its row.

    A worker that dies meanwhile is no reason to wait for ever: then the job is run here. Ctrl-C ends
    the watching and leaves the job to its worker; where it is run here, it goes back in the queue.
    """
    seen_log = 0
    shown: tuple[int | None, int, str] | None = None
    while True:
        job.refresh_from_db()
        for line in JobLog.objects.filter(job=job, pk__gt=seen_log):
            progress.log(line.line)
            seen_log = line.pk
        if shown is None or (job.total, job.unit) != (shown[0], shown[2]) or job.done < shown[1]:
            progress.begin(job.total, job.done, job.unit)
        elif job.done > shown[1]:
            progress.advance(job.done - shown[1])
        shown = (job.total, job.done, job.unit)
        if not job.is_active:
            return job
        if is_free(job.pk) and not workers.status().alive and execute(job.pk, also=progress):
            job.refresh_from_db()
            return job
        time.sleep(PAUSE)
