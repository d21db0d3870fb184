"""Starting, cancelling and resuming, and what the broker is told."""

from __future__ import annotations

import time

import pytest
from django.db import transaction

from curation import celery
from curation.errors import Refused
from curation.models import AuditEntry, Job
from curation.services.jobs import create_job, execute, request_cancel, resume
from curation.services.jobs.dispatch import dispatch, messages_waiting
from tests.curation.jobs.conftest import MakeJob
from tests.factories import make_user
from tests.worker import purge

pytestmark = pytest.mark.django_db(transaction=True)


def test_workers_hear_of_a_job_only_after_the_commit() -> None:
    purge()
    with transaction.atomic():
        create_job("demo", "Committed", params={})
        assert messages_waiting("default") == 0
    assert messages_waiting("default") == 1
    with pytest.raises(LookupError), transaction.atomic():
        create_job("demo", "Rolled back", params={})
        raise LookupError
    assert messages_waiting("default") == 1


def test_the_queue_of_the_job_is_used() -> None:
    purge()
    create_job("demo", "On a GPU", params={}, queue="gpu")
    assert (messages_waiting("default"), messages_waiting("gpu")) == (0, 1)


def test_an_unreachable_broker_costs_moments_and_not_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    job = create_job("demo", "Later", params={})
    monkeypatch.setattr(celery.app.conf, "broker_write_url", "redis+socket:///tmp/no-such-redis.sock")
    begun = time.monotonic()
    assert not dispatch(job.pk, "default")
    assert time.monotonic() - begun < 2.5
    job.refresh_from_db()
    assert job.state == "queued" and job.dispatched_at is None  # due at the sweeper's next round


def test_a_queued_job_is_cancelled_at_once(make_job: MakeJob) -> None:
    user = make_user("admin", username="ada")
    job = request_cancel(make_job("counting"), user)
    assert job.state == "cancelled" and job.finished_at
    assert "Cancelled by ada" in job.log.get().line
    assert AuditEntry.objects.get(action="job.cancel").actor == user
    assert not execute(job.pk)


def test_what_has_ended_cannot_be_cancelled(make_job: MakeJob) -> None:
    job = make_job("counting")
    execute(job.pk)
    with pytest.raises(Refused, match="has ended"):
        request_cancel(job, None)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("ending", ["failed", "cancelled"])
def test_what_failed_or_was_cancelled_can_be_resumed(make_job: MakeJob, ending: str) -> None:
    job = make_job("failing" if ending == "failed" else "counting")
    if ending == "failed":
        execute(job.pk)
        job.refresh_from_db()
    else:
        request_cancel(job, None)
    assert job.state == ending
    purge()
    job = make_job("counting") and resume(job, make_user("admin"))
    assert (job.state, job.error, job.attempts) == ("queued", "", 0)
    assert messages_waiting("default") == 2  # of the job made above, and of this one
    assert execute(job.pk)
    assert Job.objects.get(pk=job.pk).state == "done"


def test_a_job_that_goes_on_or_is_done_cannot_be_resumed(make_job: MakeJob) -> None:
    job = make_job("counting")
    with pytest.raises(Refused, match="waiting for a worker"):
        resume(job, None)
    execute(job.pk)
    with pytest.raises(Refused, match="it is done"):
        resume(job, None)
