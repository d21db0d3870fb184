"""Pictures almost alike: found by a model where the hash does not, judged, joined, taken back, kept."""

from __future__ import annotations

import hashlib
import io
import itertools
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image as Pillow

from curation.errors import Refused
from curation.imaging.hashing import dhash64, from_signed, hamming, to_signed
from curation.models import AuditEntry, Candidate, FeatureSet, Image, Job, NearPair, Project, User
from curation.selectors import near_pairs as rows
from curation.services import duplicates
from curation.services import near_pairs as service
from curation.services.freeze import freeze
from curation.services.progress import JobCancelled, NullProgress
from curation.services.representation import features, near
from curation.services.representation.request import request_features, request_near
from curation.services.undo import remove_images
from tests.curation.conftest import AsRole
from tests.curation.preclassify.conftest import tiny  # noqa: F401
from tests.curation.representation.conftest import plant
from tests.curation.representation.test_pages import page
from tests.factories import decide, make_candidate, make_image, make_model, make_project, make_user
from training.representation import pairs as library

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> User:
    return make_user("lead", username="lea")


@pytest.fixture
def alike(lead: User) -> FeatureSet:
    """Eight pictures in every direction, and 0 ~ 1 at .008, 0 ~ 2 at .012, 3 ~ 4 at .04; 5 and 6 are one,
    and 7 was made from 0."""
    project = make_project(2, key="flora", train=1, test=1, validate=1)
    labels = list(project.classes.order_by("index"))
    vectors = np.eye(8, 12, dtype=np.float32)
    vectors[1], vectors[2] = _at(vectors[0], 9, 0.008), _at(vectors[0], 10, 0.012)
    vectors[4] = _at(vectors[3], 11, 0.04)
    vectors[6] = vectors[5]
    images = [
        make_image(sha256=_sha256(place), source=f"S{place % 7 % 2}", catalog_number=f"N{place}")
        for place in range(8)
    ]
    Image.objects.filter(pk__in=[images[5].pk, images[6].pk]).update(group=images[5].group)
    Image.objects.filter(pk=images[7].pk).update(parent=images[0], made_by="corruption")
    vectors[7] = vectors[0]
    # The order of candidates is not that of pictures.
    candidates = [decide(make_candidate(project, one), labels[0], lead) for one in reversed(images)]
    return plant(project, make_model(["Class A"], name="eye"), candidates, vectors[::-1].copy())


def _sha256(place: int) -> str:
    """Always the same, so that a release is frozen in the same way."""
    return hashlib.sha256(f"alike {place}".encode()).hexdigest()


def _at(vector: Any, axis: int, distance: float) -> Any:
    other = np.zeros_like(vector)
    other[axis] = 1
    return (1 - distance) * vector + np.sqrt(1 - (1 - distance) ** 2) * other


def search(found: FeatureSet, lead: User, distance: float = 0.05) -> Job:
    job = request_near(found, lead, distance)
    result = near.run(job, NullProgress())
    Job.objects.filter(pk=job.pk).update(state="done", result=result)
    job.refresh_from_db()
    return job


def names(found: FeatureSet) -> list[tuple[str, str]]:
    pairs = rows.open_pairs(found).select_related("first", "second")
    return [(one.first.catalog_number, one.second.catalog_number) for one in pairs]


def test_pairs_of_different_groups_are_found_the_nearest_first(alike: FeatureSet, lead: User) -> None:
    job = search(alike, lead)
    assert names(alike) == [("N0", "N1"), ("N0", "N2"), ("N1", "N2"), ("N3", "N4")]
    first = rows.open_pairs(alike)[0]
    assert first.distance == pytest.approx(0.008, abs=1e-3) and first.first_id < first.second_id
    assert job.result and (job.result["pairs"], job.result["new"], job.result["gone"]) == (4, 4, 0)


def test_a_new_search_renews_keeps_verdicts_and_drops_what_no_longer_holds(
    alike: FeatureSet, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    search(alike, lead)
    one, other, third, _last = rows.open_pairs(alike)
    service.say_different(other.pk, lead)
    NearPair.objects.filter(pk=one.pk).update(distance=0.9)
    monkeypatch.setattr(library, "BLOCK", 3)
    again = search(alike, lead, 0.015)
    assert again.result and (again.result["pairs"], again.result["new"], again.result["gone"]) == (1, 0, 2)
    assert names(alike) == [("N0", "N1")]
    one.refresh_from_db()
    assert one.job == again and one.distance == pytest.approx(0.008, abs=1e-3)
    other.refresh_from_db()
    assert other.verdict == "different" and other.job == again
    assert not NearPair.objects.filter(pk=third.pk).exists()


def test_a_search_that_was_stopped_begins_anew_and_loses_nothing(
    alike: FeatureSet, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stops(NullProgress):
        left = 2

        def advance(self, n: int = 1) -> None:
            self.left -= 1
            if not self.left:
                raise JobCancelled

    monkeypatch.setattr(library, "BLOCK", 3)
    job = request_near(alike, lead, 0.05)
    with pytest.raises(JobCancelled):
        near.run(job, Stops())
    assert 0 < NearPair.objects.count() < 4
    near.run(job, NullProgress())
    assert len(names(alike)) == NearPair.objects.count() == 4


@pytest.mark.parametrize(("block", "held"), [(1, 3), (4096, 2)])
def test_of_too_many_pairs_the_nearest_are_kept(
    alike: FeatureSet, lead: User, monkeypatch: pytest.MonkeyPatch, block: int, held: int
) -> None:
    seen = []

    class Counts(NullProgress):
        def advance(self, n: int = 1) -> None:
            seen.append(NearPair.objects.count())

    monkeypatch.setattr(near, "MOST_PAIRS", 2)
    monkeypatch.setattr(library, "BLOCK", block)
    result = near.run(request_near(alike, lead, 0.05), Counts())
    assert names(alike) == [("N0", "N1"), ("N0", "N2")] and NearPair.objects.count() == 2
    assert result["distance"] == pytest.approx(0.012, abs=1e-3)
    assert max(seen) <= held  # of four; what is too much goes on the way


def test_what_is_asked_for_is_checked(alike: FeatureSet, lead: User) -> None:
    for wrong in (0, 0.6):
        with pytest.raises(Refused, match="at most 0.5"):
            request_near(alike, lead, wrong)
    with pytest.raises(Refused, match="lead curators"):
        request_near(alike, make_user("curator"))
    job = request_near(alike, lead)
    assert request_near(alike, lead, 0.1) == job and job.params["distance"] == 0.02  # under way already
    Job.objects.update(state="done")
    assert request_near(alike, lead, 0.1) != job


def test_the_same_joins_the_groups_and_can_be_taken_back(alike: FeatureSet, lead: User) -> None:
    search(alike, lead)
    one, *_rest, last = rows.open_pairs(alike)
    said = service.say_same(one.pk, lead)
    assert (said.verdict, said.by) == ("same", lead)
    groups = dict(Image.objects.values_list("catalog_number", "group"))
    assert groups["N0"] == groups["N1"] != groups["N2"]
    assert Image.objects.filter(group_settled=True).count() == 2
    assert AuditEntry.objects.get(action="near.same").detail["ruling"] == duplicates_entry().pk
    service.say_different(last.pk, lead)
    assert names(alike) == [("N0", "N2"), ("N1", "N2")]
    # The last verdict first, then the one before it.
    project = alike.project
    assert service.undo_last(project, lead) == last
    assert service.undo_last(project, lead) == one
    groups = dict(Image.objects.values_list("catalog_number", "group"))
    assert groups["N0"] != groups["N1"] and not Image.objects.filter(group_settled=True).exists()
    assert len(names(alike)) == 4
    with pytest.raises(Refused, match="no verdict of yours"):
        service.undo_last(project, lead)


def duplicates_entry() -> AuditEntry:
    return AuditEntry.objects.filter(action="duplicates.join").latest("pk")


def test_what_is_ruled_on_groups_holds_for_pairs(alike: FeatureSet, lead: User) -> None:
    search(alike, lead)
    one, other, *_rest = rows.open_pairs(alike)
    service.say_same(one.pk, lead)
    duplicates.undo(duplicates_entry().pk, lead)  # on the page of groups
    one.refresh_from_db()
    assert (one.verdict, one.by, one.at) == ("", None, None)
    service.say_same(one.pk, lead)
    one.refresh_from_db()
    group = one.first.group
    duplicates.split([one.second_id], lead, group=group)
    one.refresh_from_db()
    assert (one.verdict, one.by) == ("different", lead)
    # And groups joined there are no pair any longer.
    duplicates.join([other.first.group, other.second.group], lead)
    assert ("N0", "N2") not in names(alike)
    with pytest.raises(Refused, match="in one group already"):
        service.say_same(other.pk, lead)


def test_a_pair_is_judged_once_and_as_it_was_seen(alike: FeatureSet, lead: User) -> None:
    search(alike, lead)
    one, other, *_rest = rows.open_pairs(alike)
    [view] = rows.pair_views(alike.project, [one])
    seen = (view.sides[0].seen, view.sides[1].seen)
    duplicates.join([one.first.group, Image.objects.get(catalog_number="N5").group], lead)
    with pytest.raises(Refused, match="has changed"):
        service.say_same(one.pk, lead, seen=seen)
    one.refresh_from_db()
    assert one.verdict == ""
    service.say_different(one.pk, lead)
    for act in (service.say_same, service.say_different):
        with pytest.raises(Refused, match="judged already"):
            act(one.pk, lead)
        with pytest.raises(Refused, match="lead curators"):
            act(other.pk, make_user("curator"))
        with pytest.raises(Refused, match="not there any more"):
            act(10**9, lead)


def test_a_verdict_by_one_model_holds_for_all(alike: FeatureSet, lead: User) -> None:
    search(alike, lead)
    service.say_different(rows.open_pairs(alike)[0].pk, lead)
    candidates = list(Candidate.objects.order_by("-pk"))
    vectors = np.ones((8, 4), np.float32)
    vectors[:, 0] += np.arange(8) / 100
    sharper = plant(alike.project, make_model(["Class A"], name="sharper"), candidates, vectors)
    search(sharper, lead, 0.001)
    assert rows.searched(alike.project) == sharper
    assert ("N0", "N1") not in names(sharper) and ("N0", "N2") in names(sharper)


def test_the_undo_of_a_batch_takes_its_pairs_along(alike: FeatureSet, lead: User) -> None:
    search(alike, lead)
    late = make_candidate(alike.project)
    pair = rows.open_pairs(alike)[0]
    ends = sorted([pair.first_id, late.image_id])
    NearPair.objects.create(
        job=pair.job, feature_set=alike, first_id=ends[0], second_id=ends[1], distance=0.01
    )
    remove_images([late.image])
    assert NearPair.objects.count() == 4


# --- the page ---------------------------------------------------------------------------------------------


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


# --- by a real network ------------------------------------------------------------------------------------


def _put(project: Project, picture: Pillow.Image, number: int) -> Candidate:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=95)
    image = make_image(dhash=to_signed(dhash64(picture)), catalog_number=f"N{number}")
    default_storage.save(image.file_name(Image.Rendition.ORIGINAL), ContentFile(file.getvalue()))
    return make_candidate(project, image)


def test_a_network_finds_what_the_hash_does_not(
    lead: User,
    settings: Any,
    tiny: Any,  # noqa: F811
) -> None:
    project = make_project(2, key="flora")
    random = np.random.default_rng(7)
    # Twelve colours, each with spots of its own.
    drawn = []
    for base in list(itertools.product((40, 128, 216), repeat=3))[1:25:2]:
        spots = (np.array(base) + random.integers(-25, 26, (9, 9, 3))).astype(np.uint8)
        drawn.append(Pillow.fromarray(spots).resize((96, 96), Pillow.Resampling.BICUBIC))
    turned = [one.transpose(Pillow.Transpose.ROTATE_90) for one in drawn[:3]]
    candidates = [_put(project, one, number) for number, one in enumerate([*drawn, *turned])]
    for number in range(3):
        one, other = candidates[number].image, candidates[12 + number].image
        assert hamming(from_signed(one.dhash), from_signed(other.dhash)) > settings.NEAR_BITS
    model = tiny(["Class A", "Class B"])
    job = request_features(project, model, lead)
    features.run(job, NullProgress())
    [found] = FeatureSet.objects.all()
    search(found, lead, 0.016)
    assert {frozenset(pair) for pair in names(found)} == {
        frozenset((f"N{n}", f"N{12 + n}")) for n in range(3)
    }
