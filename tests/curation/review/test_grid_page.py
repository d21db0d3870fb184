"""What the grid's page and its counts say."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Candidate, ModelVersion, Project, User
from curation.selectors.grid import OnOffer, on_offer
from curation.services.claims import claim_batch, claim_grid, free_claims
from curation.services.review import record_votes
from tests.curation.review.votes import new_vote, say
from tests.factories import make_candidate, make_model, make_prediction, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(key="sheets", title="Sheets", grid_confidence=0.9)


@pytest.fixture
def model(project: Project) -> ModelVersion:
    return make_model([label.name for label in project.classes.all()])


def predicted(
    project: Project, model: ModelVersion, share: float, label: int = 0, **fields: object
) -> Candidate:
    row = make_candidate(project, **fields)
    rest = (1 - share) / 2
    make_prediction(row, model, [share if index == label else rest for index in range(3)])
    row.refresh_from_db()
    return row


def setup_of(user: User, query: str = "") -> dict[str, object]:
    client = Client()
    client.force_login(user)
    page = client.get(reverse("grid", args=["sheets"]) + query).content.decode()
    found = re.search(r'<script id="setup" type="application/json">(.*?)</script>', page)
    assert found
    setup: dict[str, object] = json.loads(found.group(1))
    return setup


def test_class_and_size_of_the_address(project: Project) -> None:
    user = make_user()
    setup = setup_of(user, "?label=B&size=96")
    assert (setup["label"], setup["size"], setup["notice"]) == ("B", 96, "")
    setup = setup_of(user)
    assert (setup["label"], setup["size"], setup["notice"]) == ("", None, "")
    for wrong in ("13", "x", "-12", "¹²", ""):
        assert setup_of(user, f"?size={wrong}")["size"] is None
    setup = setup_of(user, "?label=%3Cb%3E")
    assert setup["label"] == ""
    assert setup["notice"] == "Sheets has no class with the key <b>. Its keys are A, B, C."


def test_keys_are_those_of_the_grid_and_of_the_person(project: Project) -> None:
    user = make_user(keys={"mark": "#"}, hand="left")
    keys = setup_of(user)["keys"]
    assert isinstance(keys, dict)
    assert keys["mark"] == ["#"] and keys["confirm-page"] == ["Enter", "\\"]
    assert "confirm" not in keys and "suggestion-1" not in keys


def test_what_is_left_is_what_claims_give(project: Project, model: ModelVersion) -> None:
    """Whatever keeps a picture out of the grid is not counted as left, whatever the policy."""
    user, other = make_user(), make_user()
    for policy in ({}, {"votes_needed": 2}, {"votes_needed": 2, "blind_second": False}, {"audit_share": 0.5}):
        Project.objects.filter(pk=project.pk).update(
            **{"votes_needed": 1, "blind_second": True, "audit_share": 0.0} | policy
        )
        project.refresh_from_db()
        rows = [predicted(project, model, 0.99 - n / 100, shuffle=(n + 0.5) / 12) for n in range(12)]
        make_candidate(project)  # no model has looked at it
        say(user, rows[0], "A")
        say(other, rows[1], "A")
        record_votes(user, [new_vote(rows[2], "skip")])
        record_votes(other, [new_vote(rows[3], "flag", reason="blurred")])
        theirs, elsewhere, here = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
        label = project.classes.get(key="A")
        claim_grid(other, project, theirs, label, 2)
        claim_grid(user, project, elsewhere, label, 1)
        held = claim_grid(user, project, here, label, 1)
        found = on_offer(user, project, here)[label.pk]
        given = claim_grid(user, project, here, label, 100, [row.pk for row in held])
        assert found.left == len(held) + len(given) > 0, policy
        for tab, who in ((theirs, other), (elsewhere, user), (here, user)):
            free_claims(who, tab)
        Candidate.objects.filter(project=project).update(state="flagged", label=None, decision=None)


def test_counts_by_class_and_reason(project: Project, model: ModelVersion) -> None:
    user, other, tab = make_user(), make_user(), uuid.uuid4()
    a, b, _ = project.classes.order_by("index")
    Project.objects.filter(pk=project.pk).update(audit_share=0.1)
    project.refresh_from_db()
    for share in (0.99, 0.95, 0.9, 0.89, 0.5):
        predicted(project, model, share, shuffle=0.9)
    predicted(project, model, 0.99, shuffle=0.05)  # by lot, judged by itself
    skipped = predicted(project, model, 0.99, shuffle=0.9)
    record_votes(user, [new_vote(skipped, "skip", via="grid")])
    predicted(project, model, 0.97, 1, shuffle=0.9)
    claim_grid(other, project, uuid.uuid4(), b, 5)
    found = on_offer(user, project, tab)
    assert found == {
        a.pk: OnOffer(left=3, below=2, single=4, held=0),
        b.pk: OnOffer(left=0, below=0, single=0, held=1),
    }
    # What the tab holds is left to it, and to no other tab of the person.
    claim_grid(user, project, tab, a, 2)
    assert on_offer(user, project, tab)[a.pk].left == 3
    assert on_offer(user, project, uuid.uuid4())[a.pk].left == 1
    # What somebody has on the screen of the single view is not free either.
    claim_batch(other, project, uuid.uuid4(), 20)
    assert on_offer(user, project, uuid.uuid4()).get(a.pk, OnOffer()).left == 0


def test_the_counts_as_json(project: Project, model: ModelVersion) -> None:
    client, user = Client(), make_user()
    client.force_login(user)
    url = reverse("api_grid_counts", args=["sheets"])
    assert client.get(url).json()["predicted"] is False
    predicted(project, model, 0.95)
    answer = client.get(url, {"tab": str(uuid.uuid4())}).json()
    assert answer["predicted"] is True and answer["least"] == 0.9
    assert answer["classes"]["A"] == {"left": 1, "below": 0, "single": 0, "held": 0}
    assert answer["classes"]["C"] == {"left": 0, "below": 0, "single": 0, "held": 0}
    assert answer["queue"]["open"] == 1
    assert client.get(url, {"tab": "nonsense"}).status_code == 400
    assert client.post(url).status_code == 405
    assert client.get(reverse("api_grid_counts", args=["none"])).status_code == 404


def test_the_number_of_queries_does_not_grow(project: Project, model: ModelVersion) -> None:
    user = make_user()

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            on_offer(user, project, uuid.uuid4())
        return len(asked)

    predicted(project, model, 0.95)
    few = queries()
    for number in range(6):
        predicted(project, model, 0.95, number % 3)
    assert queries() == few <= 4
