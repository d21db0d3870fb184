"""Tokens: what they open, what not, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from curation.errors import Refused
from curation.models import ApiToken, AuditEntry, User
from curation.services.tokens import make_token
from tests.curation.api.conftest import Program
from tests.factories import make_candidate, make_project, make_user

pytestmark = pytest.mark.django_db
INDEX = "/api/v1/"


def bearer(text: str) -> Client:
    return Client(headers={"Authorization": text})


def test_a_token_works_in_the_name_of_its_person(reader: User, program: Program) -> None:
    told = program(reader).get(INDEX).json()
    assert (told["user"], told["role"], told["scopes"]) == ("rita", "reader", ["read"])


def test_only_its_digest_is_kept(reader: User) -> None:
    row, text = make_token(reader, "laptop", ["read"], 30)
    kept = " ".join(str(value) for value in ApiToken.objects.values().get(pk=row.pk).values())
    assert text not in kept and text.startswith(row.start) and len(row.start) < 12
    assert AuditEntry.objects.get(action="token.make").detail == {"scopes": ["read"], "days": 30}


@pytest.mark.parametrize(
    "text", ["Bearer", "Bearer vas_wrong", "Basic cm9vdDpyb290", "vas_x", "Bearer \udcff"]
)
def test_what_is_no_token_opens_nothing(text: str, db: None) -> None:
    answer = bearer(text.encode(errors="replace").decode()).get(INDEX)
    assert answer.status_code == 401 and answer["WWW-Authenticate"] == 'Bearer realm="Vasculum"'
    assert answer.json()["type"] == "urn:vasculum:problem:token"


def test_expired_revoked_and_of_people_who_have_left(reader: User) -> None:
    for change in ("expires", "revoked", "left"):
        row, text = make_token(reader, change, ["read"], 1)
        client = bearer(f"Bearer {text}")
        assert client.get(INDEX).status_code == 200
        if change == "expires":
            ApiToken.objects.filter(pk=row.pk).update(expires_at=timezone.now())
        elif change == "revoked":
            ApiToken.objects.filter(pk=row.pk).update(revoked_at=timezone.now())
        else:
            User.objects.filter(pk=reader.pk).update(is_active=False)
        assert client.get(INDEX).status_code == 401, change


def test_each_scope_opens_its_own_and_nothing_else(lead: User, program: Program) -> None:
    project = make_project(key="flora")
    candidate = make_candidate(project)
    body = {"name": "odd", "candidates": [candidate.pk]}

    def statuses(*scopes: str) -> tuple[int, int, int]:
        client = program(lead, *scopes)
        return (
            client.get("/api/v1/projects/").status_code,
            client.post("/api/v1/projects/flora/tags/", body, "application/json").status_code,
            client.post("/api/v1/runs/", {}, "application/json").status_code,
        )

    assert statuses("read") == (200, 403, 403)
    assert statuses("review") == (403, 200, 403)
    assert statuses("curate") == (403, 403, 400)  # let in, and told what is missing
    refused = program(lead, "read").post("/api/v1/projects/flora/tags/", body, "application/json").json()
    assert refused["type"] == "urn:vasculum:problem:scope" and "review" in refused["detail"]


def test_a_scope_never_goes_beyond_the_role(reader: User, lead: User, program: Program) -> None:
    with pytest.raises(Refused, match="needs the role Admin"):
        make_token(lead, "too much", ["admin"], 1)
    with pytest.raises(Refused, match="scopes must be one or more"):
        make_token(lead, "odd", ["root"], 1)
    client = program(lead, "curate")
    User.objects.filter(pk=lead.pk).update(role="reader")  # since it was made
    answer = client.post("/api/v1/runs/", {}, "application/json")
    assert answer.status_code == 403 and answer.json()["extra"] == {"reason": "role"}


def test_webhooks_need_the_scope_admin_to_be_read(admin: User, program: Program) -> None:
    assert program(admin, "read").get("/api/v1/webhooks/").status_code == 403
    assert program(admin, "admin").get("/api/v1/webhooks/").status_code == 200


def test_tokens_open_no_pages(admin: User, program: Program) -> None:
    answer = program(admin).get("/people/")
    assert answer.status_code == 302 and "/sign-in/" in answer["Location"]


def test_the_time_of_use_is_written_once_a_minute(
    reader: User, program: Program, django_assert_num_queries: Any
) -> None:
    client = program(reader)
    with django_assert_num_queries(2):  # the token, and its last use
        client.get(INDEX)
    with django_assert_num_queries(1):
        client.get(INDEX)
    long_ago = timezone.now() - timedelta(hours=1)
    ApiToken.objects.update(last_used_at=long_ago)
    client.get(INDEX)
    assert ApiToken.objects.get().last_used_at > long_ago


def test_the_page_makes_one_shows_it_once_and_takes_it_back(client: Client, lead: User) -> None:
    client.force_login(lead)
    assert "No tokens yet" in client.get("/account/tokens/").content.decode()
    made = client.post("/account/tokens/", {"name": "laptop", "scopes": ["read", "curate"], "days": "30"})
    page = made.content.decode()
    text = page.split('id="token">')[1].split("<")[0]
    assert "no-store" in made["Cache-Control"] and bearer(f"Bearer {text}").get(INDEX).status_code == 200
    later = client.get("/account/tokens/").content.decode()
    assert text not in later and "read, curate" in later and "Administer" not in later
    refused = client.post("/account/tokens/", {"name": "x", "scopes": ["admin"], "days": "30"})
    assert refused.status_code == 400 and ApiToken.objects.count() == 1
    row = ApiToken.objects.get()
    client.post("/account/tokens/", {"revoke": row.pk})
    assert bearer(f"Bearer {text}").get(INDEX).status_code == 401
    assert AuditEntry.objects.filter(action="token.revoke").exists()


def test_nobody_takes_back_anothers(client: Client, lead: User, reader: User) -> None:
    row, _text = make_token(reader, "hers", ["read"], 1)
    client.force_login(lead)
    assert client.post("/account/tokens/", {"revoke": row.pk}).status_code == 404
    row.refresh_from_db()
    assert row.revoked_at is None


def test_how_many_requests_a_minute(settings: Any, program: Program) -> None:
    settings.API_TOKEN_RATE = 2
    client = program(make_user("reader"))
    left = [client.get(INDEX).get("RateLimit-Remaining") for _each in range(2)]
    if left != ["1", "0"]:  # a minute ended between them
        left = [client.get(INDEX).get("RateLimit-Remaining") for _each in range(2)]
    assert left == ["1", "0"]
    refused = client.get(INDEX)
    assert refused.status_code == 429 and 0 < int(refused["Retry-After"]) <= 61
    assert refused.json()["type"] == "urn:vasculum:problem:rate"
    assert program(make_user("reader")).get(INDEX).status_code == 200  # others are not held up
