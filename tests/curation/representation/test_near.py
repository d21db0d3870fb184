"""Pictures almost alike: found by a model where the hash does not, judged, joined, taken back, kept."""

from __future__ import annotations

import numpy as np
import pytest

from curation.errors import Refused
from curation.models import AuditEntry, Candidate, FeatureSet, Image, Job, NearPair, User
from curation.selectors import near_pairs as rows
from curation.services import duplicates
from curation.services import near_pairs as service
from curation.services.progress import JobCancelled, NullProgress
from curation.services.representation import near
from curation.services.representation.request import request_near
from curation.services.undo import remove_images
from tests.curation.representation.alike import names, plant_alike, search
from tests.curation.representation.conftest import plant
from tests.factories import make_candidate, make_model, make_user
from training.representation import pairs as library

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead() -> User:
    return make_user("lead", username="lea")


@pytest.fixture
def alike(lead: User) -> FeatureSet:
    return plant_alike(lead)


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
