"""Every address against every role, and no link that leads to a closed door."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from curation.models import Role, User
from curation.services.freeze import freeze
from curation.services.ingest import ingest_folder
from curation.services.licences import texts_for
from tests.curation.pages.conftest import ROLES, Site, vote
from tests.factories import make_licence, make_project, make_source

pytestmark = pytest.mark.django_db

# Address name, how to make its arguments from a site, and the lowest role that may see it ("" for strangers).
PAGES: list[tuple[str, Any, str]] = [
    ("home", lambda site: [], "reader"),
    ("help", lambda site: [], "reader"),
    ("password", lambda site: [], "reader"),
    ("project", lambda site: [site.project.key], "reader"),
    ("project_new", lambda site: [], "admin"),
    ("candidates", lambda site: [site.project.key], "reader"),
    ("guidelines", lambda site: [site.project.key], "reader"),
    ("guidelines_edit", lambda site: [site.project.key], "lead"),
    ("guidelines_send_back", lambda site: [site.project.key], "lead"),
    ("label_class", lambda site: [site.project.key, "class-a"], "lead"),
    ("policy", lambda site: [site.project.key], "curator"),
    ("image", lambda site: [site.candidates[0].image.sha256], "reader"),
    ("source", lambda site: ["K+EBC"], "reader"),
    ("sources", lambda site: [], "reader"),
    ("runs", lambda site: [], "reader"),
    ("project_runs", lambda site: [site.project.key], "reader"),
    ("map", lambda site: [site.project.key], "reader"),
    ("similar", lambda site: [site.project.key, site.candidates[0].image.sha256], "reader"),
    ("doubts", lambda site: [site.project.key], "lead"),
    ("sources_tsv", lambda site: [], "reader"),
    ("source_new", lambda site: [], "admin"),
    ("source_edit", lambda site: ["K+EBC"], "admin"),
    ("source_rules", lambda site: [], "admin"),
    ("source_rule_new", lambda site: [], "admin"),
    ("batches", lambda site: [], "admin"),
    ("licences", lambda site: [], "admin"),
    ("licence_text", lambda site: [texts_for(["CC0"])["CC0"].pk], "admin"),
    ("licence_policy", lambda site: ["flora"], "admin"),
    ("batch_new", lambda site: [], "admin"),
    ("batch", lambda site: [site.batch.pk], "admin"),
    ("derive_corruptions", lambda site: [], "admin"),
    ("derive_crops", lambda site: [], "admin"),
    ("batch_undo", lambda site: [site.batch.pk], "admin"),
    ("hosts", lambda site: [], "admin"),
    ("people", lambda site: [], "admin"),
    ("person_new", lambda site: [], "admin"),
    ("person", lambda site: ["the-reader"], "admin"),
    ("invitations", lambda site: [], "admin"),
    ("team", lambda site: [site.project.key], "lead"),
    ("work", lambda site: [], "curator"),
    ("keys", lambda site: [], "curator"),
    ("audit", lambda site: [], "lead"),
    ("audit_tsv", lambda site: [], "lead"),
    ("duplicates", lambda site: [], "lead"),
    ("duplicate_group", lambda site: [site.candidates[0].image.group], "lead"),
    ("batch_tsv", lambda site: [site.batch.pk], "admin"),
    ("grid", lambda site: [site.project.key], "curator"),
    ("api_grid_counts", lambda site: [site.project.key], "curator"),
    ("agreement", lambda site: [site.project.key], "lead"),
    ("labels", lambda site: [site.project.key], "lead"),
    ("labels_package", lambda site: [site.project.key], "lead"),
    ("labels_file", lambda site: [site.project.key, "votes", "tsv"], "lead"),
    ("issues", lambda site: [site.project.key], "curator"),
    ("discussion", lambda site: [site.project.key, site.candidates[0].pk], "curator"),
    ("for_you", lambda site: [], "curator"),
    ("gold", lambda site: [site.project.key], "lead"),
    ("login", lambda site: [], ""),
    ("healthz", lambda site: [], ""),
]


def test_who_may_see_what(site: Site, as_role: Any) -> None:
    clients = {role: as_role(role) for role in ["", *ROLES]}
    for name, arguments, lowest in PAGES:
        url = reverse(name, args=arguments(site))
        for role, client in clients.items():
            response = client.get(url)
            if not lowest:
                # Who is signed in already is sent on from the sign-in page.
                expected = 302 if name == "login" and role else 200
            elif not role and name.startswith("api_"):
                expected = 403
            elif not role:
                expected = 302
                assert response["Location"].startswith(reverse("login"))
            else:
                expected = 200 if Role(role).rank >= Role(lowest).rank else 403
            assert response.status_code == expected, f"{role or 'stranger'} at {url}"


@pytest.mark.parametrize("role", ["reader", "curator", "lead"])
def test_writing_needs_the_role_too(role: str, site: Site, as_role: Any) -> None:
    client = as_role(role)
    assert client.post(reverse("person_new"), {"username": "x", "role": "admin"}).status_code == 403
    assert (
        client.post(reverse("person", args=["the-reader"]), {"do": "role", "role": role}).status_code == 403
    )
    assert client.post(reverse("batch_new")).status_code == 403
    for do in ("import", "discard", "columns", "state", "retry", "go-on", "resume"):
        assert client.post(reverse("batch", args=[site.batch.pk]), {"do": do}).status_code == 403
    assert client.post(reverse("batch_undo", args=[site.batch.pk])).status_code == 403
    assert client.post(reverse("hosts"), {"host": "a.example", "do": "default"}).status_code == 403
    assert client.post(reverse("licences"), {"text": 1, "licence": "CC0"}).status_code == 403
    assert client.post(reverse("licence_policy", args=["flora"]), {"CC0": "refuse"}).status_code == 403
    upload = reverse("upload_file", args=["11111111-1111-4111-8111-111111111111"])
    assert client.put(f"{upload}?path=a.jpg", b"x").status_code == 403


def test_unknown_things_are_not_found(site: Site, as_role: Any) -> None:
    client = as_role("admin")
    for url in [
        "/projects/none/",
        "/projects/none/candidates/",
        f"/images/{'0' * 64}/",
        "/images/nothing/",
        "/sources/NONE/",
        "/batches/999999/",
        "/batches/999999/undo/",
        "/batches/999999/rows.tsv",
        "/people/nobody/",
        "/?project=none",
        "/nowhere/",
    ]:
        response = client.get(url)
        assert response.status_code == 404, url
        assert "Nothing is kept here" in response.content.decode(), url


def test_a_closed_page_says_which_role_it_is_for(as_role: Any) -> None:
    page = as_role("lead").get(reverse("people")).content.decode()
    assert "for the role Admin and above" in page
    assert "Yours is Lead curator" in page


class Links(HTMLParser):
    """Addresses a page leads to or loads; forms that change something are left alone."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        for name in ("href", "src", "hx-get", "data-src"):
            if values.get(name):
                self.found.append(str(values[name]))


def links(page: str, html: str) -> list[str]:
    parser = Links()
    parser.feed(html)
    return [urldefrag(urljoin(page, link)).url for link in parser.found]


def crawl(client: Client, start: str) -> dict[str, int]:
    """Status of every page and picture that can be reached from `start` by links alone."""
    seen: dict[str, int] = {}
    waiting = [start]
    while waiting:
        url = waiting.pop()
        if url in seen or urlsplit(url).netloc or not url.startswith("/") or url.startswith("/static/"):
            continue
        response = client.get(url)
        seen[url] = response.status_code
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            waiting += links(url, response.content.decode())
        elif response.status_code in {301, 302}:
            waiting.append(urljoin(url, response["Location"]))
    return seen


@pytest.mark.parametrize("role", ROLES)
def test_no_link_leads_to_a_closed_door(role: str, site: Site, as_role: Any) -> None:
    seen = crawl(as_role(role), "/")
    closed = {url: status for url, status in seen.items() if status not in {200, 301, 302}}
    assert closed == {}
    # It did get about: the pages of the role, and their pictures.
    assert {"/projects/flora/", f"/images/{site.candidates[0].image.sha256}/"} <= set(seen)
    assert any(url.startswith("/pictures/thumb/") for url in seen)
    assert ("/people/" in seen) == (role == "admin")
    assert ("/projects/flora/review/" in seen) == (role != "reader")


def test_no_link_about_a_release_leads_to_a_closed_door(
    people: dict[str, User], drawn: Path, as_role: Any
) -> None:
    project = make_project(classes=1, key="frozen")
    ingest_folder(drawn, source=make_source("K+EBC"), licence=make_licence("CC0"), project=project)
    for candidate in project.candidates.select_related("image"):
        vote(people["lead"], candidate, label="A")
    release = freeze(project, seed=1, created_by=people["admin"])
    member = release.members.select_related("image")[0].image
    for role in ROLES:
        seen = crawl(as_role(role), f"/images/{member.sha256}/")
        assert {url: status for url, status in seen.items() if status not in {200, 301, 302}} == {}
        assert reverse("release", args=[release.name]) in seen, role


def test_every_page_has_a_title_and_one_heading(site: Site, as_role: Any) -> None:
    client = as_role("admin")
    for name, arguments, lowest in PAGES:
        if lowest and not name.endswith(("_tsv", "_package", "_file")) and not name.startswith("api_"):
            page = client.get(reverse(name, args=arguments(site))).content.decode()
            assert page.count("<h1") == 1, name
            assert "Vasculum</title>" in page, name
