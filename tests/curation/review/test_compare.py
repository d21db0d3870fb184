"""What the review page asks beside claims and votes: pictures of a class, the order, classes that changed."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Candidate, Claim, GoldItem, LabelClass, Membership, Project, User, Vote
from curation.services.guidelines import NewExample, publish
from curation.services.review import record_votes
from tests.curation.review.votes import new_vote
from tests.factories import decide, make_candidate, make_decided, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(key="sheets")


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def label(project: Project, key: str) -> LabelClass:
    return project.classes.get(key=key)


def pictures(client: Client, project: Project, key: str = "A") -> dict[str, Any]:
    answer = client.get(reverse("api_class_pictures", args=[project.key, label(project, key).pk]))
    assert answer.status_code == 200
    return dict(answer.json())


def titles(rows: list[dict[str, Any]]) -> list[str]:
    return [row["title"] for row in rows]


def post(client: Client, name: str, body: dict[str, Any]) -> Any:
    url = reverse(name, args=["sheets"]) if name != "api_votes" else reverse(name)
    return client.post(url, {"tab": str(uuid.uuid4())} | body, content_type="application/json")


def test_the_guidelines_pictures_come_with_their_captions_and_not_twice(
    client: Client, project: Project
) -> None:
    other = make_user()
    plate, plain, taken = (make_decided(project, label(project, key), other) for key in "AAB")
    publish(
        make_user("lead"),
        project,
        intro="",
        sections={},
        examples={
            label(project, "A").pk: [
                NewExample(plate.image.sha256, False, "Flat and whole"),
                NewExample(taken.image.sha256, True, "A label alone"),
            ]
        },
        note="Pictures",
    )
    project.refresh_from_db()
    shown = pictures(client, project)
    assert [(row["title"], row["caption"]) for row in shown["examples"]] == [
        (plate.image.title, "Flat and whole")
    ]
    assert [(row["title"], row["caption"]) for row in shown["counters"]] == [
        (taken.image.title, "A label alone")
    ]
    assert titles(shown["decided"]) == [plain.image.title]
    assert shown["decided"][0]["review"].startswith(f"/pictures/review/{plain.image.sha256}")
    assert pictures(client, project, "C") == {"examples": [], "counters": [], "decided": []}


def test_nothing_tells_votes_of_others_or_known_answers(client: Client, project: Project) -> None:
    known, decided, open_one = (make_candidate(project) for _ in range(3))
    a, other = label(project, "A"), make_user()
    for row in (known, decided):
        Candidate.objects.filter(pk=row.pk).update(shuffle=0.5)
    decide(known, a, other)
    decide(decided, a, other)
    GoldItem.objects.create(candidate=known, project=project, label=a, why="", created_by=other)
    project.votes_needed = 2
    project.save()
    post_as(other, open_one)
    shown = pictures(client, project)
    assert titles(shown["decided"]) == [decided.image.title]
    assert set(shown["decided"][0]) == {
        *("title", "caption", "width", "height", "thumb", "review", "original"),
    }
    GoldItem.objects.update(active=False)
    assert len(pictures(client, project)["decided"]) == 2


def post_as(user: User, candidate: Candidate) -> None:
    record_votes(user, [new_vote(candidate, label="A")])


def test_pictures_of_a_class_take_few_queries_and_a_curator(client: Client, project: Project) -> None:
    other = make_user()
    for _ in range(9):
        make_decided(project, label(project, "A"), other)
    url = reverse("api_class_pictures", args=["sheets", label(project, "A").pk])
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(url)
    assert len(answer.json()["decided"]) == 6
    assert len([query for query in caught if "curation_" in query["sql"]]) <= 4
    foreign = make_project()
    wrong = reverse("api_class_pictures", args=["sheets", label(foreign, "A").pk])
    assert client.get(wrong).status_code == 404
    reader = Client()
    reader.force_login(make_user("reader"))
    assert reader.get(url).status_code == 403


def test_an_order_is_kept_and_what_is_held_is_given_back(
    client: Client, project: Project, user: User
) -> None:
    first, last = make_candidate(project, priority=0.9), make_candidate(project, priority=0.1)
    tab, elsewhere = str(uuid.uuid4()), str(uuid.uuid4())
    body = {"tab": tab, "count": 1}
    assert post(client, "api_claims", body).json()["items"][0]["id"] == first.pk
    answer = post(client, "api_order", {"tab": tab, "order": "newest"})
    assert answer.json() == {"order": "newest"}
    assert Membership.objects.get(user=user, project=project).order == "newest"
    assert not Claim.objects.exists()
    assert post(client, "api_claims", body).json()["items"][0]["id"] == last.pk
    # Another tab's pictures stay where they are.
    post(client, "api_claims", {"tab": elsewhere, "count": 1})
    post(client, "api_order", {"tab": tab, "order": ""})
    assert Membership.objects.get(user=user, project=project).order == ""
    assert [str(claim.tab) for claim in Claim.objects.all()] == [elsewhere]


def test_an_order_that_is_none_is_refused(client: Client, project: Project, user: User) -> None:
    refused = post(client, "api_order", {"order": "sideways"})
    assert refused.status_code == 400 and "sideways" in str(refused.json())
    assert not Membership.objects.exists()
    other = post(client, "api_order", {"order": "newest", "reviewer": make_user().pk})
    assert other.status_code == 409 and not Membership.objects.exists()


def test_the_heartbeat_tells_classes_anew_to_a_page_that_shows_others(
    client: Client, project: Project
) -> None:
    now = post(client, "api_claims_heartbeat", {}).json()
    assert "class_rows" not in now
    version = now["classes"]
    assert "class_rows" not in post(client, "api_claims_heartbeat", {"classes": version}).json()
    row = label(project, "A")
    row.name, row.key = "Pressed", "K"
    row.save()
    answer = post(client, "api_claims_heartbeat", {"classes": version}).json()
    assert answer["classes"] != version
    assert [(row["key"], row["name"]) for row in answer["class_rows"]][0] == ("K", "Pressed")
    # K was the key that skips: a class takes it, and the other key is left.
    assert answer["keyboard"]["keys"]["skip"] == ["."] and answer["keyboard"]["caps"]["skip"] == "."
    assert [["."], "Skip; it comes again later"] in answer["keyboard"]["rows"]
    assert "class_rows" not in post(client, "api_claims_heartbeat", {"classes": answer["classes"]}).json()


def test_a_vote_side_by_side_says_so(client: Client, project: Project) -> None:
    row = make_candidate(project)
    vote = {"id": str(uuid.uuid4()), "candidate": row.pk, "kind": "label", "label": "B", "via": "compare"}
    outcome = post(client, "api_votes", {"votes": [vote]}).json()["outcomes"][0]
    assert outcome["status"] == "saved"
    assert Vote.objects.get().via == Vote.Via.COMPARE
