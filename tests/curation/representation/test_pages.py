"""Map, similar pictures and doubts as pages: who may, what they show, how many queries they take."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Candidate, Doubt, Job, Release, ReleaseMember
from curation.services.representation.places import POINT
from tests.curation.conftest import AsRole
from tests.curation.representation.conftest import Planted, draw_map, plant
from tests.factories import make_candidate, make_model, make_project

pytestmark = pytest.mark.django_db


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def search(planted: Planted, sent: int = 0) -> Job:
    job = Job.objects.create(
        kind="doubts",
        title="Doubts",
        state="done",
        params={"features": planted.features.pk},
        result={"judged": 60, "flagged": 1, "left_out": 0},
    )
    for rank, one in enumerate(planted.candidates[:12], 1):
        nearest = [other.pk for other in planted.candidates[12:22]]
        evidence = {
            "predicted": "class-b",
            "predicted_probability": 0.97,
            "neighbours_other": 0.9,
            "neighbours_label": "class-b",
            "nearest": nearest,
            "model": "eye",
        }
        Doubt.objects.create(
            job=job,
            feature_set=planted.features,
            candidate=one,
            label=one.label,
            rank=rank,
            score=rank / 100,
            flagged=rank == 1,
            evidence=evidence,
        )
    return job


def test_who_may_see_and_do_what(planted: Planted, as_role: AsRole) -> None:
    draw_map(planted)
    search(planted)
    key, picture = planted.project.key, planted.candidates[0]
    seen = [
        ("map", [key], "reader"),
        ("map_points", [key], "reader"),
        ("map_groups", [key, "class"], "reader"),
        ("map_picture", [key, picture.pk], "reader"),
        ("similar", [key, picture.image.sha256], "reader"),
        ("doubts", [key], "lead"),
    ]
    done = [("map_chosen", "reader"), ("representation_start", "lead"), ("doubts_send", "lead")]
    ranks = ["", "reader", "curator", "lead", "admin"]
    for role in ranks:
        client = as_role(role)
        for name, args, least in seen:
            status = client.get(reverse(name, args=args)).status_code
            wanted = 302 if not role else 200 if ranks.index(role) >= ranks.index(least) else 403
            assert status == wanted, (role, name)
        for name, least in done:
            status = client.post(reverse(name, args=[key]), {"what": "map", "n": "1"}).status_code
            may = ranks.index(role) >= ranks.index(least)
            assert (status == 403) == (bool(role) and not may), (role, name, status)
            assert client.get(reverse(name, args=[key])).status_code in (405, 302, 403)
    assert Job.objects.filter(kind="map", state="queued").count() == 1


def test_each_empty_state_says_the_next_step(as_role: AsRole) -> None:
    project = make_project(3, key="flora")
    lead, reader = as_role("lead"), as_role("reader")
    assert reverse("models") in page(lead, "map", "flora")
    make_model(["Class A"], name="eye")
    assert "Make the features" in page(lead, "map", "flora")
    assert "Make the features" not in page(reader, "map", "flora")
    candidates = [make_candidate(project) for _ in range(6)]
    other = make_model(["Class A"], name="other")
    plant(project, other, candidates, np.eye(6, 4, dtype="f4"))
    assert "Draw the map of 6 pictures" in page(lead, "map", "flora")
    assert "A lead curator can have it drawn" in page(reader, "map", "flora")
    assert "Search for doubtful decisions" in page(lead, "doubts", "flora")
    late = make_candidate(project)
    assert "1 picture has come in since" in page(lead, "map", "flora")
    assert "no features yet" in page(reader, "similar", "flora", late.image.sha256)
    answer = lead.post(reverse("representation_start", args=["flora"]), {"what": "map"}, follow=True)
    assert "Map of Test project by other" in answer.content.decode()
    assert lead.post(reverse("representation_start", args=["flora"]), {"what": "x"}).status_code == 400


def test_the_map_of_another_model_is_offered_once_it_has_features(planted: Planted, as_role: AsRole) -> None:
    draw_map(planted)
    lead = as_role("lead")
    text = page(lead, "map", "flora")
    assert "Draw the map" not in text and "Features by another model" not in text
    sharper = make_model(["Class A"], name="sharper")
    text = page(lead, "map", "flora")
    assert "Features by another model" in text and '<option value="eye" selected>' in text
    newer = plant(planted.project, sharper, planted.candidates, planted.vectors)
    text = page(lead, "map", "flora")
    assert "Draw the map by sharper" in text and "pictures as eye sees them" in text
    lead.post(reverse("representation_start", args=["flora"]), {"what": "map"})
    assert Job.objects.get(kind="map", state="queued").params == {"features": newer.pk}


def test_points_are_sent_once_and_groups_in_their_order(planted: Planted, as_role: AsRole) -> None:
    # A map in another order than that of the ids, without one of the pictures.
    planted.candidates, planted.vectors = planted.candidates[:0:-1], planted.vectors[:0:-1]
    planted.truth = planted.truth[:0:-1]
    draw_map(planted)
    client, key = as_role("reader"), planted.project.key
    answer = client.get(reverse("map_points", args=[key]))
    points = np.frombuffer(answer.content, POINT)
    assert points["id"].tolist() == [one.pk for one in planted.candidates]
    again = client.get(reverse("map_points", args=[key]), headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304 and not again.content

    Candidate.objects.filter(pk=planted.candidates[7].pk).update(state="open", label=None, decision=None)
    with CaptureQueriesContext(connection) as queries:
        content = client.get(reverse("map_groups", args=[key, "class"])).content
    assert len(queries) <= 7
    head, codes = content.split(b"\n", 1)
    groups = json.loads(head)
    assert groups["names"] == ["Not decided", "Class A", "Class B", "Class C"]
    wanted = [own + 1 for own in planted.truth]
    wanted[7] = 0
    assert list(codes) == wanted
    assert groups["counts"] == [wanted.count(code) for code in range(4)]
    for by, names in {
        "source": {"Source S0": 29, "Source S1": 30},
        "state": {"Open": 1, "Decided": 58},
    }.items():
        found = json.loads(client.get(reverse("map_groups", args=[key, by])).content.split(b"\n", 1)[0])
        counts = dict(zip(found["names"], found["counts"], strict=True))
        assert {name: n for name, n in counts.items() if n} == names
    assert client.get(reverse("map_groups", args=[key, "doubt"])).status_code == 404
    search(planted)
    found = json.loads(client.get(reverse("map_groups", args=[key, "doubt"])).content.split(b"\n", 1)[0])
    assert found["counts"] == [47, 1, 11]


def test_a_map_is_coloured_by_the_split_of_a_release(planted: Planted, as_role: AsRole) -> None:
    from curation.services.freeze import freeze

    draw_map(planted)
    release = freeze(planted.project, seed=1, name="first", train=2, test=1, validate=1)
    found = as_role("reader").get(reverse("map_groups", args=["flora", "split-first"])).content
    head, codes = found.split(b"\n", 1)
    groups = json.loads(head)
    split = dict(ReleaseMember.objects.filter(release=release).values_list("image", "split"))
    names = {"train": "Train", "test": "Test", "validate": "Validate"}
    for one, code in zip(planted.candidates, codes, strict=True):
        wanted = split.get(one.image_id)
        assert (groups["names"][code] == "Not in the release") == (wanted is None)
        if wanted:
            assert groups["names"][code].lower().startswith(names[wanted].lower()[:4])
    assert Release.objects.count() == 1


def test_similar_pictures_are_the_nearest_with_class_source_and_distance(
    planted: Planted, as_role: AsRole
) -> None:
    one = planted.candidates[5]
    client = as_role("reader")
    with CaptureQueriesContext(connection) as queries:
        text = page(client, "similar", "flora", one.image.sha256)
    assert len(queries) <= 8
    unit = planted.vectors / np.linalg.norm(planted.vectors, axis=1, keepdims=True)
    order = [place for place in np.argsort(-(unit @ unit[5]), kind="stable").tolist() if place != 5][:24]
    addresses = [reverse("image", args=[planted.candidates[place].image.sha256]) for place in order]
    places = [text.index(f'class="thumb" href="{address}"') for address in addresses]
    assert places == sorted(places) and text.count('class="thumb"') == 24
    assert f"{1 - float(unit[5] @ unit[order[0]]):.3f}" in text
    assert reverse("similar", args=["flora", one.image.sha256]) in page(client, "image", one.image.sha256)


def test_a_choice_is_listed_and_its_open_pictures_sent_ahead(planted: Planted, as_role: AsRole) -> None:
    open_ones = [make_candidate(planted.project, shuffle=0.5) for _ in range(3)]
    stranger = make_candidate(make_project(2))
    ids = [one.pk for one in [*open_ones, *planted.candidates[:4], stranger]]
    address, data = reverse("map_chosen", args=["flora"]), {"ids": ",".join(map(str, ids))}
    text = as_role("reader").post(address, data).content.decode()
    assert "7 chosen pictures" in text and "Send" not in text
    refused = as_role("curator").post(address, data | {"send": "1"}).content.decode()
    assert "sent ahead by lead curators" in refused
    text = as_role("lead").post(address, data | {"send": "1"}).content.decode()
    assert "3 open pictures were sent to the front" in text
    assert set(Candidate.objects.filter(urgent=True).values_list("pk", flat=True)) == {
        one.pk for one in open_ones
    }
    for wrong in ("1,x", "1," * 20_001, "99999999999"):
        assert as_role("lead").post(address, {"ids": wrong}).status_code == 400


def test_doubts_stand_with_their_evidence_in_a_constant_number_of_queries(
    planted: Planted, as_role: AsRole
) -> None:
    search(planted)
    client = as_role("lead")
    with CaptureQueriesContext(connection) as few:
        text = page(client, "doubts", "flora")
    assert "60 decisions were searched" in text and "9 of 10 are of another class" in text
    assert text.count('class="doubt"') == 12 and text.count("likely an error") == 1
    assert "Less doubtful" not in text
    answer = client.post(reverse("doubts_send", args=["flora"]), {"n": "2"}, follow=True)
    assert "2 decisions were sent to review as issues" in answer.content.decode()
    with CaptureQueriesContext(connection) as more:
        text = page(client, "doubts", "flora")
    assert len(more) == len(few) <= 22
    assert "2 wait to be looked at" in text and text.count("Sent to review, open") == 2


def test_a_long_ranking_has_pages(planted: Planted, as_role: AsRole, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curation.views.representation.PER_PAGE", 5)
    search(planted)
    client = as_role("lead")
    assert "?page=2" in page(client, "doubts", "flora")
    text = page(client, "doubts", "flora", page=3)
    assert text.count('class="doubt"') == 2 and 'start="11"' in text
    assert "More doubtful" in text and "Less doubtful" not in text
