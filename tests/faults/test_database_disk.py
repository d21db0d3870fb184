"""The disk of the database is full: votes wait where they were cast, jobs and pages say why, all goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse

from curation.models import Job
from curation.services import job_runners
from curation.services.jobs import create_job, execute, resume
from curation.services.progress import Progress
from tests.factories import make_candidate, make_project, make_source, make_user
from tests.faults import services
from tests.faults.conftest import MakeOpen
from tests.faults.curators import Curator, check_votes
from tests.faults.workshop import Workshop
from tests.worker import purge, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
CURATORS = 2
# Old votes of another project: on which picture, by whom, with how many letters, how many.
OLD = """
INSERT INTO curation_vote
    (id, candidate_id, user_id, kind, reason, round, via, blind, audit, created_at)
SELECT gen_random_uuid(), %s, %s, 'flag', repeat('x', %s), 1, 'single', false, false, now()
FROM generate_series(1, %s)
"""
# What a server says that has no room for new rows (PostgreSQL, appendix A: disk_full).
NO_ROOM = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'disk_full', MESSAGE = 'could not extend file "base/1/2": No space left on device';
END $$;
CREATE TRIGGER no_room BEFORE INSERT ON {table} EXECUTE FUNCTION no_room()
"""


@contextmanager
def no_room_for(table: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(NO_ROOM.format(table=table))
        try:
            yield
        finally:
            cursor.execute("DROP FUNCTION no_room CASCADE")


class OldVotes:
    """A table of votes that is as large as one file may be."""

    def __init__(self) -> None:
        self.about = (make_candidate(make_project(2)).pk, make_user().pk)

    def add(self, rows: int, letters: int = 0) -> None:
        with connection.cursor() as cursor:
            cursor.execute(OLD, [*self.about, letters, rows])

    def bytes(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_relation_size('curation_vote')")
            return int(cursor.fetchone()[0])

    def fill(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # no foreign keys
        while self.bytes() < services.WAL_SEGMENT:
            self.add(8_000, letters=500)
        services.room_for_postgres(services.WAL_SEGMENT)
        for rows in (500, 20, 1):  # into what room the file still has for rows as small as a vote
            with pytest.raises(DatabaseError):
                while True:
                    self.add(rows)
        connection.close()


def test_votes_wait_until_there_is_room(workshop: Workshop, make_open: MakeOpen) -> None:
    project, old = make_open(2_000), OldVotes()
    workshop.start(workers=0)
    curators = [Curator(make_user(), project, workshop.addresses) for _ in range(CURATORS)]
    for curator in curators:
        curator.start()
    wait_for(lambda: all(len(curator.said) > 3 for curator in curators))
    try:
        old.fill()
        wait_for(lambda: all(curator.kinds["disk"] > 3 for curator in curators))
        there = sum(len(curator.said) for curator in curators)
        # What only reads goes on.
        with httpx.Client(base_url=workshop.addresses[0], cookies=curators[0].cookies, timeout=60) as http:
            for path in ("projects/", f"projects/{project.key}/candidates/", "jobs/"):
                assert http.get(f"/api/v1/{path}").status_code == 200, path
        assert sum(len(curator.said) for curator in curators) == there
    finally:
        services.room_for_postgres(None)
    before = [len(curator.said) for curator in curators]
    wait_for(lambda: all(len(one.said) > n + 1 for one, n in zip(curators, before, strict=True)))
    for curator in curators:
        curator.stop()
        assert set(curator.kinds) == {"disk"}
    assert check_votes(curators) > there


def adding(job: Job, progress: Progress) -> None:
    progress.begin(total=1)
    make_source("new")
    progress.advance()


def test_a_job_fails_with_the_reason_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(job_runners.RUNNERS, "demo", f"{__name__}.adding")
    purge()
    job = create_job("demo", "Adds a source", params={})
    with no_room_for("curation_source"):
        assert execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", 1) and "disk of the database is full" in job.error
    resume(job, None)
    assert execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    purge()


def test_a_page_that_saves_says_so() -> None:
    make_project(2, key="sheets")
    client = Client(raise_request_exception=False)
    client.force_login(make_user("lead"))
    measure = reverse("agreement_measure", args=["sheets"])
    with no_room_for("curation_job"):
        response = client.post(measure)
    assert response.status_code == 503 and "The disk of the database is full" in response.content.decode()
    assert response["Retry-After"] == "30" and not Job.objects.exists()
    assert client.post(measure).status_code == 302
    purge()
