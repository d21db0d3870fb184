"""Regions: what the service, the database and the addresses let through."""

from __future__ import annotations

import math

import pytest
from django.db import Error, connection
from django.test import Client

from curation.errors import Refused
from curation.models import Candidate, Project, Region, User
from curation.selectors.regions_shown import regions_shown
from curation.services.regions import mark_region, remove_region, standing_regions
from tests.factories import make_candidate, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(classes=3, kind="condition")


@pytest.fixture
def sheet(project: Project) -> Candidate:
    return make_candidate(project)


@pytest.fixture
def ana() -> User:
    return make_user(username="ana")


def label(project: Project, index: int):  # type: ignore[no-untyped-def]
    return project.classes.get(index=index)


def test_the_same_region_again_is_the_one_that_stands(sheet: Candidate, ana: User) -> None:
    first = mark_region(sheet, label(sheet.project, 1), 0.1, 0.2, 0.3, 0.4, by=ana)
    assert mark_region(sheet, label(sheet.project, 1), 0.1, 0.2, 0.3, 0.4, by=ana) == first
    assert mark_region(sheet, label(sheet.project, 2), 0.1, 0.2, 0.3, 0.4, by=ana) != first
    assert [row.pk for row in standing_regions([sheet.pk])[sheet.pk]][0] == first.pk


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ((0.1, 0.1, 0.95, 0.1), "lies on the picture"),
        ((-0.1, 0.1, 0.5, 0.1), "lies on the picture"),
        ((0.1, 0.1, 0.0001, 0.5), "at least"),
        ((math.nan, 0.1, 0.5, 0.5), "four numbers"),
        ((0.1, math.inf, 0.5, 0.5), "four numbers"),
    ],
)
def test_what_is_no_rectangle_on_the_picture_is_refused(
    sheet: Candidate, ana: User, place: tuple[float, ...], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        mark_region(sheet, label(sheet.project, 1), *place, by=ana)


@pytest.mark.parametrize("step", range(1, 40))
def test_a_region_may_end_at_the_edge(sheet: Candidate, ana: User, step: int) -> None:
    left = step / 40 + 1e-7
    region = mark_region(sheet, label(sheet.project, 1), left, left, 1 - step / 40, 1 - step / 40, by=ana)
    assert region.left + region.width == pytest.approx(1)


def test_sound_foreign_and_other_projects_are_refused(sheet: Candidate, ana: User) -> None:
    with pytest.raises(Refused, match="sound state"):
        mark_region(sheet, label(sheet.project, 0), 0.1, 0.1, 0.1, 0.1, by=ana)
    other = make_project(classes=3, key="other", kind="condition")
    with pytest.raises(Refused, match="no class of"):
        mark_region(sheet, label(other, 1), 0.1, 0.1, 0.1, 0.1, by=ana)
    plain = make_candidate(make_project(classes=3, key="plain"))
    with pytest.raises(Refused, match="condition of sheets"):
        mark_region(plain, label(plain.project, 1), 0.1, 0.1, 0.1, 0.1, by=ana)


def test_ones_own_or_a_leads_hand_takes_back(sheet: Candidate, ana: User) -> None:
    region = mark_region(sheet, label(sheet.project, 1), 0.1, 0.1, 0.1, 0.1, by=ana)
    with pytest.raises(Refused, match="lead curator"):
        remove_region(region, by=make_user(username="ben"))
    remove_region(region, by=make_user("lead", username="lea"))
    remove_region(region, by=ana)  # once more is nothing
    assert Region.objects.get().removed_by.username == "lea"  # type: ignore[union-attr]
    assert standing_regions([sheet.pk]) == {}


@pytest.mark.parametrize(
    "sql",
    [
        'UPDATE curation_region SET "left" = 0.2',
        "DELETE FROM curation_region",
        "UPDATE curation_region SET label_id = label_id + 1",
    ],
)
def test_a_region_stays_as_it_was_drawn(sheet: Candidate, ana: User, sql: str) -> None:
    mark_region(sheet, label(sheet.project, 1), 0.1, 0.1, 0.1, 0.1, by=ana)
    with pytest.raises(Error, match="stays as it was drawn"), connection.cursor() as cursor:
        cursor.execute(sql)


def test_colleagues_regions_wait_for_ones_own_blind_vote(project: Project, ana: User) -> None:
    project.votes_needed, project.blind_second = 2, True
    project.save()
    sheet = make_candidate(project, votes=1, shuffle=0.99)
    mark_region(sheet, label(project, 1), 0.1, 0.1, 0.1, 0.1, by=make_user(username="ben"))
    own = mark_region(sheet, label(project, 1), 0.5, 0.5, 0.1, 0.1, by=ana)
    assert regions_shown(ana, sheet) == [own]
    sheet.votes = 0
    assert len(regions_shown(ana, sheet)) == 2


def test_the_address_is_for_curators(client: Client, sheet: Candidate, ana: User) -> None:
    address = f"/api/v1/candidates/{sheet.pk}/regions/"
    body = {"label": label(sheet.project, 1).pk, "left": 0.1, "top": 0.1, "width": 0.2, "height": 0.2}
    client.force_login(make_user("reader", username="vic"))
    assert client.post(address, body, content_type="application/json").status_code == 403
    client.force_login(ana)
    made = client.post(address, body, content_type="application/json")
    assert made.status_code == 201 and made.json()["mine"]
    assert client.post(address, body | {"left": 0.9}, content_type="application/json").status_code == 409
    assert client.post(address, body | {"left": "x"}, content_type="application/json").status_code == 400
    assert [row["id"] for row in client.get(address).json()["regions"]] == [made.json()["id"]]
    assert client.delete(f"/api/v1/regions/{made.json()['id']}/").status_code == 204
    assert client.get(address).json() == {"regions": []}
