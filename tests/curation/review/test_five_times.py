"""The same vote sent again and again, also at the same moment: one row, and the same word on it each time."""

from __future__ import annotations

import json
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from curation.models import Candidate, Decision, User, Vote
from tests.curation.review.locks import held, wait_at_the_lock
from tests.factories import make_candidate, make_project, make_user

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 5


class Sender:
    """Posts votes over HTTP as a browser does: with the cookies of a session and the CSRF header."""

    def __init__(self, server: LiveServer, user: User) -> None:
        client = Client()
        client.force_login(user)
        token = "0123456789abcdef" * 2
        self.url = f"{server.url}/api/v1/votes/"
        self.headers = {
            "Content-Type": "application/json",
            "Cookie": f"vasculum_session={client.cookies['vasculum_session'].value}; vasculum_csrf={token}",
            "X-CSRFToken": token,
        }

    def post(self, vote: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps({"tab": str(uuid.uuid4()), "votes": [vote]}).encode()
        request = urllib.request.Request(self.url, body, self.headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            (outcome,) = json.load(answer)["outcomes"]
        found: dict[str, Any] = outcome
        return found


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user()


@pytest.fixture
def row(transactional_db: None) -> Candidate:
    return make_candidate(make_project())


@pytest.fixture
def sender(live_server: LiveServer, user: User) -> Sender:
    return Sender(live_server, user)


def a_vote(row: Candidate, **fields: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "candidate": row.pk, "kind": "label", "label": "A"} | fields


def at_once(sender: Sender, votes: list[dict[str, Any]], row: Candidate) -> list[dict[str, Any]]:
    """All in the server's hands at the same moment: they wait for the row of the picture, then race."""
    with ThreadPoolExecutor(len(votes)) as pool:
        with held(row):
            sent = [pool.submit(sender.post, vote) for vote in votes]
            wait_at_the_lock(len(votes))
        return [one.result() for one in sent]


def check(row: Candidate, vote: dict[str, Any], outcomes: list[dict[str, Any]]) -> None:
    """One row; the answers differ only in who came first."""
    assert sorted(outcome["status"] for outcome in outcomes) == ["duplicate"] * (TIMES - 1) + ["saved"]
    told = [{key: outcome[key] for key in ("id", "state", "decided", "gold")} for outcome in outcomes]
    assert told == [{"id": vote["id"], "state": "decided", "decided": "A", "gold": None}] * TIMES
    # Only the one that was saved changed the count of the class; the page adds up `before` and `decided`.
    assert sorted(outcome["before"] for outcome in outcomes) == ["", *["A"] * (TIMES - 1)]
    assert str(Vote.objects.get().pk) == vote["id"] and Decision.objects.count() == 1
    row.refresh_from_db()
    assert (row.state, row.votes) == ("decided", 1)


def test_one_after_the_other(sender: Sender, row: Candidate) -> None:
    vote = a_vote(row, milliseconds=900)
    check(row, vote, [sender.post(vote) for _ in range(TIMES)])


def test_five_at_the_same_moment(sender: Sender, row: Candidate) -> None:
    vote = a_vote(row, milliseconds=900)
    check(row, vote, at_once(sender, [vote] * TIMES, row))


def test_a_sixth_with_the_same_id_says_something_else(
    live_server: LiveServer, sender: Sender, row: Candidate
) -> None:
    vote = a_vote(row)
    for _ in range(TIMES):
        sender.post(vote)
    other = make_candidate(row.project)
    changed = [
        vote | {"label": "B"},
        vote | {"candidate": other.pk},
        vote | {"kind": "skip", "label": ""},
        vote | {"kind": "flag", "label": "", "reason": "A face"},
    ]
    outcomes = [sender.post(one) for one in changed] + [Sender(live_server, make_user()).post(vote)]
    for outcome in outcomes:
        assert outcome["status"] == "refused", outcome
        assert f"Vote id {vote['id']} was used for another vote" in outcome["message"]
    kept = Vote.objects.get()
    assert (kept.candidate, kept.kind, kept.label and kept.label.key) == (row, "label", "A")
    assert not other.vote_rows.exists()


def test_the_same_id_for_two_pictures_at_the_same_moment(sender: Sender, row: Candidate) -> None:
    """Their rows are locked one each, so only the key of the vote is between them."""
    vote, other = a_vote(row), make_candidate(row.project)
    with ThreadPoolExecutor(2) as pool, held(row, other):
        sent = [pool.submit(sender.post, vote | {"candidate": pk}) for pk in (row.pk, other.pk)]
        wait_at_the_lock(2)
    outcomes = [one.result() for one in sent]
    assert sorted(outcome["status"] for outcome in outcomes) == ["refused", "saved"]
    assert Vote.objects.count() == Decision.objects.count() == 1


def test_taking_back_five_times_at_the_same_moment(sender: Sender, row: Candidate) -> None:
    vote = a_vote(row)
    sender.post(vote)
    undo = {"id": str(uuid.uuid4()), "candidate": row.pk, "kind": "undo", "undoes": vote["id"]}
    outcomes = at_once(sender, [undo] * TIMES, row)
    assert sorted(outcome["status"] for outcome in outcomes) == ["duplicate"] * (TIMES - 1) + ["saved"]
    assert [outcome["state"] for outcome in outcomes] == ["open"] * TIMES
    assert list(Vote.objects.order_by("created_at").values_list("kind", flat=True)) == ["label", "undo"]
