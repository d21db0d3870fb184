"""The clock of one machine jumps by an hour: claims, leases and messages go by the database's."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from curation.models import Job
from curation.services.claims import claim_batch
from curation.services.jobs import create_job, sweep
from curation.services.jobs.lease import acquire, is_free
from curation.services.review import record_votes
from tests.curation.review.votes import new_vote
from tests.factories import make_candidate, make_project, make_user
from tests.worker import purge, wait_for


def jump(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    """This process believes that it is another hour; the database and other processes do not."""
    shift, seconds, now = timedelta(hours=hours), time.time, datetime.now
    monkeypatch.setattr(time, "time", lambda: seconds() + shift.total_seconds())
    monkeypatch.setattr(timezone, "now", lambda: now(tz=UTC) + shift)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("hours", [-1, 1], ids=["an hour slow", "an hour fast"])
def test_a_clock_that_jumps(hours: int, monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    project = make_project(3)
    candidate = make_candidate(project)
    one, other = make_user(), make_user()
    running = create_job("demo", "Runs on a machine whose clock is right", params={})
    assert acquire(running.pk)
    tab = uuid.uuid4()
    assert claim_batch(one, project, tab, 1) == [candidate]
    jump(monkeypatch, hours)
    # What another holds is not free because it is late here, nor is a job that lives.
    assert claim_batch(other, project, uuid.uuid4(), 1) == []
    assert not is_free(running.pk) and sweep() == []
    Job.objects.filter(pk=running.pk).update(state="done", lease=None)
    # What is asked for here was sent just now, by the clock that the sweeper asks.
    purge()
    lost = create_job("demo", "Its message gets lost", params={})
    assert sweep() == []
    monkeypatch.setattr("django.conf.settings.JOB_LOST_AFTER_SECONDS", 0.2)
    purge()
    wait_for(lambda: lost.pk in sweep())
    # A claim that is made here holds as long as any, and the vote counts.
    (outcome,) = record_votes(one, [new_vote(candidate, label="A")], tab)
    assert outcome.status == "saved"
    late = make_candidate(project)
    assert claim_batch(other, project, uuid.uuid4(), 1) == [late]
    monkeypatch.undo()
    assert claim_batch(one, project, tab, 1) == []
    Job.objects.all().update(state="cancelled", lease=None)
    purge()
