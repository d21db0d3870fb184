"""Running a job in this process: every way it can end."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from curation.models import Job
from curation.services.jobs import create_job, execute, request_cancel
from curation.services.jobs.lease import MAX_ATTEMPTS
from tests.curation.jobs import runners
from tests.curation.jobs.conftest import MakeJob
from tests.worker import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def lines(job: Job) -> list[str]:
    return list(job.log.values_list("line", flat=True))


@contextmanager
def running(job: Job) -> Iterator[threading.Thread]:
    """The job executed by another thread (with its own connection) while the block runs."""

    def work() -> None:
        try:
            execute(job.pk)
        finally:
            connection.close()

    runners.started.clear()
    runners.go_on.clear()
    thread = threading.Thread(target=work)
    thread.start()
    assert runners.started.wait(60)
    try:
        yield thread
    finally:
        thread.join(60)
        assert not thread.is_alive()


def test_a_job_runs_to_its_end(make_job: MakeJob) -> None:
    job = make_job("counting", upto=7)
    assert execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.unit) == ("done", 7, 7, "steps")
    assert job.result == {"steps": 7} and job.result_url == "/" and job.error == ""
    assert job.lease is None and job.started_at and job.finished_at
    assert lines(job)[0].startswith("Started on ")
    assert lines(job)[1:-1] == [f"step {n}" for n in range(1, 8)]


def test_what_has_ended_is_left_alone(make_job: MakeJob) -> None:
    job = make_job("counting")
    assert execute(job.pk)
    before = Job.objects.filter(pk=job.pk).values().get()
    assert not execute(job.pk)
    assert Job.objects.filter(pk=job.pk).values().get() == before
    assert not execute(10**9)


def test_of_many_that_try_at_once_one_runs_it(make_job: MakeJob) -> None:
    job = make_job("counting")

    def work(_: int) -> bool:
        try:
            return execute(job.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(8))) == [False] * 7 + [True]
    assert sum(line.startswith("Started") for line in lines(job)) == 1


def test_a_failure_says_why_and_keeps_the_traceback_in_the_log(make_job: MakeJob) -> None:
    job = make_job("failing")
    assert execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == ("failed", 1)
    assert job.error == "ValueError: the second step is broken"
    assert "Traceback" in lines(job)[-1] and "runners.py" in lines(job)[-1]


def test_a_refusal_is_told_in_its_own_words(make_job: MakeJob) -> None:
    job = make_job("refusing")
    execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "Project x has no classes: add one first.")
    assert not any("Traceback" in line for line in lines(job))


def test_a_kind_that_nobody_runs_fails_in_words() -> None:
    job = create_job("telepathy", "Read minds", params={})
    execute(job.pk)
    job.refresh_from_db()
    assert job.state == "failed" and "no runner for jobs of kind 'telepathy'" in job.error


def test_a_running_job_ends_when_it_is_cancelled(make_job: MakeJob) -> None:
    job = make_job("until_stopped")
    with running(job):
        request_cancel(job, None)
    job.refresh_from_db()
    assert job.state == "cancelled" and job.lease is None and not job.cancel_requested
    assert lines(job)[-1] == "Cancelled. What was done so far stays."


def test_who_lost_the_lease_stops_and_changes_nothing(make_job: MakeJob) -> None:
    job = make_job("until_stopped")
    other = uuid.uuid4()
    with running(job):
        Job.objects.filter(pk=job.pk).update(lease=other, worker="somebody else")
    job.refresh_from_db()
    assert (job.state, job.lease, job.worker) == ("running", other, "somebody else")


def test_without_a_heartbeat_the_work_ends_by_itself(make_job: MakeJob, settings: Any) -> None:
    settings.JOB_LOST_AFTER_SECONDS = 1
    job = make_job("until_stopped")
    runners.stopped.clear()
    with running(job), transaction.atomic():
        Job.objects.select_for_update().get(pk=job.pk)  # no heartbeat gets past this lock
        assert runners.stopped.wait(60)
    job.refresh_from_db()
    assert job.state == "running"  # left for the sweeper, not called an end


def test_a_long_step_in_a_transaction_still_beats_and_keeps_its_log(make_job: MakeJob) -> None:
    job = make_job("one_long_step")
    with running(job):
        try:
            wait_for(lambda: "inside the transaction" in lines(job))
            first = Job.objects.get(pk=job.pk).heartbeat_at
            wait_for(lambda: Job.objects.get(pk=job.pk).heartbeat_at > first)
        finally:
            runners.go_on.set()
    assert "inside the transaction" in lines(job)
    assert not Job.objects.filter(title="rolled back").exists()


def test_a_database_that_was_away_is_tried_again_but_not_for_ever(make_job: MakeJob) -> None:
    job = make_job("losing_the_database")
    for attempt in range(1, MAX_ATTEMPTS):
        assert not execute(job.pk)
        job.refresh_from_db()
        assert (job.state, job.attempts, job.lease) == ("queued", attempt, None)
    assert execute(job.pk)
    job.refresh_from_db()
    assert job.state == "failed" and "server closed the connection" in job.error


def test_an_interrupted_process_gives_the_job_back(make_job: MakeJob) -> None:
    job = make_job("interrupted")
    with pytest.raises(KeyboardInterrupt):
        execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.lease) == ("queued", None)


def test_a_lost_job_is_taken_over_and_a_living_one_is_not(make_job: MakeJob, settings: Any) -> None:
    job = make_job("counting")
    held = {
        "state": "running",
        "lease": uuid.uuid4(),
        "worker": "a lost machine",
        "started_at": timezone.now(),
    }
    Job.objects.filter(pk=job.pk).update(**held, heartbeat_at=timezone.now())
    assert not execute(job.pk)
    old = timezone.now() - timedelta(seconds=settings.JOB_LOST_AFTER_SECONDS + 1)
    Job.objects.filter(pk=job.pk).update(heartbeat_at=old)
    assert execute(job.pk)
    job.refresh_from_db()
    assert job.state == "done"
    assert lines(job)[0].startswith("Resumed on ") and "a lost machine was lost" in lines(job)[0]


def test_progress_resets_the_count_of_attempts(make_job: MakeJob) -> None:
    job = make_job("counting")
    Job.objects.filter(pk=job.pk).update(attempts=3)
    execute(job.pk)
    job.refresh_from_db()
    assert job.attempts == 1


def test_the_log_is_kept_within_bounds(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curation.services.jobs.heartbeat.LOG_LIMIT", 10)
    job = make_job("counting", upto=50)
    execute(job.pk)
    assert len(lines(job)) == 10 and "More than 10 lines" in lines(job)[-1]
