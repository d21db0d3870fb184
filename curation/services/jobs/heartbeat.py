"""The progress of a job that runs in this process, written by a thread with a connection of its own.

So a step that takes minutes does not look dead, and a transaction of the runner neither delays the
heartbeat nor takes the log with it when it is rolled back.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from types import TracebackType
from typing import Self

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.db.models.functions import Now

from curation.models import Job, JobLog
from curation.services.jobs.lease import held
from curation.services.progress import JobCancelled, LeaseLost, Progress

logger = logging.getLogger(__name__)

SHORTEST_PAUSE = 0.2  # seconds between two writes, however much is logged
RATE_OVER = 30.0  # seconds that the rate looks back
LOG_LIMIT = 2000  # lines kept a job; the rest goes to the worker's log only

AWAY = (OperationalError, InterfaceError, InternalError)  # the last: no room to write


def rate_key(job_id: int) -> str:
    """Where the cache holds units per second of a running job; gone soon after nobody runs it."""
    return f"job-rate:{job_id}"


class JobProgress:
    """Progress of a job whose lease this process holds (see `curation.services.progress.Progress`).

    Use it as a context manager around the work. `also` hears the same, e.g. a terminal's bar.
    """

    def __init__(self, job: Job, also: Progress | None = None) -> None:
        self.result_url = ""
        self._job = job
        self._also = also
        self._done, self._total, self._unit = job.done, job.total, job.unit
        self._begun_with = job.done
        self._samples: deque[tuple[float, int]] = deque()
        self._lines: list[str] = []
        self._room = LOG_LIMIT
        self._lock = threading.Lock()  # over all of the above
        self._wake, self._ending = threading.Event(), threading.Event()
        self._cancelled, self._lost = threading.Event(), threading.Event()
        self._beaten = time.monotonic()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat-{job.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._room -= JobLog.objects.filter(job=self._job).count()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._wake.set()
        self._thread.join()

    def begin(self, total: int | None, done: int = 0, unit: str = "pictures") -> None:
        with self._lock:
            self._done, self._total, self._unit = done, total, unit
            self._begun_with = done
            self._samples.clear()
            self._samples.append((time.monotonic(), done))
        self._wake.set()
        if self._also:
            self._also.begin(total, done, unit)

    def advance(self, n: int = 1) -> None:
        with self._lock:
            self._done += n
        if self._also:
            self._also.advance(n)
        self.check()

    def log(self, line: str) -> None:
        with self._lock:
            self._room -= 1
            if self._room == 0:
                self._lines.append(f"More than {LOG_LIMIT:,} lines: the rest is in the worker's log only.")
            elif self._room > 0:
                self._lines.append(line)
        self._wake.set()
        if self._also:
            self._also.log(line)
        else:
            logger.info("Job %s: %s", self._job.pk, line)

    def check(self) -> None:
        if self._lost.is_set():
            raise LeaseLost(f"job {self._job.pk} is run by another process now")
        silent = time.monotonic() - self._beaten
        if silent > settings.JOB_LOST_AFTER_SECONDS:
            raise LeaseLost(f"job {self._job.pk}: no heartbeat could be written for {silent:.0f} s")
        if self._cancelled.is_set():
            raise JobCancelled(f"job {self._job.pk} was cancelled")

    def _beat(self) -> None:
        try:
            while True:
                self._wake.clear()
                ending = self._ending.is_set()
                try:
                    self._write()
                except AWAY as error:
                    # The database is away or full: the next beat tries again, `check` ends the work in time.
                    logger.warning("Job %s: the heartbeat could not be written: %s", self._job.pk, error)
                    connection.close()
                if ending:
                    return
                self._ending.wait(SHORTEST_PAUSE)
                self._wake.wait(max(0.0, settings.JOB_HEARTBEAT_SECONDS - SHORTEST_PAUSE))
        finally:
            connection.close()

    def _write(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
            values = {"done": self._done, "total": self._total, "unit": self._unit}
            if self._done > self._begun_with:
                values["attempts"] = 1  # it gets on: whatever ends it later, it is not this job's fault
            rate = self._rate()
        begun = time.monotonic()
        try:
            JobLog.objects.bulk_create(JobLog(job=self._job, line=line) for line in lines)
        except AWAY:
            with self._lock:
                self._lines[:0] = lines
            raise
        if not held(self._job).update(heartbeat_at=Now(), **values):
            self._lost.set()
            return
        self._beaten = begun
        if Job.objects.filter(pk=self._job.pk, cancel_requested=True).exists():
            self._cancelled.set()
        try:
            cache.set(rate_key(self._job.pk), rate, timeout=2 * settings.JOB_LOST_AFTER_SECONDS)
        except redis.RedisError as error:
            logger.warning("Job %s: the rate is not shown: %s", self._job.pk, error)

    def _rate(self) -> float | None:
        """Units per second over the last half minute of this run; None before anything was done."""
        now = time.monotonic()
        self._samples.append((now, self._done))
        while len(self._samples) > 2 and now - self._samples[0][0] > RATE_OVER:
            self._samples.popleft()
        then, done = self._samples[0]
        return (self._done - done) / (now - then) if self._done > done and now > then else None
