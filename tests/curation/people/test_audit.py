"""Who did what: who may read which rows, filters, pages and the file."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from curation.selectors import audit as rows
from curation.services.audit import record
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


def read(client: Client, query: str = "") -> list[str]:
    page = client.get(f"{reverse('audit')}{query}")
    return [row.subject for row, _ in page.context["entries"]]


def test_leads_read_the_rows_of_projects_and_admins_all(client: Client) -> None:
    project, lead, admin = make_project(key="flora"), make_user("lead"), make_user("admin", username="ada")
    record(admin, "person.role", "someone", before="reader", after="lead")
    record(lead, "policy.change", "flora", project=project, before={"order": "margin"}, after={"order": "x"})
    client.force_login(lead)
    assert read(client) == ["flora"]
    client.force_login(admin)
    assert read(client) == ["flora", "someone"]
    assert read(client, "?actor=ada") == ["someone"]
    assert read(client, "?action=policy.") == ["flora"]
    assert read(client, "?project=flora") == ["flora"]
    assert read(client, "?subject=OME") == ["someone"]
    assert read(client, "?from=2999-01-01") == []
    assert read(client, "?to=2001-01-01") == []
    assert read(client, "?from=2001-01-01&to=2999-01-01") == ["flora", "someone"]
    assert client.get(f"{reverse('audit')}?actor=nobody").status_code == 400
    assert client.get(f"{reverse('audit')}?subject=%00").status_code == 400


def test_pages_follow_the_ids_and_the_file_has_all(client: Client) -> None:
    admin = make_user("admin")
    for number in range(rows.PAGE + 3):
        record(admin, "test", f"row {number}", note="a\tb")
    client.force_login(admin)
    first = client.get(reverse("audit")).context["page"]
    assert [len(first.rows), first.rows[0].subject] == [rows.PAGE, f"row {rows.PAGE + 2}"]
    record(admin, "test", "newer")  # moves nothing
    assert read(client, f"?before={first.older}") == ["row 2", "row 1", "row 0"]
    file = client.get(reverse("audit_tsv"))
    lines = b"".join(file.streaming_content).decode().splitlines()
    assert len(lines) == 1 + rows.PAGE + 4
    assert lines[0].split("\t") == list(rows.HEADER)
    assert all(len(line.split("\t")) == len(rows.HEADER) for line in lines)


def test_details_are_read_as_changes() -> None:
    detail = {"before": {"order": "margin", "same": 1}, "after": {"order": "random", "same": 1}, "n": 3}
    assert [(f.name, f.before, f.after, f.changed) for f in rows.facts(detail)] == [
        ("order", "margin", "random", True),
        ("n", "", "3", False),
    ]
    assert [(f.before, f.after) for f in rows.facts({"was": None, "now": "CC0"})] == [("–", "CC0")]
    assert rows.facts({"title": {"before": "a", "after": ["b", 2]}})[0].after == "b, 2"
