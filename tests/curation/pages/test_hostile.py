"""What no browser of ours sends: the answer is a refusal, never an error of the site."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from curation.models import Candidate
from curation.services.review import NewVote, record_votes

pytestmark = pytest.mark.django_db
LONG = "9" * 5000  # Python refuses to read a number of more than 4,300 digits


def answering(client: Client) -> Client:
    """A client that gives the answer a browser would get, not the exception behind it."""
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("address", ["/people/%00/", "/people/a%00b/", "/sources/%00/", "/images/%00/"])
def test_nul_in_an_address_is_not_found(as_role: Any, address: str) -> None:
    assert answering(as_role("admin")).get(address).status_code == 404


def test_nul_in_the_name_of_a_model_is_not_found(site: Any, as_role: Any) -> None:
    client = answering(as_role("lead"))
    answer = client.post("/projects/flora/preclassify/", {"model": "a\0b"})
    assert answer.status_code == 404


@pytest.mark.parametrize("query", [f"picture={LONG}", f"again={LONG}", "picture=x", "again=-1"])
def test_set_aside_takes_any_number(site: Any, as_role: Any, people: dict[str, Any], query: str) -> None:
    waiting = next(one for one in site.candidates if one.state == Candidate.State.OPEN)
    flag = NewVote(id=uuid.uuid4(), candidate=waiting.pk, kind="flag", reason="Two sheets.")
    record_votes(people["curator"], [flag])
    assert answering(as_role("lead")).get(f"/projects/flora/set-aside/?{query}").status_code == 200


@pytest.mark.parametrize("host", ["elsewhere.example", "a b"])
def test_a_strange_host_is_a_bad_request(host: str) -> None:
    answer = answering(Client()).get("/sign-in/", headers={"host": host})
    assert answer.status_code == 400
    assert b"<h1>" in answer.content


BODIES = {
    "nested": (b"[" * 100_000, 400),
    "lone surrogate as id": (rb'{"votes": [{"id": "\ud800"}]}', 400),
    "lone surrogate as kind": (rb'{"votes": [{"kind": "\ud800"}]}', 400),
    "large": (json.dumps({"votes": [{"reason": "x" * 3_000_000}]}).encode(), 413),
    "whole character in two halves": (rb'{"votes": [{"id": "\ud83c\udf3f"}]}', 200),
}


@pytest.mark.parametrize("what", BODIES)
def test_the_api_answers_any_json_in_its_own_shape(as_role: Any, what: str) -> None:
    body, status = BODIES[what]
    client = answering(as_role("curator"))
    answer = client.post("/api/v1/votes/", body, content_type="application/json")
    assert answer.status_code == status
    problem = {"type", "title", "status", "detail", "message", "extra"}
    assert set(answer.json()) - {"instance"} == (problem if status >= 400 else {"outcomes"})


def test_a_file_without_a_length_is_not_taken_for_an_empty_one(as_role: Any) -> None:
    client = as_role("admin")
    address = f"/batches/uploads/{uuid.uuid4()}/?path=a.jpg"
    answer = client.put(address, b"abc", CONTENT_LENGTH="", headers={"Transfer-Encoding": "chunked"})
    assert answer.status_code == 411
    assert "Content-Length" in answer.json()["message"]


@pytest.mark.parametrize("name", [".", ".."])
def test_a_user_name_that_is_a_way_through_addresses_is_refused(as_role: Any, name: str) -> None:
    answer = as_role("admin").post("/people/new/", {"username": name, "role": "reader"})
    assert answer.status_code == 400
    assert "take another" in answer.content.decode()
