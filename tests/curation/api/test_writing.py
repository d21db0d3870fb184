"""What can be asked for: by the same services and rules as on the pages."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from curation.models import Job, Tag, User, Vote
from curation.services.freeze import freeze
from tests.curation.api.conftest import Program
from tests.factories import decide, make_candidate, make_model, make_project, make_user

pytestmark = pytest.mark.django_db


def post(client: Any, address: str, body: Any = None) -> Any:
    return client.post(f"/api/v1/{address}", body or {}, "application/json")


def test_votes_with_a_token_count_once(program: Program) -> None:
    user, project = make_user(), make_project(key="flora")
    candidate = make_candidate(project)
    client = program(user, "review")
    vote = {"id": str(uuid.uuid4()), "candidate": candidate.pk, "kind": "label", "label": "A"}
    said = [post(client, "votes/", {"votes": [vote]}).json()["outcomes"][0]["status"] for _each in range(2)]
    assert said == ["saved", "duplicate"] and Vote.objects.get().user == user
    candidate.refresh_from_db()
    assert candidate.state == "decided"
    assert post(program(user, "read"), "votes/", {"votes": [vote]}).status_code == 403


def test_freezing_is_a_job_and_the_same_again_is_the_same(admin: User, lead: User, program: Program) -> None:
    project = make_project(key="flora")
    address = "projects/flora/freeze/"
    first = post(program(admin), address, {"seed": 7, "name": "flora-7"})
    assert first.status_code == 202 and first["Location"] == f"/api/v1/jobs/{first.json()['id']}/"
    assert post(program(admin), address, {"seed": 7, "name": "flora-7"}).json()["id"] == first.json()["id"]
    assert Job.objects.get().params["project"] == project.key
    assert post(program(lead), address, {"seed": 7}).status_code == 403
    assert post(program(admin), address, {"seed": -1}).status_code == 400
    refused = post(program(admin), address, {"seed": 8, "train": 0, "test": 0, "validate": 0})
    assert refused.status_code == 409 and "all 0" in refused.json()["detail"]


def test_exports_runs_evaluations_and_their_rules(admin: User, lead: User, program: Program) -> None:
    project = make_project(classes=1, key="flora")
    for _each in range(3):
        decide(make_candidate(project), project.classes.get(), lead)
    freeze(project, seed=1, name="flora-1")
    client = program(admin)
    made = post(client, "releases/flora-1/exports/", {"format": "imagefolder"})
    assert made.status_code == 202 and made.json()["state"] == "queued"
    gate = post(client, "releases/flora-1/exports/", {"format": "dryad"})
    assert gate.status_code == 409 and "CC-BY" in gate.json()["detail"]
    [row] = client.get("/api/v1/releases/flora-1/exports/").json()["results"]
    assert row["id"] == made.json()["id"] and row["bundle"] is None
    assert client.get(f"/api/v1/exports/{row['id']}/").json() == row
    assert client.get(f"/api/v1/exports/{row['id']}/bundle/").status_code == 404
    assert post(client, f"exports/{row['id']}/verify/").status_code == 409
    lead_client = program(lead, "read", "curate")
    wrong = post(lead_client, "runs/", {"release": "flora-1", "kind": "train", "config": {"epochs": -1}})
    assert wrong.status_code == 409 and "epochs" in wrong.json()["detail"]
    assert post(lead_client, "releases/flora-1/exports/", {"format": "dryad"}).status_code == 403
    soup = post(lead_client, "runs/none/soup/")
    assert soup.status_code == 404
    make_model(["Something else"], name="other")
    no = post(lead_client, "models/other/evaluate/", {"release": "flora-1", "split": "test"})
    assert no.status_code == 409
    assert post(lead_client, "projects/flora/preclassify/", {"model": "other"}).status_code == 409
    assert post(lead_client, "projects/flora/preclassify/", {"model": "none"}).status_code == 404
    screened = post(lead_client, "projects/flora/screenings/", {"tile_model": "other"})
    assert screened.status_code == 409 and "condition of sheets" in screened.json()["detail"]


def test_jobs_are_cancelled_and_resumed(admin: User, lead: User, program: Program) -> None:
    make_project(key="flora")
    pk = post(program(admin), "projects/flora/freeze/", {"seed": 7}).json()["id"]
    assert post(program(lead), f"jobs/{pk}/cancel/").status_code == 403
    assert post(program(admin), f"jobs/{pk}/cancel/").json()["state"] == "cancelled"
    assert post(program(admin), f"jobs/{pk}/cancel/").status_code == 409
    assert post(program(admin), f"jobs/{pk}/resume/").json()["state"] == "queued"
    listed = program(lead).get("/api/v1/jobs/?state=queued&kind=freeze").json()["results"]
    assert [row["id"] for row in listed] == [pk]
    assert program(lead).get("/api/v1/jobs/?state=odd").status_code == 400


def test_tags_and_issues(lead: User, program: Program) -> None:
    project = make_project(key="flora")
    candidate, curator = make_candidate(project), make_user()
    client, leads = program(curator), program(lead)
    tagged = post(client, "projects/flora/tags/", {"name": "odd", "candidates": [candidate.pk]}).json()
    assert tagged["added"] == [candidate.pk]
    place = f"projects/flora/tags/{tagged['tag']}/"
    assert client.patch(f"/api/v1/{place}", {"name": "even"}, "application/json").status_code == 403
    assert leads.patch(f"/api/v1/{place}", {"name": "even"}, "application/json").json()["name"] == "even"
    assert post(client, f"{place}remove/", {"candidates": [candidate.pk]}).json() == {"removed": 1}
    assert not Tag.objects.exists()
    assert leads.delete(f"/api/v1/{place}").status_code == 404
    said = {"candidate": candidate.pk, "kind": "other", "text": "Upside down."}
    issue = post(client, "projects/flora/issues/", said)
    assert issue.status_code == 201 and issue.json()["opened_by"] == curator.username
    pk = issue.json()["id"]
    assert post(client, f"issues/{pk}/close/", {"resolution": "Turned."}).status_code == 403
    assert post(leads, f"issues/{pk}/close/", {"resolution": "Turned."}).json()["closed_by"] == "lea"
    assert post(leads, f"issues/{pk}/close/", {"resolution": "Turned."}).status_code == 409
    assert post(leads, f"issues/{pk}/open/").json()["closed_at"] is None
    assert len(leads.get("/api/v1/projects/flora/issues/?state=open&kind=other").json()["results"]) == 1


def test_a_body_that_is_no_object(admin: User, program: Program) -> None:
    make_project(key="flora")
    for body in ([], "x", 1, None, [{}]):
        answer = program(admin).post("/api/v1/projects/flora/freeze/", body, "application/json")
        assert answer.status_code == 400, body
