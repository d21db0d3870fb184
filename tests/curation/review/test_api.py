"""The review API over HTTP: roles, CSRF, shapes, and errors that keep nobody's votes back."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Project, User, Vote
from curation.selectors.queue import classes_version
from tests.factories import (
    make_candidate,
    make_image,
    make_model,
    make_prediction,
    make_project,
    make_user,
)

pytestmark = pytest.mark.django_db
POSTS = ["api_claims", "api_claims_heartbeat", "api_claims_free", "api_votes"]


@pytest.fixture
def project() -> Project:
    return make_project(key="sheets")


@pytest.fixture
def user() -> User:
    return make_user()


def signed_in(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def address(name: str) -> str:
    return reverse(name) if name == "api_votes" else reverse(name, args=["sheets"])


def post(client: Client, name: str, body: dict[str, Any], **headers: Any) -> Any:
    return client.post(address(name), body, content_type="application/json", **headers)


def tab() -> str:
    return str(uuid.uuid4())


@pytest.mark.parametrize("name", POSTS)
def test_roles(project: Project, name: str) -> None:
    body = {"tab": tab(), "votes": []}
    assert post(Client(), name, body).status_code == 403
    refused = post(signed_in(make_user("reader")), name, body)
    assert refused.status_code == 403
    told = {"message": "This needs the role Curator or above.", "extra": {"reason": "role"}}
    assert refused.json().items() >= told.items()
    for role in ("curator", "lead", "admin"):
        assert post(signed_in(make_user(role)), name, body).status_code == 200


def test_readers_may_read_the_progress(project: Project) -> None:
    answer = signed_in(make_user("reader")).get(address("api_progress"))
    assert answer.json() == {"target": 3, "decided": {"A": 0, "B": 0, "C": 0}}
    assert Client().get(address("api_progress")).status_code == 403


@pytest.mark.parametrize("name", POSTS)
def test_without_the_csrf_header_nothing_is_done(project: Project, user: User, name: str) -> None:
    client = signed_in(user, enforce_csrf_checks=True)
    body = {"tab": tab(), "votes": []}
    refused = post(client, name, body)
    assert refused.status_code == 403 and "CSRF" in refused.json()["message"]
    client.get(reverse("review", args=["sheets"]))  # sets the cookie
    token = client.cookies["vasculum_csrf"].value
    assert post(client, name, body, headers={"X-CSRFToken": token}).status_code == 200


def test_an_item_has_all_that_the_page_shows(project: Project, user: User) -> None:
    image = make_image(
        source="MICH", licence="CC-BY-NC-4.0", rights_holder="Regents", catalog_number="MICH-V-1",
        scientific_name="Quercus alba L.", further_information_url="https://example.org/1",
        width=4000, height=6000,
    )  # fmt: skip
    row = make_candidate(project, image)
    prediction = make_prediction(row, make_model(["Class A", "Class B", "Class C"]), [0.2, 0.7, 0.1])
    (item,) = post(signed_in(user), "api_claims", {"tab": tab()}).json()["items"]
    pictures = {name: item.pop(name) for name in ("original", "review", "thumb")}
    for rendition, url in pictures.items():
        assert url.startswith(f"/pictures/{rendition}/{image.sha256}.")
    assert item == {
        "id": row.pk,
        "title": "MICH-V-1",
        "name": "Quercus alba L.",
        "width": 4000,
        "height": 6000,
        "source": {"code": "MICH", "name": "Source MICH", "url": "/sources/MICH/"},
        "licence": {"short": "CC BY-NC 4.0", "url": "https://creativecommons.org/licenses/by-nc/4.0/"},
        "rights_holder": "Regents",
        "page": "https://example.org/1",
        "record": f"/images/{image.sha256}/",
        "votes": 0,
        "prediction": {
            "id": prediction.pk,
            "best": [
                {"key": "B", "name": "Class B", "p": 0.7},
                {"key": "A", "name": "Class A", "p": 0.2},
                {"key": "C", "name": "Class C", "p": 0.1},
            ],
        },
        "hints": [],
        "blind": False,
        "audit": False,
        "guess": {"key": "B", "confidence": 0.7},
        "question": None,
        "comments": 0,
    }


def test_a_tiff_is_shown_in_its_review_rendition_only(project: Project, user: User) -> None:
    make_candidate(project, make_image(format="TIFF", extension="tif"))
    (item,) = post(signed_in(user), "api_claims", {"tab": tab()}).json()["items"]
    assert item["original"] is None and item["review"]


def test_an_empty_queue_says_why(project: Project, user: User) -> None:
    held, judged = make_candidate(project), make_candidate(project)
    project.votes_needed = 2
    project.save()
    other = signed_in(make_user())
    post(other, "api_claims", {"tab": tab()})
    post(signed_in(make_user()), "api_claims", {"tab": tab()})
    me = signed_in(user)
    vote = {"id": tab(), "candidate": judged.pk, "kind": "label", "label": "A"}
    post(me, "api_votes", {"votes": [vote]})
    answer = post(me, "api_claims", {"tab": tab()}).json()
    assert answer["items"] == []
    assert answer["queue"] == {"total": 2, "open": 2, "decided": 0, "set_aside": 0, "judged": 1, "held": 2}
    assert held.claims.count() == 2


@pytest.mark.parametrize("number", [2, 20])
def test_claiming_by_api_takes_the_same_queries_for_few_and_for_many(
    project: Project, user: User, number: int
) -> None:
    model = make_model(["Class A", "Class B", "Class C"])
    for place in range(number):
        row = make_candidate(project, make_image(source=f"S{place % 7}"))
        make_prediction(row, model, [0.1, 0.2, 0.7])
    client = signed_in(user)
    with CaptureQueriesContext(connection) as queries:
        answer = post(client, "api_claims", {"tab": tab(), "count": number})
    assert len(answer.json()["items"]) == number
    # session, person, project; the six of claim_batch; classes, pictures, predictions, comments
    assert len(queries) == 13, "\n".join(query["sql"] for query in queries)


def test_votes_answer_one_by_one(project: Project, user: User) -> None:
    row = make_candidate(project)
    good, undo = tab(), tab()
    votes = [
        {"id": good, "candidate": row.pk, "kind": "label", "label": "A", "milliseconds": 900},
        {"id": "no uuid", "candidate": row.pk, "kind": "label", "label": "A"},
        {"id": tab(), "candidate": row.pk, "kind": "guess"},
        {"id": tab(), "candidate": row.pk, "kind": "label", "label": "AB"},
        {"id": tab(), "candidate": row.pk, "kind": "label", "label": "A", "milliseconds": -1},
        {"id": undo, "candidate": row.pk, "kind": "undo", "undoes": good},
    ]
    here = tab()
    post(signed_in(user), "api_claims", {"tab": here})
    answer = post(signed_in(user), "api_votes", {"tab": here, "votes": votes})
    assert answer.status_code == 200
    outcomes = answer.json()["outcomes"]
    assert [row["status"] for row in outcomes] == [
        "saved",
        "refused",
        "refused",
        "refused",
        "refused",
        "saved",
    ]
    assert [row["id"] for row in outcomes] == [vote["id"] for vote in votes]
    assert "id" in outcomes[1]["message"] and "kind" in outcomes[2]["message"]
    assert outcomes[0] == {
        "id": good, "status": "saved", "message": "Saved: Class A.", "state": "decided", "before": "",
        "decided": "A", "claimed": False, "gold": None,
    }  # fmt: skip
    assert outcomes[5]["claimed"] is True and outcomes[5]["before"] == "A"
    assert Vote.objects.count() == 2


def test_votes_of_another_person_are_not_taken(project: Project, user: User) -> None:
    row = make_candidate(project)
    vote = {"id": tab(), "candidate": row.pk, "kind": "label", "label": "A"}
    other = make_user()
    refused = post(signed_in(other), "api_votes", {"reviewer": user.pk, "votes": [vote]})
    assert refused.status_code == 409
    assert refused.json()["extra"] == {"reason": "other_reviewer"}
    assert str(other) in refused.json()["message"]
    assert Vote.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"tab": "here"},
        {"tab": str(uuid.uuid4()), "count": 0},
        {"tab": str(uuid.uuid4()), "count": 10**6},
        {"tab": str(uuid.uuid4()), "holding": ["x"]},
        {"tab": str(uuid.uuid4()), "holding": [10**30]},
    ],
)
def test_claims_that_make_no_sense(project: Project, user: User, body: dict[str, Any]) -> None:
    answer = post(signed_in(user), "api_claims", body)
    assert answer.status_code == 400
    assert answer.json()["message"] == "The request is not valid." and answer.json()["extra"]["fields"]


def test_an_unknown_project_is_not_found(user: User) -> None:
    for name in POSTS[:3]:
        assert post(signed_in(user), name, {"tab": tab()}).status_code == 404


def test_heartbeat_and_free(project: Project, user: User) -> None:
    row, here, client = make_candidate(project), tab(), signed_in(user)
    post(client, "api_claims", {"tab": here})
    answer = post(client, "api_claims_heartbeat", {"tab": here, "holding": [row.pk, 10**9]})
    classes = classes_version(list(project.classes.order_by("index")))
    assert answer.json() == {"held": [row.pk], "decided": {"A": 0, "B": 0, "C": 0}, "classes": classes}
    assert post(client, "api_claims_free", {"tab": here}).json() == {"freed": 1}
    assert post(client, "api_claims_heartbeat", {"tab": here, "holding": [row.pk]}).json()["held"] == []


def test_a_person_who_may_no_longer_review_is_told(project: Project, user: User) -> None:
    client = Client()
    client.force_login(user)
    user.role = "reader"
    user.save()
    assert post(client, "api_votes", {"votes": []}).json()["message"].startswith("This needs the role")
