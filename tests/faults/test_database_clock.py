"""The database's own clock is set back or forward: nothing is held for an hour, nothing runs twice."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from curation.models import Batch, Claim, Job
from curation.services.claims import claim_batch
from curation.services.jobs import lease, sweep
from tests.factories import make_user
from tests.faults.conftest import MakeOpen
from tests.faults.curators import Curator, check_votes
from tests.faults.held import check_done, held_ingest
from tests.faults.workshop import Workshop
from tests.worker import purge, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
HOUR, CLAIM_SECONDS = 3600, 5
# Functions of that name stand before PostgreSQL's for all sessions of this database.
SHIFTED = """
CREATE SCHEMA shifted;
CREATE TABLE shifted.seconds AS SELECT 0 AS ahead;
CREATE FUNCTION shifted.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT pg_catalog.clock_timestamp() + make_interval(secs => ahead) FROM shifted.seconds';
CREATE FUNCTION shifted.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT pg_catalog.statement_timestamp() + make_interval(secs => ahead) FROM shifted.seconds';
CREATE FUNCTION shifted.now() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT pg_catalog.now() + make_interval(secs => ahead) FROM shifted.seconds';
"""
SetClock = Callable[[int], None]


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def set_clock(services_back: None) -> Iterator[SetClock]:
    """`set_clock(seconds)`: from now on the database's clock is so far from the right time."""
    name = connection.ops.quote_name(str(connection.settings_dict["NAME"]))
    run(SHIFTED, f"ALTER DATABASE {name} SET search_path = shifted, public, pg_catalog")
    connections.close_all()

    def set_to(seconds: int) -> None:
        run(f"UPDATE shifted.seconds SET ahead = {seconds}")

    yield set_to
    run(f"ALTER DATABASE {name} RESET search_path", "DROP SCHEMA shifted CASCADE")
    connections.close_all()


@pytest.fixture
def shop(set_clock: SetClock, workshop: Workshop, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Workshop:
    """Claims last some seconds, here and in the processes of the workshop."""
    monkeypatch.setenv("VASCULUM_CLAIM_SECONDS", str(CLAIM_SECONDS))
    settings.CLAIM_SECONDS = CLAIM_SECONDS
    return workshop


def test_set_back_while_a_worker_and_a_curator_are_lost(
    shop: Workshop, set_clock: SetClock, make_open: MakeOpen, tmp_path: Path
) -> None:
    project, gone = make_open(2_000), make_user()
    shop.start()
    curator = Curator(make_user(), project, shop.addresses)
    curator.start()
    batch, gate = held_ingest(tmp_path)
    held = claim_batch(gone, project, uuid.uuid4(), 1)[0]
    wait_for(lambda: curator.said)
    shop.workers[0].kill()
    set_clock(-HOUR)
    gate.close()
    shop.workers[0].start_worker()
    assert any("was lost" in line for line in check_done(batch, attempts=2))
    # What the one who is gone held is free again, and the other votes as ever.
    wait_for(lambda: not Claim.objects.filter(user=gone).exists() or claimable(held.pk))
    before = len(curator.said)
    wait_for(lambda: len(curator.said) > before + 2)
    set_clock(0)
    curator.stop()
    assert check_votes([curator]) > before


def claimable(candidate: int) -> bool:
    """Whether its claim has run out by the clock of the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT expires_at <= clock_timestamp() FROM curation_claim WHERE candidate_id = %s", [candidate]
        )
        found = cursor.fetchone()
    return found is None or found[0]


class Taker(threading.Thread):
    """Another process, which was told to run the job."""

    def __init__(self, job: int) -> None:
        super().__init__(name="taker")
        self.job, self.taken = job, list[Job | None]()

    def run(self) -> None:
        try:
            self.taken.append(lease.acquire(self.job))
        finally:
            connection.close()


def there_is_another(batch: Batch, looked: threading.Event) -> None:
    """Waits as long as a heartbeat takes here, however slow the machine."""
    jobs = Job.objects.filter(pk=batch.job_id)
    before = jobs.get().heartbeat_at
    looked.set()
    wait_for(lambda: jobs.get().heartbeat_at != before)


def test_set_forward_while_a_job_runs(
    shop: Workshop,
    set_clock: SetClock,
    make_open: MakeOpen,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop.start(schedulers=0)
    curator = Curator(make_user(), make_open(2_000), shop.addresses)
    curator.start()
    batch, gate = held_ingest(tmp_path)
    assert batch.job_id is not None
    wait_for(lambda: curator.said)
    with shop.paused():
        set_clock(HOUR)
        assert sweep() == [batch.job_id]  # it looks lost, and everybody is told so
        purge()
        taker, looked = Taker(batch.job_id), threading.Event()
        monkeypatch.setattr(lease, "wait_for_a_heartbeat", lambda: there_is_another(batch, looked))
        taker.start()
        assert looked.wait(60)
    taker.join(120)
    assert taker.taken == [None]
    before = len(curator.said)
    wait_for(lambda: len(curator.said) > before + 2)
    gate.close()
    check_done(batch, attempts=1)
    set_clock(0)
    curator.stop()
    assert check_votes([curator]) > before
    purge()
