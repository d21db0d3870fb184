"""What can be read: the same as on the pages, in stretches, told once, with few queries."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from curation.models import Job, Project, Release, User, Vote
from curation.services.freeze import freeze
from curation.services.tags import tag_candidates
from tests.curation.api.conftest import Program
from tests.factories import (
    decide,
    make_candidate,
    make_image,
    make_model,
    make_prediction,
    make_project,
    make_user,
)

pytestmark = pytest.mark.django_db


def pages(client: Client, address: str) -> list[dict[str, Any]]:
    """All rows of a list, stretch by stretch."""
    found, following = [], address
    while following:
        told = client.get(following).json()
        found += told["results"]
        following = told["next"]
    return found


@pytest.fixture
def flora(lead: User) -> Project:
    """Six decided pictures of three classes, and three that are open, one of them predicted."""
    project = make_project(key="flora")
    model = make_model([label.name for label in project.classes.all()], name="guesser")
    for label in [*project.classes.all()] * 2:
        decide(make_candidate(project, make_image(source="K")), label, lead)
    rest = [make_candidate(project, make_image(source="S")) for _each in range(3)]
    make_prediction(rest[0], model, [0.1, 0.7, 0.2])
    tag_candidates(project, [rest[0].pk], "odd", lead)
    return project


@pytest.fixture
def release(flora: Project, lead: User) -> Release:
    for label in flora.classes.all():
        decide(make_candidate(flora, make_image(source="K")), label, lead)
    return freeze(flora, seed=1, name="flora-1", train=1, test=1, validate=1)


def test_lists_are_read_whole_and_once_while_rows_come_and_go(
    flora: Project, reader: User, program: Program
) -> None:
    client = program(reader)
    address = "/api/v1/projects/flora/candidates/?limit=2"
    before = [row["id"] for row in pages(client, address)]
    assert before == sorted(before, reverse=True) and len(set(before)) == 9
    first = client.get(address)
    assert first["Link"] == f'<{first.json()["next"]}>; rel="next"'
    make_candidate(flora)  # newer: must not push a row that was read into the next stretch
    rest = pages(client, first.json()["next"])
    assert [row["id"] for row in first.json()["results"] + rest] == before


def test_votes_are_read_once_though_many_are_of_one_moment(
    flora: Project, lead: User, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate = flora.candidates.first()
    assert candidate is not None
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)
    Vote.objects.bulk_create(
        Vote(id=uuid.uuid4(), candidate=candidate, user=lead, kind="skip") for _each in range(7)
    )
    monkeypatch.undo()
    rows = pages(program(lead), "/api/v1/projects/flora/votes/?limit=3")
    assert len({row["id"] for row in rows}) == len(rows) == 13


def test_filters_are_those_of_the_page(flora: Project, reader: User, program: Program) -> None:
    client = program(reader)

    def found(query: str) -> int:
        return len(pages(client, f"/api/v1/projects/flora/candidates/?{query}"))

    assert [found(q) for q in ("state=decided", "state=open", "label=class-a", "source=S", "tag=odd")] == [
        6,
        3,
        2,
        3,
        1,
    ]
    assert (found("predicted=class-b"), found("predicted=none&state=open")) == (1, 2)
    [row] = pages(client, "/api/v1/projects/flora/candidates/?tag=odd")
    assert row["prediction"]["label"] == "class-b" and row["licence"] == "CC-BY-4.0"


def test_reviewers_do_not_see_what_colleagues_said(flora: Project, lead: User, program: Program) -> None:
    curator = make_user()
    assert len(pages(program(lead), "/api/v1/projects/flora/votes/")) == 6
    assert pages(program(curator), "/api/v1/projects/flora/votes/") == []
    assert program(curator).get("/api/v1/projects/flora/votes/?reviewer=lea").status_code == 400
    assert program(make_user("reader")).get("/api/v1/projects/flora/votes/").status_code == 403
    picture = flora.candidates.filter(state="decided").first()
    assert picture is not None
    told = program(curator).get(f"/api/v1/pictures/{picture.image.sha256}/").json()
    assert "votes" not in str(told)


def test_what_is_to_be_judged_blind_is_told_blind(flora: Project, lead: User, program: Program) -> None:
    candidate, curator = flora.candidates.get(taggings__isnull=False), make_user()
    places = f"/api/v1/candidates/{candidate.pk}/", f"/api/v1/pictures/{candidate.image.sha256}/"
    Project.objects.update(audit_share=1)  # all of them by lot, and so blind
    for client, blind in ((program(curator), True), (program(make_user("reader")), False)):
        one, picture = (client.get(place).json() for place in places)
        assert (one["prediction"] is None) == blind
        assert (picture["candidates"][0]["predictions"] == []) == blind


def test_a_picture_leads_to_its_files(flora: Project, reader: User, program: Program) -> None:

    candidate = flora.candidates.get(taggings__isnull=False)
    image = candidate.image
    default_storage.save(image.file_name("thumb"), ContentFile(b"webp bytes"))
    client = program(reader)
    told = client.get(f"/api/v1/pictures/{image.sha256}/").json()
    [standing] = told["candidates"]
    assert standing["tags"] == ["odd"] and standing["predictions"][0]["model"] == "guesser"
    file = client.get(told["files"]["thumb"])
    assert b"".join(file.streaming_content) == b"webp bytes" and file["Content-Type"] == "image/webp"
    assert client.get(told["files"]["review"]).status_code == 404
    assert Client().get(told["files"]["thumb"]).status_code == 403


def test_what_has_not_changed_is_not_sent_again(flora: Project, reader: User, program: Program) -> None:
    client = program(reader)
    address = "/api/v1/projects/flora/candidates/"
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304 and again.content == b"" and again["ETag"] == first["ETag"]
    make_candidate(flora)
    changed = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200 and changed["ETag"] != first["ETag"]
    assert "Authorization" in first["Vary"] and "private" in first["Cache-Control"]


def test_of_a_release_nothing_is_counted_again(release: Release, reader: User, program: Program) -> None:
    client = program(reader)
    address = "/api/v1/releases/flora-1/members/?split=train"
    first = client.get(address)
    assert release.manifest_sha256[:32] in first["ETag"]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert len(queries) == 2  # token, release
    assert not any("releasemember" in query["sql"] for query in queries)


def test_releases_members_and_tables(release: Release, reader: User, program: Program) -> None:
    client = program(reader)
    [row] = client.get("/api/v1/releases/?project=flora").json()["results"]
    assert (row["name"], row["pictures"]) == ("flora-1", 9)
    told = client.get("/api/v1/releases/flora-1/").json()
    assert told["counts"]["splits"] == {"train": 3, "test": 3, "validate": 3}
    members = pages(client, "/api/v1/releases/flora-1/members/?limit=4")
    assert len({row["sha256"] for row in members}) == 9 and {row["licence"] for row in members} == {
        "CC-BY-4.0"
    }
    table = client.get("/api/v1/releases/flora-1/crosstab/?split=test").json()
    assert table == {"sources": ["K"], "rows": {"class-a": [1], "class-b": [1], "class-c": [1]}, "total": 3}
    assert client.get("/api/v1/releases/flora-1/crosstab/?split=none").status_code == 404
    report = client.get("/api/v1/releases/flora-1/report/class-split/").json()
    assert len(report["rows"]) == 3 and len(report["rows"][0]) == len(report["columns"])


LISTS = [
    "projects/flora/candidates/", "projects/flora/votes/", "projects/flora/issues/", "projects/flora/tags/",
    "releases/flora-1/members/", "projects/", "sources/", "licences/", "releases/", "jobs/", "models/",
    "runs/", "evaluations/",
]  # fmt: skip


def test_queries_do_not_grow_with_the_rows(release: Release, lead: User, program: Program) -> None:
    project, client = release.project, program(lead)
    client.get("/api/v1/")

    def counts() -> dict[str, int]:
        found = {}
        for name in LISTS:
            client.get(f"/api/v1/{name}")  # what is counted once and kept
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"/api/v1/{name}").status_code == 200, name
            found[name] = len(queries)
        return found

    few = counts()
    label = project.classes.first()
    assert label is not None
    model = make_model([one.name for one in project.classes.all()])
    for number in range(8):
        candidate = decide(make_candidate(project, make_image(source=f"S{number}")), label, lead)
        make_prediction(candidate, model, [0.2, 0.5, 0.3])
        tag_candidates(project, [candidate.pk], f"tag {number}", lead)
        candidate.issues.create(kind="other", opened_by=lead)
        Job.objects.create(kind="group", title="x")
        make_project(key=f"other-{number}")
        make_model(["x"])
    assert counts() == few
    assert max(few.values()) <= 12


def test_a_run_a_screening_an_export_and_a_job_that_are_not_there(admin: User, program: Program) -> None:
    client = program(admin)
    for address in (
        "runs/x/",
        "screenings/1/",
        "exports/1/",
        "jobs/1/",
        "models/x/",
        "evaluations/1/",
        "sources/x/",
    ):
        answer = client.get(f"/api/v1/{address}")
        assert answer.status_code == 404 and answer.json()["detail"], address
