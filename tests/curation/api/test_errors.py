"""One shape for everything that goes wrong under /api/."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from curation.errors import StorageDown
from curation.models import User
from tests.curation.api.conftest import Program
from tests.factories import make_project

pytestmark = pytest.mark.django_db
KEYS = {"type", "title", "status", "detail", "message", "extra"}


def problem(answer: Any, status: int, kind: str) -> dict[str, Any]:
    told: dict[str, Any] = answer.json()
    assert answer.status_code == status == told["status"], told
    assert answer["Content-Type"] == "application/problem+json"
    assert set(told) == KEYS and told["type"] == f"urn:vasculum:problem:{kind}"
    assert told["detail"] == told["message"] != ""
    return told


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "patch"])
@pytest.mark.parametrize("address", ["/api/", "/api/v1/nothing/", "/api/v2/projects/", "/api/v1/projects"])
def test_addresses_where_nothing_is(client: Client, method: str, address: str) -> None:
    told = problem(getattr(client, method)(address), 404, "not-found")
    assert ("slash" in told["detail"]) == (not address.endswith("/"))


def test_what_the_framework_refuses(admin: User, program: Program, settings: Any) -> None:
    client = program(admin)
    make_project(key="flora")
    tags = "/api/v1/projects/flora/tags/"
    assert problem(client.delete("/api/v1/projects/"), 405, "method")["detail"]
    assert "GET" in client.delete("/api/v1/projects/")["Allow"]
    problem(client.post(tags, "<a/>", "text/xml"), 415, "media-type")
    problem(client.post(tags, "{", "application/json"), 400, "malformed")
    problem(client.get("/api/v1/projects/", headers={"Accept": "text/html"}), 406, "not-acceptable")
    problem(client.get("/api/v1/projects/none/"), 404, "not-found")
    problem(client.get("/api/v1/jobs/99999999999999999999999/"), 404, "not-found")
    wrong = problem(client.post(tags, {"nam": "x"}, "application/json"), 400, "invalid")
    assert set(wrong["extra"]["fields"]) == {"name", "candidates"}
    more = problem(
        client.post(tags, {"name": "x", "candidates": [1], "y": 1}, "application/json"), 400, "invalid"
    )
    assert set(more["extra"]["fields"]) == {"y"}
    problem(client.post(tags, {"name": "x", "candidates": [1]}, "application/json"), 409, "refused")
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    problem(client.post(tags, {"name": "x" * 20}, "application/json"), 413, "too-large")
    problem(Client().get("/api/v1/projects/"), 403, "signed-out")


def test_a_filter_that_is_misspelt_or_wrong_is_said(admin: User, program: Program) -> None:
    make_project(key="flora")
    for query in (
        "?stat=open",
        "?state=nonsense",
        "?label=none",
        "?limit=0",
        "?limit=1e3",
        "?cursor=x",
        "?state=%00",
    ):
        answer = program(admin).get(f"/api/v1/projects/flora/candidates/{query}")
        name = query[1:].partition("=")[0]
        assert name in problem(answer, 400, "invalid")["extra"]["fields"], query


def test_a_storage_that_is_down_and_what_nobody_foresaw(
    admin: User, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    from curation.api import projects

    def down(*_: Any, **__: Any) -> None:
        raise StorageDown("s3.example does not answer")

    client = program(admin)
    monkeypatch.setattr(projects, "get_object_or_404", down)
    answer = client.get("/api/v1/projects/flora/")
    assert "s3.example" not in problem(answer, 503, "storage")["detail"] and answer["Retry-After"] == "30"

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(projects, "get_object_or_404", broken)
    client.raise_request_exception = False
    told = problem(client.get("/api/v1/projects/flora/"), 500, "server")
    assert "secret" not in told["detail"]
