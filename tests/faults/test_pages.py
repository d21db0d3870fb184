"""What is down is said, by pages and to programs, and what does not need it goes on."""

from __future__ import annotations

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from curation.models import Vote
from curation.services.jobs import create_job, sweep
from tests.factories import make_candidate, make_project, make_user
from tests.faults import services
from tests.worker import purge

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(make_user("admin"))
    return client


def test_without_the_database_every_page_says_so(services_back: None) -> None:
    client, stranger = signed_in(), Client(raise_request_exception=False)
    make_project(3, key="sheets")
    paths = ["/", "/jobs/", "/projects/sheets/review/", "/releases/"]
    assert [client.get(path).status_code for path in paths] == [200] * 4
    services.stop_postgres()
    for path in paths:
        response = client.get(path)
        assert (
            response.status_code == 503 and "The database cannot be reached" in response.content.decode()
        ), path
        assert response["Retry-After"] == "10" and "no-store" in response["Cache-Control"]
    answer = client.post("/api/v1/votes/", {"votes": []}, content_type="application/json")
    assert answer.status_code == 503 and answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:vasculum:problem:database" and answer.json()["message"]
    assert stranger.get("/healthz").status_code == 200  # this process lives
    assert "database" in stranger.get("/readyz").json()["silent"]
    services.start_postgres()
    assert [client.get(path).status_code for path in paths] == [200] * 4


# What happens to whoever adds a job, while the server takes the next one as ever: the connection breaks, or
# the server is said to be starting, as to somebody who came a moment too early.
LOST = "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60)"
EARLY = "RAISE EXCEPTION USING ERRCODE = 'cannot_connect_now', MESSAGE = 'the database system is starting up'"
TRIGGER = """
CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {happens}; RETURN NEW; END $$;
CREATE TRIGGER away BEFORE INSERT ON curation_job EXECUTE FUNCTION away()
"""


@pytest.mark.parametrize("happens", [LOST, EARLY], ids=["breaks", "starting"])
def test_a_server_that_is_back_at_once_was_away_all_the_same(happens: str) -> None:
    make_project(3, key="sheets")
    client, measure = signed_in(), reverse("agreement_measure", args=["sheets"])
    with connection.cursor() as cursor:
        cursor.execute(TRIGGER.format(happens=happens))
    try:
        page = client.post(measure)
        assert page.status_code == 503 and "The database cannot be reached" in page.content.decode()
    finally:
        connections.close_all()
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION away CASCADE")
    assert client.post(measure).status_code == 302
    purge()


def test_without_redis_votes_go_in_and_jobs_wait(services_back: None) -> None:
    client, project = signed_in(), make_project(3, key="sheets")
    candidate = make_candidate(project)
    purge()
    services.kill_redis()
    for path in ("/", "/jobs/", "/projects/sheets/review/", "/releases/"):
        assert client.get(path).status_code == 200, path
    for path in ("/", "/jobs/"):
        assert "(Redis) does not answer" in client.get(path).content.decode(), path
    assert "redis" in client.get("/readyz").json()["silent"]
    tab = {"tab": "0c0f4a52-1d4f-4f8c-9a0b-0f7a3c1b2d3e"}
    kind = {"content_type": "application/json"}
    [item] = client.post("/api/v1/projects/sheets/claims/", tab, **kind).json()["items"]  # type: ignore[arg-type]
    assert item["id"] == candidate.pk
    vote = {
        "id": "5f0e0f0c-7a57-4c8f-8f5e-3f0b8b0f7a3c",
        "candidate": candidate.pk,
        "kind": "label",
        "label": "A",
    }
    saved = client.post("/api/v1/votes/", {**tab, "votes": [vote]}, **kind).json()  # type: ignore[arg-type]
    assert saved["outcomes"][0]["status"] == "saved" and Vote.objects.count() == 1
    # A job that is asked for waits as a row, and is sent when there is somebody to send it to.
    job = create_job("demo", "Waits", params={})
    job.refresh_from_db()
    assert (job.state, job.dispatched_at) == ("queued", None)
    assert sweep() == []
    services.start_redis()
    assert sweep() == [job.pk]
    purge()
