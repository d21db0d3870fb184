"""A Label Studio file taken in by the browser: shown, saved once it is confirmed, refused by rules."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from curation.models import AuditEntry, Candidate, Decision, User, Vote
from curation.services import uploads
from curation.services.labels import uploaded
from tests.curation.labels.conftest import Herbarium
from tests.curation.labels.test_label_studio import answer, task
from tests.curation.releases.conftest import AsRole
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db
INCOMING = uploads.incoming(UUID(int=0)).parent
URL = "/projects/flora/labels/label-studio/"


def send(client: Client, content: Any, name: str = "export.json") -> Any:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.post(URL, {"file": SimpleUploadedFile(name, raw)})


def tasks_of(herbarium: Herbarium, *said: tuple[str, str, str]) -> list[dict[str, Any]]:
    """Tasks of `picture, who, class`, each with an id of its own."""
    return [
        task(f"{herbarium.pictures[picture].image.sha256}.jpg")
        | {"annotations": [answer(slug, completed_by={"email": who}, id=number)]}
        for number, (picture, who, slug) in enumerate(said, 1)
    ]


@pytest.fixture
def eve(herbarium: Herbarium) -> User:
    return make_user("curator", username="eve", email="Eve@example.org")


def test_it_is_shown_before_it_is_saved(herbarium: Herbarium, eve: User, as_role: AsRole) -> None:
    client = as_role("lead")
    content = tasks_of(
        herbarium,
        ("open", "eve@example.org", "class-a"),
        ("open", "eve@example.org", "class-b"),
        ("undone", "eve@example.org", "none-such"),
        ("undone", "stranger", "class-c"),
    )
    votes, decisions, candidates = Vote.objects.count(), Decision.objects.count(), states()
    sent = send(client, content)
    assert sent.status_code == 302
    page = client.get(sent["Location"]).content.decode()
    # Chosen already: the one whose address it is.
    assert '<option value="eve" selected>' in page and "Save 1 vote" in page
    assert "The same file has another vote of this person on this picture." in page
    assert "expected one of class-a, class-b, class-c" in page and "none-such" in page
    assert "stands for nobody here: choose above who it is" in page and "--as-user" not in page
    assert (Vote.objects.count(), Decision.objects.count(), states()) == (votes, decisions, candidates)
    assert not AuditEntry.objects.filter(action="labels.import").exists()

    chosen = {"annotator-0": "eve", "annotator-1": "flora-cleo"}
    page = client.get(sent["Location"], chosen).content.decode()
    assert "Save 2 votes" in page and "stands for nobody" not in page
    assert '<input type="hidden" name="annotator-1" value="flora-cleo">' in page
    done = client.post(sent["Location"], chosen | {"do": "take"}, follow=True)
    assert "2 votes are saved. 2 rows were left out." in done.content.decode()
    made = Vote.objects.order_by("-created_at")[:2]
    assert {(vote.user.username, vote.label.slug if vote.label else "") for vote in made} == {
        ("eve", "class-a"),
        ("flora-cleo", "class-c"),
    }
    entry = AuditEntry.objects.get(action="labels.import")
    assert entry.actor is not None and entry.actor.role == "lead" and entry.detail["file"] == "export.json"
    # The file is gone, and the same one again brings nothing.
    assert client.get(sent["Location"])["Location"] == URL
    again = send(client, content)["Location"]
    page = client.get(again, chosen).content.decode()
    assert "Save " not in page and "nothing: here before" in page


def states() -> list[tuple[Any, ...]]:
    return list(Candidate.objects.order_by("pk").values_list("pk", "state", "label", "decision"))


def test_only_leads_and_admins(herbarium: Herbarium, as_role: AsRole) -> None:
    content = tasks_of(herbarium, ("open", "x", "class-a"))
    place = send(as_role("lead"), content)["Location"]
    for role, status in (("", 302), ("reader", 403), ("curator", 403), ("lead", 200), ("admin", 200)):
        assert as_role(role).get(URL).status_code == status
        assert as_role(role).get(place).status_code == status
        if status != 200:
            assert send(as_role(role), content).status_code == status
            assert as_role(role).post(place, {"do": "take"}).status_code == status
    assert URL in as_role("lead").get("/projects/flora/labels/").content.decode()


def test_a_vote_is_of_somebody_who_may_vote(herbarium: Herbarium, as_role: AsRole) -> None:
    make_user("reader", username="mere")
    client = as_role("lead")
    place = send(client, tasks_of(herbarium, ("open", "mere", "class-a")))["Location"]
    before = Vote.objects.count()
    for who in ("mere", "nobody-at-all"):
        response = client.post(place, {"annotator-0": who, "do": "take"})
        assert response.status_code == 400 and Vote.objects.count() == before
    assert "Save " not in client.get(place).content.decode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The submitted file is empty."),
        (b"[]", "export.json holds no task"),
        (b'{"tasks": []}', "expected a JSON array of tasks"),
        (b"PK\x03\x04\xff\xff", "not UTF-8"),
        (b"[{]", "task 1 is not JSON"),
        (b"[" * 100_000, "task 1 is not JSON"),
    ],
)
def test_a_wrong_file_is_named_with_the_rule(
    herbarium: Herbarium, as_role: AsRole, content: bytes, said: str
) -> None:
    before = set(INCOMING.glob("*"))
    response = send(as_role("lead"), content)
    assert response.status_code == 400
    assert said in response.content.decode()
    assert set(INCOMING.glob("*")) == before


def test_a_page_takes_so_much_and_not_more(
    herbarium: Herbarium, as_role: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = tasks_of(herbarium, ("open", "a", "class-a"), ("undone", "b", "class-b"))
    size = len(json.dumps(content))
    for name, most, said in (
        ("MOST_BYTES", size - 1, f"export.json has {size:,} bytes; a page takes at most {size - 1:,}"),
        ("MOST_ANNOTATIONS", 1, "export.json has 2 annotations; a page takes at most 1"),
        ("MOST_PEOPLE", 1, "export.json names 2 annotators"),
    ):
        with monkeypatch.context() as limit:
            limit.setattr(uploaded, name, most)
            response = send(as_role("lead"), content)
            assert response.status_code == 400 and said in response.content.decode()
    assert send(as_role("lead"), content).status_code == 302


def test_a_file_is_of_its_project_and_can_be_dropped(herbarium: Herbarium, as_role: AsRole) -> None:
    client = as_role("lead")
    make_project(2, key="other")
    place = send(client, tasks_of(herbarium, ("open", "a", "class-a")))["Location"]
    elsewhere = place.replace("/flora/", "/other/")
    assert client.get(elsewhere)["Location"] == "/projects/other/labels/label-studio/"
    assert client.post(place, {"do": "drop"})["Location"] == "/projects/flora/labels/"
    assert client.get(place).status_code == 302
    assert client.get(f"{URL}00000000-0000-0000-0000-000000000000/").status_code == 302
