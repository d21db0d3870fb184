"""The page of a project's votes and decisions as files, and the files it leads to: who may have which."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from curation.models import AuditEntry
from curation.selectors.label_rows import Scope
from curation.services.labels.write import FORMS
from tests.curation.labels.conftest import Herbarium, content
from tests.curation.releases.conftest import AsRole

pytestmark = pytest.mark.django_db
FILES = [
    *(f"{table}.{form}" for table in ("votes", "decisions") for form in FORMS),
    *("label-studio.json", "label-studio-config.xml", "datapackage.json", ""),
]


def test_leads_and_admins_get_every_file_and_nobody_else(herbarium: Herbarium, as_role: AsRole) -> None:
    for role, status in (("", 302), ("reader", 403), ("curator", 403), ("lead", 200), ("admin", 200)):
        client = as_role(role)
        for file in FILES:
            response = client.get(f"/projects/flora/labels/{file}")
            assert response.status_code == status, (role, file)
            if response.streaming:
                b"".join(response)  # type: ignore[arg-type]


@pytest.mark.parametrize("table", ["votes", "decisions"])
@pytest.mark.parametrize("form", FORMS)
def test_a_file_holds_the_rows_and_has_its_name(
    herbarium: Herbarium, as_role: AsRole, table: str, form: str
) -> None:
    response = as_role("lead").get(f"/projects/flora/labels/{table}.{form}")
    assert b"".join(response) == content(table, form, Scope(herbarium.project))  # type: ignore[arg-type]
    assert response["Content-Disposition"] == f'attachment; filename="flora-{table}.{form}"'


def test_names_are_for_admins_and_leave_a_trace(herbarium: Herbarium, as_role: AsRole) -> None:
    url = "/projects/flora/labels/votes.jsonl?names=1"
    for role in ("reader", "curator", "lead"):
        assert as_role(role).get(url).status_code == 403
    assert not AuditEntry.objects.filter(action="labels.names").exists()
    made = b"".join(as_role("admin").get(url))  # type: ignore[arg-type]
    assert {json.loads(line)["reviewer"] for line in made.splitlines()} == {
        user.username for user in herbarium.people.values()
    }
    assert AuditEntry.objects.get(action="labels.names").subject == "votes.jsonl"
    plain = b"".join(as_role("admin").get("/projects/flora/labels/votes.jsonl"))  # type: ignore[arg-type]
    assert b"flora-ada" not in plain


def test_what_there_is_not_is_not_found(herbarium: Herbarium, as_role: AsRole) -> None:
    client = as_role("admin")
    for url in (
        "/projects/none/labels/",
        "/projects/none/labels/votes.tsv",
        "/projects/none/labels/datapackage.json",
        "/projects/flora/labels/votes.xlsx",
        "/projects/flora/labels/users.tsv",
        "/projects/flora/labels/votes.json",
        "/projects/flora/labels/label-studio.tsv",
        "/projects/flora/labels/../../secret.tsv",
    ):
        assert client.get(url).status_code == 404, url
    assert client.post("/projects/flora/labels/votes.tsv").status_code == 405


def test_the_page_leads_to_every_file_and_is_found(herbarium: Herbarium, as_role: AsRole) -> None:
    page = as_role("lead").get("/projects/flora/labels/").content.decode()
    linked = set(re.findall(r'href="/projects/flora/labels/([^"]+)"', page))
    assert linked == set(FILES) - {""} | {"label-studio/"}
    assert "names=1" not in page
    assert "names=1" in as_role("admin").get("/projects/flora/labels/").content.decode()
    assert 'href="/projects/flora/labels/"' in as_role("lead").get("/projects/flora/").content.decode()
    assert 'href="/projects/flora/labels/"' not in as_role("curator").get("/projects/flora/").content.decode()


def test_an_error_is_a_page_and_no_file_that_ends_early(
    herbarium: Herbarium, as_role: AsRole, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> Iterator[bytes]:
        raise OSError("the database is gone")
        yield b""

    monkeypatch.setattr("curation.services.labels.files.pieces", broken)
    client = as_role("lead")
    client.raise_request_exception = False
    assert client.get("/projects/flora/labels/votes.jsonl").status_code == 500
