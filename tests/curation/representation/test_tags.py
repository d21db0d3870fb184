"""Tags: who puts them on, that twice is once, how many rows and queries it takes, and where they are seen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.errors import Refused
from curation.models import AuditEntry, Candidate, Tag, Tagging
from curation.services import tags
from curation.services.tags import delete_tag, rename_tag, tag_candidates, untag
from tests.curation.conftest import AsRole
from tests.curation.representation.conftest import Planted, draw_map
from tests.factories import make_candidate, make_image, make_project, make_user

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def many(count: int) -> tuple[Any, list[int]]:
    project = make_project(2, key="flora")
    image = make_image()
    shared = {"batch": image.batch, "source": image.source, "licence": image.licence}
    rows = (Candidate(project=project, image=make_image(**shared)) for _ in range(count))
    return project, [one.pk for one in Candidate.objects.bulk_create(rows)]


def test_tagging_twice_is_once_and_takes_one_query_a_thousand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tags, "AT_ONCE", 100)
    project, ids = many(250)
    stranger = make_candidate(make_project(2))
    curator = make_user("curator")
    tag_candidates(project, ids[:20], "Mould", curator)
    with CaptureQueriesContext(connection) as queries:
        done = tag_candidates(project, [*ids, stranger.pk], "  mOULD ", curator)
    assert (done.tag.name, done.already, done.added) == ("Mould", 20, ids[20:])
    inserts = [one["sql"] for one in queries if 'INSERT INTO "curation_tagging"' in one["sql"]]
    assert len(inserts) == 3 and all("ON CONFLICT DO NOTHING" in sql for sql in inserts)
    assert len(queries) <= 9  # savepoints and the audit row among them
    again = tag_candidates(project, ids, "Mould", curator)
    assert (again.added, again.already) == ([], 250)
    assert Tag.objects.count() == 1 and Tagging.objects.count() == 250
    assert not Tagging.objects.filter(candidate=stranger).exists()
    first, second = AuditEntry.objects.filter(action="tags.add").order_by("pk")
    assert (first.subject, first.detail) == ("Mould", {"asked": 20, "added": 20})
    assert (second.actor, second.project, second.detail) == (curator, project, {"asked": 251, "added": 230})


def test_a_tag_goes_with_its_last_picture(db: None) -> None:
    project, ids = many(5)
    curator = make_user("curator")
    tag = tag_candidates(project, ids, "Mould", curator).tag
    other = tag_candidates(project, ids[:1], "Torn", curator).tag
    assert untag(tag, ids[:3], curator) == 3
    assert set(Tagging.objects.filter(tag=tag).values_list("candidate_id", flat=True)) == set(ids[3:])
    assert untag(tag, ids[:3], curator) == 0  # nothing to do is nothing written
    assert AuditEntry.objects.filter(action="tags.remove").count() == 1
    assert untag(tag, ids, curator) == 2
    assert list(Tag.objects.all()) == [other]
    assert untag(tag, ids, curator) == 0


def test_names_are_one_line_and_once_in_a_project(db: None) -> None:
    project, ids = many(2)
    curator, lead, reader = make_user("curator"), make_user("lead"), make_user("reader")
    for wrong in ("", "  \n ", "x" * 61, "a\x00b"):
        with pytest.raises(Refused, match="1 to 60 characters"):
            tag_candidates(project, ids, wrong, curator)
    assert tag_candidates(project, ids, "Cafe\u0301\n  bar", curator).tag.name == "Café bar"
    torn = tag_candidates(project, ids, "Torn", curator).tag
    with pytest.raises(Refused, match="tagged by curators"):
        tag_candidates(project, ids, "Torn", reader)
    with pytest.raises(Refused, match="No picture of"):
        tag_candidates(project, [10**9], "Torn", curator)
    with pytest.raises(Refused, match="at most 100,000"):
        tag_candidates(project, range(100_001), "Torn", curator)
    with pytest.raises(Refused, match="renamed and deleted by lead"):
        rename_tag(torn, "Ripped", curator)
    with pytest.raises(Refused, match="has a tag café BAR already"):
        rename_tag(torn, "café BAR", lead)
    assert rename_tag(torn, "TORN", lead).name == "TORN"
    assert tag_candidates(project, ids, "torn", curator).added == []
    with pytest.raises(Refused, match="by lead"):
        delete_tag(torn, curator)
    assert delete_tag(torn, lead) == 2 and delete_tag(torn, lead) == 0
    # The same word in another project is another tag.
    other = make_project(2)
    assert tag_candidates(other, [make_candidate(other).pk], "Café bar", curator).tag.project == other


def test_who_may_tag_rename_and_delete(planted: Planted, as_role: AsRole) -> None:
    ranks = ["", "reader", "curator", "lead"]
    one = planted.candidates[0].pk
    for role in ranks:
        client = as_role(role)
        tag = tag_candidates(planted.project, [one], "Mould", planted.lead).tag
        asked = [
            ("tags_add", [], {"ids": one, "name": "Torn"}, "curator"),
            ("tags_remove", [tag.pk], {"ids": one}, "curator"),
            ("tags_rename", [tag.pk], {"name": "Moulds"}, "lead"),
            ("tags_delete", [tag.pk], {}, "lead"),
        ]
        for name, more, data, least in asked:
            tag_candidates(planted.project, [one], "Kept", planted.lead)
            status = client.post(reverse(name, args=["flora", *more]), data).status_code
            may = ranks.index(role) >= ranks.index(least)
            assert (status == 403) == (bool(role) and not may), (role, name, status)
            assert client.get(reverse(name, args=["flora", *more])).status_code in (302, 403, 405)
            if name == "tags_remove" and may:  # it has gone with its last picture
                tag = tag_candidates(planted.project, [one], "Mould", planted.lead).tag
                asked[2] = ("tags_rename", [tag.pk], {"name": "Moulds"}, "lead")
                asked[3] = ("tags_delete", [tag.pk], {}, "lead")
        status = client.get(reverse("tags", args=["flora"])).status_code
        assert status == (200 if role else 302)
    assert not Tag.objects.filter(name="Moulds").exists()
    wrong = make_project(2, key="other")
    kept = Tag.objects.get(name="Kept")
    as_role("curator").post(reverse("tags_remove", args=[wrong.key, kept.pk]), {"ids": one})
    assert Tagging.objects.filter(tag=kept).exists()  # another project's address does not reach it


def test_a_choice_is_tagged_listed_and_undone(planted: Planted, as_role: AsRole) -> None:
    curator = as_role("curator")
    ids = [one.pk for one in planted.candidates[:7]]
    tag_candidates(planted.project, ids[:2], "Mould & rot", planted.lead)
    data = {"ids": ",".join(map(str, ids)), "name": "mould & rot"}
    answer = curator.post(reverse("tags_add", args=["flora"]), data, headers=JSON).json()
    assert answer["said"] == "5 pictures were tagged Mould & rot. 2 had it already."
    assert answer["added"] == ids[2:]
    again = curator.post(reverse("tags_add", args=["flora"]), data, headers=JSON).json()
    assert (again["said"], again["added"]) == ("All 7 pictures have the tag Mould & rot already.", [])
    text = curator.get(answer["list"]).content.decode()
    assert "7 pictures" in text and text.count('class="thumb"') == 7
    undone = curator.post(answer["undo"], {"ids": ",".join(map(str, answer["added"]))}, headers=JSON).json()
    assert undone == {"removed": 5, "said": "The tag was taken off 5 pictures.", "there": True}
    assert "2 pictures" in curator.get(answer["list"]).content.decode()
    refused = curator.post(reverse("tags_add", args=["flora"]), data | {"name": " "}, headers=JSON)
    assert refused.status_code == 400 and "1 to 60 characters" in refused.json()["refused"]
    assert curator.post(reverse("tags_add", args=["flora"]), {"ids": "1,x", "name": "a"}).status_code == 400
    # Without a script one is led to the list.
    listed = curator.post(reverse("tags_add", args=["flora"]), data, follow=True).content.decode()
    assert "5 pictures were tagged" in listed and listed.count('class="thumb"') == 7
    out = curator.post(reverse("tags_add", args=["flora"]), data | {"next": "//elsewhere.example/"})
    assert out["Location"].startswith("/projects/flora/")
    assert curator.get(reverse("candidates", args=["flora"]), {"tag": "unknown"}).status_code == 400


def test_a_map_is_coloured_by_a_tag(planted: Planted, as_role: AsRole) -> None:
    draw_map(planted)
    ids = [one.pk for one in planted.candidates[3:9]]
    tag = tag_candidates(planted.project, ids, "Mould", planted.lead).tag
    client = as_role("reader")
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(reverse("map_groups", args=["flora", f"tag-{tag.pk}"]))
    assert len(queries) <= 7
    head, codes = answer.content.split(b"\n", 1)
    groups = json.loads(head)
    assert (groups["names"], groups["counts"]) == (["Without this tag", "Mould"], [54, 6])
    assert list(codes) == [1 if one.pk in ids else 0 for one in planted.candidates]
    for wrong in ("tag-", "tag-x", f"tag-{tag.pk + 1}", "tag-" + "9" * 40):
        assert client.get(reverse("map_groups", args=["flora", wrong])).status_code == 404
    text = page(client, "map", "flora")
    assert f'<option value="tag-{tag.pk}">Mould</option>' in text and "data-tag>" not in text
    assert "data-tag>" in page(as_role("curator"), "map", "flora")


def test_pages_take_as_many_queries_with_many_tags(planted: Planted, as_role: AsRole) -> None:
    draw_map(planted)
    client = as_role("lead")
    one = planted.candidates[0]
    tag_candidates(planted.project, [one.pk], "First", planted.lead)
    asked = [
        ("image", [one.image.sha256]),
        ("tags", ["flora"]),
        ("candidates", ["flora"]),
        ("map", ["flora"]),
    ]
    counts = []
    for _round in range(2):
        for name, args in asked:
            with CaptureQueriesContext(connection) as queries:
                text = page(client, name, *args)
            counts.append(len(queries))
            assert "First" in text
        for n in range(12):
            tag_candidates(
                planted.project, [each.pk for each in planted.candidates[:5]], f"T{n}", planted.lead
            )
    assert counts[:4] == counts[4:]


def test_the_page_of_a_picture_shows_adds_and_removes(planted: Planted, as_role: AsRole) -> None:
    one = planted.candidates[0]
    address = reverse("image", args=[one.image.sha256])
    curator = as_role("curator")
    data = {"ids": one.pk, "name": "Torn", "next": address}
    text = curator.post(reverse("tags_add", args=["flora"]), data, follow=True).content.decode()
    assert "?tag=Torn" in text and "Take off the tag Torn" in text
    reader = page(as_role("reader"), "image", one.image.sha256)
    assert "?tag=Torn" in reader and "Take off" not in reader and "Another tag" not in reader
    gone = reverse("tags_remove", args=["flora", Tag.objects.get().pk])
    text = curator.post(gone, {"ids": one.pk, "next": address}, follow=True).content.decode()
    assert "?tag=Torn" not in text and not Tag.objects.exists()


def test_points_that_name_their_map_are_kept_for_good(planted: Planted, as_role: AsRole) -> None:
    found = draw_map(planted)
    client, address = as_role("reader"), reverse("map_points", args=["flora"])
    assert f"{address}?map={found.map_sha256}" in page(client, "map", "flora")
    kept = client.get(address, {"map": found.map_sha256})
    assert "immutable" in kept["Cache-Control"] and "private" in kept["Cache-Control"]
    assert "no-cache" in client.get(address)["Cache-Control"]
    assert client.get(address, {"map": "0" * 64}).status_code == 404
