"""What the sweeper puts back, and what it leaves."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from curation import celery
from curation.models import Job
from curation.services.jobs import request_cancel, sweep
from curation.services.jobs.dispatch import messages_waiting
from curation.services.jobs.lease import MAX_ATTEMPTS
from curation.services.jobs.sweeper import CERTAINLY_LOST
from tests.curation.jobs.conftest import MakeJob
from tests.worker import purge

pytestmark = pytest.mark.django_db(transaction=True)


def make_lost(job: Job, **fields: Any) -> Job:
    """As a worker that was killed leaves it."""
    long_ago = timezone.now() - timedelta(minutes=1)
    values = {"state": "running", "lease": uuid.uuid4(), "worker": "a lost machine", "attempts": 1}
    values |= {"heartbeat_at": long_ago, "dispatched_at": long_ago, "started_at": long_ago}
    Job.objects.filter(pk=job.pk).update(**(values | fields))
    job.refresh_from_db()
    return job


def test_a_lost_job_is_dispatched_again_once(make_job: MakeJob) -> None:
    job = make_lost(make_job("counting"))
    purge()
    assert sweep() == [job.pk]
    assert messages_waiting("default") == 1
    assert sweep() == []  # the next round gives the worker time to take it


def test_what_lives_and_what_has_ended_is_left_alone(make_job: MakeJob) -> None:
    make_lost(make_job("counting"), heartbeat_at=timezone.now())
    for state in ("done", "failed", "cancelled"):
        make_lost(make_job("counting"), state=state)
    purge()
    assert sweep() == []


def test_a_message_that_the_broker_lost_is_sent_again(make_job: MakeJob, settings: Any) -> None:
    job = make_job("counting")
    purge()  # the broker forgot
    assert sweep() == []  # too early to tell
    late = timezone.now() - timedelta(seconds=settings.JOB_LOST_AFTER_SECONDS + 1)
    Job.objects.filter(pk=job.pk).update(dispatched_at=late)
    assert sweep() == [job.pk]
    assert messages_waiting("default") == 1


def test_a_job_that_waits_for_a_busy_worker_is_not_sent_over_and_over(make_job: MakeJob) -> None:
    job = make_job("counting")
    Job.objects.filter(pk=job.pk).update(dispatched_at=timezone.now() - timedelta(minutes=1))
    assert sweep() == []  # its message waits in the queue
    Job.objects.filter(pk=job.pk).update(dispatched_at=timezone.now() - CERTAINLY_LOST - timedelta(seconds=1))
    assert sweep() == [job.pk]


def test_a_job_that_was_never_dispatched_is(make_job: MakeJob) -> None:
    job = make_job("counting")
    Job.objects.filter(pk=job.pk).update(dispatched_at=None)
    assert sweep() == [job.pk]


def test_a_cancel_asked_of_a_lost_worker_is_carried_out(make_job: MakeJob) -> None:
    job = request_cancel(make_lost(make_job("counting")), None)
    assert job.state == "running"
    assert sweep() == []
    job.refresh_from_db()
    assert (job.state, job.lease, job.cancel_requested) == ("cancelled", None, False)


def test_a_job_that_kills_its_workers_is_given_up(make_job: MakeJob) -> None:
    job = make_lost(make_job("counting"), attempts=MAX_ATTEMPTS)
    assert sweep() == []
    job.refresh_from_db()
    assert job.state == "failed" and f"lost {MAX_ATTEMPTS} times" in job.error


def test_a_broker_that_is_away_is_asked_again_later(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_lost(make_job("counting"))
    for setting in ("broker_write_url", "broker_read_url"):
        monkeypatch.setattr(celery.app.conf, setting, "redis+socket:///tmp/no-such-redis.sock")
    assert sweep() == []
    monkeypatch.undo()
    assert sweep() == [job.pk]
