"""The page of pairs almost alike: what it says, to whom, and that verdicts go through it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import FeatureSet, Job, NearPair, User
from curation.selectors import near_pairs as rows
from curation.services.freeze import freeze
from tests.curation.conftest import AsRole
from tests.curation.representation.alike import names, plant_alike, search
from tests.curation.representation.test_pages import page
from tests.factories import decide, make_candidate, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> User:
    return make_user("lead", username="lea")


@pytest.fixture
def alike(lead: User) -> FeatureSet:
    return plant_alike(lead)


def test_the_page_says_it_all_in_as_many_queries(alike: FeatureSet, lead: User, as_role: AsRole) -> None:
    client = as_role("lead")
    text = page(client, "near_pairs")
    assert "Nothing was looked for yet" in text and "Each of 8 pictures" in text
    client.post(reverse("near_pairs_start"), {"project": "flora"})
    assert Job.objects.get(kind="near").params == {"features": alike.pk, "distance": 0.02}
    Job.objects.update(state="done")
    search(alike, lead)
    many = rows.open_pairs(alike)
    extra = NearPair.objects.filter(pk__in=[one.pk for one in many[1:]])
    with CaptureQueriesContext(connection) as all_of_them:
        text = page(client, "near_pairs", project="flora")
    extra.delete()
    with CaptureQueriesContext(connection) as one:
        page(client, "near_pairs", project="flora")
    assert len(one) == len(all_of_them) <= 24
    assert "4 pairs of different groups that eye takes" in text
    for words in ("N0", "N4", "Source S0", "Class A", "0.0080", "0.0400"):
        assert words in text, words
    assert text.count('data-key="s"') == 4 and 'href="/duplicates/by-model/"' in page(client, "duplicates")
    NearPair.objects.update(verdict="different", by=lead, at="2026-01-01T00:00:00Z")
    assert "All pairs are judged" in page(client, "near_pairs")


def test_a_leak_is_named_with_its_release(alike: FeatureSet, lead: User, as_role: AsRole) -> None:
    project = alike.project
    labels = list(project.classes.order_by("index"))
    for _n in range(7):
        decide(make_candidate(project), labels[1], lead)
    freeze(project, seed=2, name="first", train=3, test=2, validate=2)
    search(alike, lead)
    members = dict(project.releases.get().members.values_list("catalog_number", "split"))
    leaking = [pair for pair in names(alike) if members.get(pair[0], "") != members.get(pair[1], "")]
    leaking = [pair for pair in leaking if pair[0] in members and pair[1] in members]
    assert leaking and len(leaking) < 4
    found = rows.open_pairs(alike).filter(leaks=True).select_related("first", "second")
    assert [(one.first.catalog_number, one.second.catalog_number) for one in found] == leaking
    text = page(as_role("lead"), "near_pairs", leaks="1")
    assert text.count("In release first the first is in") == len(leaking)
    assert f"{len(leaking)} stand" in page(as_role("lead"), "near_pairs")


def test_verdicts_go_through_the_page(alike: FeatureSet, lead: User, as_role: AsRole) -> None:
    search(alike, lead)
    client, address = as_role("lead"), reverse("near_pairs_say")
    [one, other, *_rest] = rows.pair_views(alike.project, rows.open_pairs(alike))
    data = {"do": "same", "pair": one.pair.pk, "project": "flora", "page": "1", "at": "1"}
    data |= {"seen_first": one.sides[0].seen, "seen_second": one.sides[1].seen}
    answer = client.post(address, data, follow=True)
    assert "their groups are one now" in answer.content.decode()
    assert answer.redirect_chain[0][0] == "/duplicates/by-model/?project=flora&page=1&at=1"
    data = {"do": "different", "pair": other.pair.pk, "project": "flora"}
    text = client.post(address, data, follow=True).content.decode()
    assert "They are different." in text and "Undo my last verdict" in text
    assert "in a group of 2" in text
    refused = client.post(address, data, follow=True).content.decode()
    assert "judged already, by" in refused
    undone = client.post(address, {"do": "undo", "project": "flora"}, follow=True).content.decode()
    assert "taken back" in undone
    assert client.post(address, data | {"do": "x"}).status_code == 400
    assert client.post(reverse("near_pairs_start"), {"project": "flora", "distance": "x"}).status_code == 400


def test_who_may_and_what_comes_first(as_role: AsRole) -> None:
    ranks = ["", "reader", "curator", "lead", "admin"]
    lead = as_role("lead")
    text = page(lead, "near_pairs")
    assert "No project has features yet" in text and reverse("home") in text
    make_project(2, key="flora")
    text = page(lead, "near_pairs", project="flora")
    assert "There are no features yet" in text and reverse("map", args=["flora"]) in text
    for role in ranks:
        client, may = as_role(role), role in ("lead", "admin")
        status = client.get(reverse("near_pairs")).status_code
        assert status == (302 if not role else 200 if may else 403)
        for name in ("near_pairs_start", "near_pairs_say"):
            status = client.post(reverse(name), {"project": "flora"}).status_code
            assert status == (302 if not role else 400 if may else 403), (role, name)
