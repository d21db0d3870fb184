"""The page of groups: what it shows, that rulings by form work, and that its queries do not grow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Image, User
from curation.selectors.duplicates import group_rows, with_members
from curation.services.dedupe import group_images
from curation.services.duplicates import keep, split, token
from tests.curation.duplicates.conftest import groups
from tests.factories import make_decided, make_project, make_source, make_user

pytestmark = pytest.mark.django_db
Make = Callable[..., Image]


@pytest.fixture
def client(lead: User) -> Client:
    signed_in = Client()
    signed_in.force_login(lead)
    return signed_in


@pytest.fixture
def pair(picture: Make) -> list[Image]:
    rows = [picture(0, catalog_number="MICH 1"), picture(4, catalog_number="MICH 2")]
    group_images(rows)
    return rows


def form(*images: Image, **fields: Any) -> dict[str, Any]:
    return {"group": images[0].sha256, "seen": token(image.pk for image in images)} | fields


def shown(asked: dict[str, Any]) -> list[int]:
    return [int(group.name, 16) for group in with_members(group_rows(asked))]


def test_groups_stand_side_by_side(client: Client, pair: list[Image], lead: User) -> None:
    project = make_project()
    label = project.classes.get(key="B")
    make_decided(project, label, lead, pair[1])
    page = client.get("/duplicates/").content.decode()
    for words in ("MICH 1", "MICH 2", "4 bits away", "CC BY 4.0", "800 × 1,200", "Class B", "Keep the group"):
        assert words in page, words
    assert "1 group of pictures" in page
    assert "ingest" not in page and "Licences</a>" not in page  # for admins


def test_unsettled_and_large_groups_come_first(picture: Make, lead: User) -> None:
    rows = [picture(0), picture(1), picture(40), picture(41), picture(42), picture(20, 44), picture(21, 43)]
    group_images(rows)
    assert groups(*rows) == [1, 1, 3, 3, 3, 6, 6]
    keep(rows[2].sha256, lead)
    assert shown({}) == [1, 6, 3]
    assert shown({"settled": "open"}) == [1, 6]
    assert shown({"settled": "settled"}) == [3]
    split([rows[4].pk], lead, group=rows[2].sha256)
    assert shown({"settled": "settled"}) == [3, 5]
    assert shown({}) == [1, 6, 3]


def test_groups_are_found_by_project_source_and_kind(picture: Make, lead: User) -> None:
    one, other = make_source("A"), make_source("B")
    rows = [
        picture(0, source=one),
        picture(1, source=other),
        picture(40, source=one, occurrence_id="x"),
        picture(41, source=one, occurrence_id="x"),
    ]
    group_images(rows)
    project = make_project()
    make_decided(project, project.classes.get(key="A"), lead, rows[3])
    assert shown({"kind": "near"}) == [1]
    assert shown({"kind": "specimen"}) == [3]
    assert shown({"source": other}) == [1]
    assert shown({"source": one}) == [1, 3]
    assert shown({"project": project}) == [3]
    [group] = with_members(group_rows({"kind": "specimen"}))
    assert group.specimen == "x" and group.widest == 1


def test_pictures_made_from_others_are_left_out(client: Client, picture: Make) -> None:
    parent = picture(0)
    picture(1, parent=parent, made_by="corruption", group=parent.sha256)
    assert shown({}) == []
    assert "No picture is near to another" in client.get("/duplicates/").content.decode()


def test_rulings_by_form(client: Client, pair: list[Image], picture: Make) -> None:
    rule = reverse("duplicates_rule")
    response = client.post(rule, form(*pair, do="keep", next="/duplicates/?page=1&at=2"))
    assert response["Location"] == "/duplicates/?page=1&at=2"
    assert Image.objects.filter(group_settled=True).count() == 2
    client.post(rule, form(*pair, do="represent", image=pair[1].pk))
    assert Image.objects.get(representative=True) == pair[1]
    client.post(rule, form(*pair, do="split", image=[pair[1].pk]))
    assert groups(*pair) == [1, 2]
    joined = [f"{image.sha256}:{token([image.pk])}" for image in pair]
    client.post(rule, {"do": "join", "join": joined})
    assert groups(*pair) == [1, 1]
    client.post(rule, form(*pair, do="each", image=[image.pk for image in pair]))
    assert groups(*pair) == [1, 2]
    page = client.get("/duplicates/?settled=settled")
    client.post(rule, {"do": "undo", "entry": page.context["last"].pk})
    assert groups(*pair) == [1, 1]
    client.post(rule, form(*pair, do="release"))
    assert not Image.objects.filter(group_settled=True).exists()


def test_a_page_that_is_out_of_date_is_told_so(client: Client, pair: list[Image], picture: Make) -> None:
    old = form(*pair, do="keep")
    group_images([picture(2)])
    page = client.post(reverse("duplicates_rule"), old, follow=True).content.decode()
    assert "has changed since the page was opened. It holds 3 pictures now" in page
    assert not Image.objects.filter(group_settled=True).exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "burn"}, {"do": "keep"}, {"do": "keep", "group": "x"}, {"do": "join", "join": "x:y"},
        {"do": "split", "group": "0" * 64, "image": "1;2"}, {"do": "undo", "entry": "-1"}, {},
    ],
)  # fmt: skip
def test_a_form_that_is_wrong_is_refused(client: Client, fields: dict[str, str]) -> None:
    assert client.post(reverse("duplicates_rule"), fields).status_code == 400


def test_it_never_leads_away(client: Client, pair: list[Image]) -> None:
    for place in ("https://example.org/", "//example.org/duplicates/", "/people/"):
        response = client.post(reverse("duplicates_rule"), form(*pair, do="keep", next=place))
        assert response["Location"] == "/duplicates/"


def test_a_group_has_a_page_with_what_is_near(client: Client, pair: list[Image], lead: User) -> None:
    address = reverse("duplicate_group", args=[pair[0].sha256])
    assert "Near by" not in client.get(address).content.decode()
    split([pair[1].pk], lead, group=pair[0].sha256)
    page = client.get(address).content.decode()
    assert "Near by, in other groups" in page and "MICH 2" in page and "4 bits away" in page
    assert client.get(reverse("duplicate_group", args=["0" * 64])).status_code == 404
    joined = [f"{image.sha256}:{token([image.pk])}" for image in pair]
    here = reverse("duplicate_group", args=[pair[1].sha256])
    response = client.post(reverse("duplicates_rule"), {"do": "join", "join": joined, "next": here})
    assert client.get(response["Location"]).status_code == 200


def test_only_lead_curators_come_here(pair: list[Image]) -> None:
    for role in ("reader", "curator"):
        client = Client()
        client.force_login(make_user(role))
        assert client.get("/duplicates/").status_code == 403
        assert client.get(reverse("duplicate_group", args=[pair[0].sha256])).status_code == 403
        assert client.post(reverse("duplicates_rule"), form(*pair, do="keep")).status_code == 403


def test_the_number_of_queries_does_not_grow(client: Client, picture: Make, lead: User) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get("/duplicates/").status_code == 200
        return len(queries)

    project = make_project()
    label = project.classes.get(key="A")

    def add(start: int) -> None:
        rows = [picture(20, start), picture(21, start), picture(22, start)]
        group_images(rows)
        for row in rows:
            make_decided(project, label, lead, row)

    add(0)
    count()  # what is looked up once only
    few = count()
    add(20)
    add(40)
    assert len(shown({})) == 3
    assert count() == few
    assert few <= 16
