"""The data card of a source, who may see which figures, and files."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from curation.models import Image, Source, User
from curation.services.release_page import set_public
from tests.curation.dashboards.conftest import ClientOf, Figures

pytestmark = pytest.mark.django_db
CARD = "/dashboards/sources/HERB+1/card"


def text(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_card_says_what_is_here_and_what_became_of_it(client_of: ClientOf, site: Figures) -> None:
    Source.objects.filter(pk=site.herbarium.pk).update(ror="00ynnr806")
    User.objects.filter(username="the-lead").update(email="lead@example.org", first_name="Lea")
    client = client_of("lead")
    document = json.loads(text(client.get(f"{CARD}.json")))
    assert (document["format"], document["version"]) == ("vasculum-data-card", 1)
    assert document["source"]["identifiers"] == {"ROR": "https://ror.org/00ynnr806"}
    tables = {table["table"]: table for table in document["tables"]}
    assert [(row["licence"], row["pictures"]) for row in tables["licences-held"]["rows"]] == [("CC0-1.0", 5)]
    projects = {row["project"]: row["decided"] for row in tables["projects"]["rows"]}
    assert projects == {"flora": 3, "state": 0}
    decided = {row["class"]: row["decided"] for row in tables["classes"]["rows"]}
    assert decided["class-a"] == 3
    release = site.project.releases.get()
    theirs = release.members.filter(source="HERB+1").count()
    if theirs:
        [row] = tables["releases"]["rows"]
        assert (row["total"], row["manifest_sha256"]) == (theirs, release.manifest_sha256)
    left = {row["reason"]: row["pictures"] for row in tables["left-out"]["rows"]}
    assert left["undecided"] == 2 and sum(left.values()) == 5 - theirs
    assert {row["rule"]: row["records"] for row in tables["downloads"]["rows"]}["http-404"] == 2
    assert document["contact"] == "Lea <lead@example.org>"
    assert not any(any(links) for table in document["tables"] for links in table["links"])


def test_the_card_is_the_same_in_each_form(client_of: ClientOf, site: Figures) -> None:
    client = client_of("lead")
    for form, kind in [("md", "text/markdown"), ("html", "text/html"), ("json", "application/json")]:
        response = client.get(f"{CARD}.{form}")
        assert response["Content-Type"].startswith(kind)
        assert response["Content-Disposition"] == f'attachment; filename="HERB+1-card.{form}"'
        said = text(response)
        for words in ("A herbarium", "CC0", "flora", "3 wait for review. A picture that several"):
            assert words.lower() in said.lower(), (form, words)
    page = text(client.get(f"{CARD}.html"))
    main = page[page.index("<main>") :]
    assert "<style>" in page and "<link" not in page and "<script" not in page and "href=" not in main
    markdown = text(client.get(f"{CARD}.md"))
    assert markdown.startswith("# Data card: A herbarium (HERB+1)") and "## Whom to ask" in markdown
    assert client.get(f"{CARD}.exe").status_code == 404


def test_the_card_shows_pictures_of_a_release_with_what_their_licence_asks_for(
    client_of: ClientOf, site: Figures
) -> None:
    release = site.project.releases.get()
    [member, *_rest] = release.members.order_by("category_index")
    client, code = client_of("lead"), member.source
    place = f"/dashboards/sources/{code}/card"
    assert "<img" not in text(client.get(f"{place}.html")), "the file of the picture is not there"
    default_storage.save(member.image.file_name("thumb"), ContentFile(b"a thumbnail"))
    page = text(client.get(f"{place}.html"))
    assert "data:image/webp;base64," + base64.b64encode(b"a thumbnail").decode() in page
    caption = re.findall(r"<figcaption>(.*?)</figcaption>", page)[0]
    for words in (member.licence, member.category_name, member.rights_holder or "no rights holder stated"):
        assert words in caption
    outside = re.findall(r'(?:src|href)="(?!data:)([^"]*)"', page)
    assert outside == [], "the file opens without this site"
    shown = json.loads(text(client.get(f"{place}.json")))["pictures"]
    assert member.sha256 in {each["sha256"] for each in shown}
    others = ({"HERB+1", "MUS"} - {each.source for each in release.members.all()}) or {"NONE"}
    for other in others & {"HERB+1", "MUS"}:
        assert "<img" not in text(client.get(f"/dashboards/sources/{other}/card.html"))


def test_a_public_page_is_cited_by_its_address(client_of: ClientOf, site: Figures) -> None:
    release = site.project.releases.get()
    Image.objects.filter(memberships__release=release).update(source=site.herbarium)
    set_public(site.people["admin"], release, True)
    code = release.members.values_list("source", flat=True)[0]
    markdown = text(client_of("lead").get(f"/dashboards/sources/{code}/card.md"))
    assert "http://testserver/r/flora-1/" in markdown.split("How to cite")[1]


def test_who_may_see_which_figures(client_of: ClientOf, site: Figures) -> None:
    own, others = "/dashboards/reviewers/the-curator/", "/dashboards/reviewers/the-other/"
    allowed = {
        own: {"curator", "lead", "admin"},
        f"{own}tables/said.csv": {"curator", "lead", "admin"},
        others: {"other", "lead", "admin"},
        f"{others}tables/said.csv": {"other", "lead", "admin"},
        "/dashboards/reviewers/nobody/": set(),
        f"{CARD}/": {"lead", "admin"},
        f"{CARD}.json": {"lead", "admin"},
        "/dashboards/": set(site.people),
        f"/dashboards/batches/{site.batch.pk}/": set(site.people),
        "/dashboards/records/": set(site.people),
    }
    for place, names in allowed.items():
        for name in site.people:
            status = client_of(name).get(place).status_code
            if name in names:
                assert status == 200, (name, place, status)
            else:
                missing = "nobody" in place and name in ("lead", "admin")
                assert status == (404 if missing else 403), (name, place, status)


@pytest.mark.parametrize("name", ["reader", "curator"])
def test_votes_of_others_are_neither_named_nor_linked(client_of: ClientOf, site: Figures, name: str) -> None:
    for place in (
        "/dashboards/projects/flora/",
        "/dashboards/projects/flora/classes/class-a/",
        "/dashboards/sources/HERB+1/?project=flora",
    ):
        page = text(client_of(name).get(place))
        assert "/votes/" not in page and "the-other" not in page and "the-lead" not in page
        assert client_of(name).get(f"{place.split('?')[0]}tables/reviewers.csv").status_code == 404
    landing = text(client_of(name).get("/dashboards/"))
    assert "the-other" not in landing and f'href="{"/dashboards/"}"' in landing
    assert ("/dashboards/reviewers/the-curator/" in landing) == (name == "curator")


def test_a_curator_reads_the_votes_behind_their_own_figures(client_of: ClientOf, site: Figures) -> None:
    page = text(client_of("curator").get("/dashboards/reviewers/the-curator/?project=flora"))
    found = re.findall(r'href="(/projects/flora/votes/[^"]+)"', page)
    assert found and not any("reviewer=" in url for url in found), "the page of votes shows them their own"


def test_nothing_that_opens_as_a_formula_leaves_in_a_table(client_of: ClientOf, site: Figures) -> None:
    Source.objects.filter(pk=site.museum.pk).update(code="=1+1")
    response: Any = client_of("reader").get("/dashboards/projects/flora/tables/sources.csv")
    lines = b"".join(response.streaming_content).decode().splitlines()
    assert any(line.startswith("'=1+1") for line in lines)
    assert client_of("reader").get("/dashboards/projects/flora/tables/none.csv").status_code == 404


def test_an_empty_site_says_what_will_stand_here(as_role: Any) -> None:
    page = text(as_role("admin").get("/dashboards/"))
    assert "Nothing to count yet" in page or "No picture is counted here." in page
