"""The description of the API: made without a warning, and true of the live server."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.urls import get_resolver
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as bounded
from schemathesis.specs.openapi import checks

from curation.api.errors import KINDS
from curation.models import Project, User
from curation.services.freeze import freeze
from curation.services.tokens import make_token
from tests.factories import decide, make_candidate, make_image, make_model, make_project, make_user

# Of each operation as the schema has it, and as many that break it.
EXAMPLES = int(os.environ.get("VASCULUM_API_EXAMPLES", "1"))


def test_every_address_is_described_and_says_who_may(described: dict[str, Any]) -> None:
    known = {route for route in _routes() if not route.endswith("/schema/")}  # which is itself
    assert {path.lstrip("/") for path in described["paths"]} == known
    for path, item in described["paths"].items():
        for method, told in item.items():
            assert "Role: " in told["description"] and "Scope of a token: " in told["description"], path
            assert "application/problem+json" in told["responses"]["default"]["content"], (path, method)
            assert {"token": []} in told["security"], path
            assert not told["description"].startswith(("Role: ", "One thing. ")), (
                f"say what {method} {path} does"
            )


def _routes() -> set[str]:
    found = set()
    for pattern in get_resolver().url_patterns:
        route = str(pattern.pattern)
        if route.startswith("api/v1/"):
            found.add(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route).replace("{pk}", "{id}"))
    return found


def test_it_can_be_had_by_people_and_programs(db: None, client: Any) -> None:
    assert client.get("/api/v1/schema/").status_code == 403
    client.force_login(make_user("reader"))
    answer = client.get("/api/v1/schema/")
    assert answer.status_code == 200 and b"openapi: 3" in answer.content


def test_the_docs_name_every_problem() -> None:
    text = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
    for kind in KINDS:
        assert f"`{kind}`" in text, kind


@pytest.fixture
def filled(transactional_db: None) -> User:
    """Rows behind the addresses, so that not all that is drawn is a 404."""
    admin = make_user("admin", username="ada")
    flora: Project = make_project(classes=2, key="flora")
    for label in list(flora.classes.all()) * 3:
        decide(make_candidate(flora, make_image(source="K")), label, admin)
    make_candidate(flora)
    freeze(flora, seed=1, name="flora-1")
    make_model([label.name for label in flora.classes.all()], name="guesser")
    make_user("reader", username="rita")
    return admin


def test_the_live_server_is_as_described(
    described: dict[str, Any],
    filled: User,
    live_server: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No 5xx, no status and no body that the schema does not know of, whatever is sent."""
    settings.API_TOKEN_RATE = 0
    monkeypatch.setattr("curation.services.jobs.requests.dispatch", lambda pk, queue: True)
    _row, token = make_token(filled, "tests", ["read", "review", "curate", "admin"], 1)
    schema = schemathesis.openapi.from_dict(described)
    tried = 0
    candidate = Project.objects.get(key="flora").candidates.first()
    assert candidate is not None
    for result in schema.get_all_operations():
        operation = result.ok()
        names = {parameter.name for parameter in operation.path_parameters}
        real = {
            **{"key": "flora", "name": "guesser" if "/models/" in operation.path else "flora-1", "code": "K"},
            **{"id": candidate.pk, "sha256": candidate.image.sha256, "rendition": "thumb"},
            **{"table": "class-split", "username": "rita"},
        }
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            places = {name: real[name] for name in names if name in real} if names <= set(real) else None
            more = {"path_parameters": places} if places else {}
            tried += _try(operation.as_strategy(mode, **more), live_server.url, token)
    assert tried > 100


def _try(cases: Any, url: str, token: str) -> int:
    number = 0

    @seed(7)
    @bounded(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def one(case: Any) -> None:
        nonlocal number
        number += 1
        headers = {"Authorization": f"Bearer {token}"}
        response = case.call(base_url=url, headers=headers, timeout=10)
        case.validate_response(response, checks=CHECKS)

    one()
    return number


CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
