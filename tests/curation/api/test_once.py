"""Idempotency-Key: asked twice, done once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from curation.models import Export, Job, KeptAnswer, Project, User
from curation.services.freeze import freeze
from curation.services.retention import tidy
from tests.curation.api.conftest import Program
from tests.factories import decide, make_candidate, make_project, make_user

pytestmark = pytest.mark.django_db
EXPORTS = "/api/v1/releases/flora-1/exports/"
BODY = {"format": "datacite"}


def post(client: Any, body: Any, key: str | None = "k-1", address: str = EXPORTS) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(address, body, "application/json", headers=headers)


@pytest.fixture
def flora(lead: User) -> Project:
    project = make_project(classes=1, key="flora")
    for _each in range(3):
        decide(make_candidate(project), project.classes.get(), lead)
    freeze(project, seed=1, name="flora-1")
    return project


def test_the_same_key_gives_the_first_answer(flora: Project, admin: User, program: Program) -> None:
    client = program(admin)
    first, again = post(client, BODY), post(client, {**BODY})
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json() and Export.objects.count() == Job.objects.count() == 1
    assert (first["Idempotency-Replayed"], again["Idempotency-Replayed"]) == ("false", "true")
    other = post(client, {"format": "imagefolder"})
    assert other.status_code == 422 and other.json()["type"] == "urn:vasculum:problem:key-reused"
    elsewhere = post(client, BODY, address="/api/v1/projects/flora/freeze/")
    assert elsewhere.status_code == 422
    assert post(client, BODY, "k-2").json()["id"] != first.json()["id"]
    assert post(program(make_user("admin")), BODY).json()["id"] != first.json()["id"]  # keys are one's own


def test_the_place_to_look_at_is_told_again(flora: Project, admin: User, program: Program) -> None:
    address = "/api/v1/projects/flora/freeze/"
    first, again = (post(program(admin), {"seed": 7}, address=address) for _each in range(2))
    assert again["Location"] == first["Location"] == f"/api/v1/jobs/{first.json()['id']}/"


def test_what_was_refused_is_not_kept(flora: Project, admin: User, program: Program) -> None:
    client = program(admin)
    assert post(client, {"format": "dryad"}).status_code == 409
    assert post(client, {"format": "no"}).status_code == 400
    assert post(program(make_user("reader")), BODY).status_code == 403
    assert not KeptAnswer.objects.exists()
    assert post(client, BODY).status_code == 202  # the key is still free


def test_after_a_day_the_key_is_a_new_one_and_the_answer_goes(
    flora: Project, admin: User, program: Program
) -> None:
    client = program(admin)
    first = post(client, BODY).json()["id"]
    long_ago = timezone.now() - timedelta(hours=24, seconds=1)
    KeptAnswer.objects.update(created_at=long_ago)
    assert post(client, {"format": "imagefolder"}).json()["id"] != first
    KeptAnswer.objects.update(created_at=long_ago)
    post(client, BODY, "young")
    tidy()
    assert list(KeptAnswer.objects.values_list("key", flat=True)) == ["young"]


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256])
def test_what_is_no_key(key: str, flora: Project, admin: User, program: Program) -> None:
    answer = post(program(admin), BODY, key.encode().decode("latin-1"))
    assert answer.status_code == 400 and "Idempotency-Key" in answer.json()["extra"]["fields"]


def test_without_a_key_an_export_asked_twice_is_two_as_on_the_page(
    flora: Project, admin: User, program: Program, client: Client
) -> None:
    ids = {post(program(admin), BODY, None).json()["id"] for _each in range(2)}
    client.force_login(admin)
    form = BODY | {"licences": ["CC-BY-4.0"]}
    pages = {client.post("/releases/flora-1/exports/", form).headers["Location"] for _each in range(2)}
    assert (len(ids), len(pages)) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_are_one(flora: Project, admin: User, program: Program) -> None:
    """The second waits for the first at the constraint, and is told what the first was told."""
    clients, said, together = [program(admin), program(admin)], [], threading.Barrier(2)

    def ask(client: Client) -> None:
        try:
            together.wait(60)
            said.append(post(client, BODY))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [answer.status_code for answer in said] == [202, 202]
    assert said[0].json() == said[1].json() and Export.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_that_takes_long_is_not_waited_for_for_ever(
    flora: Project, admin: User, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curation.services.kept_answers.WAIT", "50ms")
    begun, enough = threading.Event(), threading.Event()

    def slow() -> None:
        from django.db import transaction

        with transaction.atomic():
            KeptAnswer.objects.create(user=admin, key="k-1", fingerprint="0" * 64, created_at=timezone.now())
            begun.set()
            enough.wait(60)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(60)
    answer = post(program(admin), BODY)
    enough.set()
    thread.join(60)
    assert answer.status_code == 409 and answer["Retry-After"] == "2"
    assert answer.json()["type"] == "urn:vasculum:problem:being-answered"
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
