"""The jobs: features of real pictures by a real network, a map, and the search for flipped decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.db.models import F

from curation.errors import Refused
from curation.models import Doubt, FeatureSet, Image, Job, LabelClass
from curation.selectors import representation as rows
from curation.services.adjudicate import adjudicate
from curation.services.issue_outcomes import close_issue
from curation.services.progress import JobCancelled, NullProgress
from curation.services.representation import doubts, features
from curation.services.representation import map as maps
from curation.services.representation.places import folder_of_set, nearest
from curation.services.representation.request import request_doubts, request_features, request_map
from curation.services.representation.send import send_doubts
from tests.curation.preclassify.conftest import make_pictures, tiny  # noqa: F401
from tests.curation.representation.conftest import Planted
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


class Stops(NullProgress):
    """Asks to end after so many pictures."""

    def __init__(self, after: int) -> None:
        self.left = after

    def advance(self, n: int = 1) -> None:
        self.left -= n
        self.check()

    def check(self) -> None:
        if self.left <= 0:
            raise JobCancelled


class Heard(NullProgress):
    """How many were done already."""

    begun = -1

    def begin(self, total: int | None, done: int = 0, unit: str = "pictures") -> None:
        self.begun = done


def test_features_go_on_where_they_were_stopped_and_grow_with_the_project(
    make_pictures: Any,  # noqa: F811
    tiny: Any,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project, lead = make_project(3), make_user("lead")
    model = tiny(["Class A", "Class B", "Class C"])
    made = make_pictures(project, 70)
    default_storage.delete(made[4].image.file_name("original"))
    job = request_features(project, model, lead)
    assert request_features(project, model, lead) == job  # under way already
    assert (job.queue, job.total) == ("gpu", 70)

    monkeypatch.setattr(features, "SHARD", 32)
    with pytest.raises(JobCancelled):
        features.run(job, Stops(after=60))
    [row] = FeatureSet.objects.all()
    assert row.near == ""  # nothing to be looked up in yet
    heard = Heard()
    result = features.run(job, heard)
    assert heard.begun == 32  # one shard was safe
    row.refresh_from_db()
    assert (result["pictures"], result["unreadable"]) == (69, 1)
    assert (row.pictures, row.unreadable, row.model, row.layer) == (69, 1, model, "output_gap")
    # Every eighth picture is the same: those are at no distance, in the order of their ids.
    near = nearest(row, made[0].pk, 8)
    assert near is not None
    assert [pk for pk, _far in near] == [made[n].pk for n in range(8, 69, 8)]
    assert max(far for _pk, far in near) == pytest.approx(0, abs=1e-3)
    assert nearest(row, made[4].pk, 8) is None

    Job.objects.update(state="done")
    before = row.near
    make_pictures(project, 2)
    again = request_features(project, model, lead)
    assert features.run(again, NullProgress())["pictures"] == 71
    row.refresh_from_db()
    there = {one.name for one in folder_of_set(row).glob("near*")}
    assert there == {f"{row.near}.npy", f"{row.near}-ids.npy"}
    assert row.near != before

    # Nothing new, but the one that cannot be read: that is no failure.
    Job.objects.update(state="done")
    assert features.run(request_features(project, model, lead), NullProgress())["unreadable"] == 1


def test_features_need_a_lead_pictures_and_whole_files(tiny: Any) -> None:  # noqa: F811
    project = make_project(3)
    model = tiny(["Class A", "Class B", "Class C"])
    with pytest.raises(Refused, match="lead curators"):
        request_features(project, model, make_user("curator"))
    with pytest.raises(Refused, match="no pictures"):
        request_features(project, model, make_user("lead"))


def test_a_map_is_fitted_on_a_drawn_sample_and_the_others_are_put_in(
    planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    class Made:
        def __init__(self, train: Any, others: dict[str, Any]) -> None:
            self.fitted = train[:, :2]
            self.others = {name: values[:, :2] for name, values in others.items()}
            self.facts = {"neighbours": 15}

    def embed(train: Any, others: Any, **options: Any) -> Made:
        seen.append((train, others, options))
        return Made(train, {name: values[:] for name, values in others.items()})

    monkeypatch.setattr("training.representation.geometry.umap.embed", embed)
    monkeypatch.setattr(maps, "FITTED", 40)
    monkeypatch.setattr(maps, "PART", 7)
    job = request_map(planted.features, planted.lead)
    result = maps.run(job, NullProgress())
    assert (result["pictures"], result["fitted"]) == (60, 40)
    [(train, others, options)] = seen
    assert len(train) == 40 and sorted(map(len, others.values())) == [6, 7, 7]
    assert options["seed"] == 89
    planted.features.refresh_from_db()
    points = rows.points(planted.features)
    assert points["id"].tolist() == [one.pk for one in planted.candidates]
    # Every picture is where its own features say, whether it was fitted or put in.
    np.testing.assert_allclose(np.stack([points["x"], points["y"]], 1), planted.vectors[:, :2], atol=2e-3)
    assert points.dtype.itemsize == 12

    before = planted.features.map_file
    Job.objects.update(state="done")
    maps.run(request_map(planted.features, planted.lead), NullProgress())
    planted.features.refresh_from_db()
    assert planted.features.map_file != before
    assert not (folder_of_set(planted.features) / before).exists()


def test_flipped_decisions_are_found_sent_corrected_and_counted(
    make_planted: Callable[..., Planted],
) -> None:
    planted = make_planted(per_class=30, flips=6)
    project, lead = planted.project, planted.lead
    job = request_doubts(planted.features, lead)
    result = doubts.run(job, NullProgress())
    assert result["judged"] == 90
    Job.objects.filter(pk=job.pk).update(state="done", result=result)

    ranked = list(rows.doubts_of(job))
    assert {one.candidate_id for one in ranked[:6]} == {one.pk for one in planted.flipped}
    flagged = {one.candidate_id for one in ranked if one.flagged}
    assert flagged and flagged <= {one.pk for one in planted.flipped}  # cleanlab's cut is a cautious one
    first = ranked[0]
    labels = list(project.classes.order_by("index"))
    truth = labels[planted.truth[[one.pk for one in planted.candidates].index(first.candidate_id)]]
    assert first.evidence["predicted"] == first.evidence["neighbours_label"] == truth.slug

    # Again after a kill: nothing is written twice.
    doubts.run(job, NullProgress())
    assert Doubt.objects.count() == 90

    assert rows.latest_search(project) == job
    assert send_doubts(project, job, 3, lead) == 3
    sent = [one.issue for one in rows.doubts_of(job)[:3]]
    assert all(issue is not None and issue.kind == "mislabel" for issue in sent)
    issue = sent[0]
    assert issue is not None and issue.candidate_id == first.candidate_id
    assert truth.name in issue.text and "10 of the 10" in issue.text
    assert send_doubts(project, job, 3, lead) == 3  # the next ones

    assert rows.precision(project) == rows.Precision(sent=6, wrong=0, right=0)
    close_issue(lead, issue, "Looked at.", "settle", truth.key)
    other = sent[1]
    assert other is not None
    close_issue(lead, other, "It is right.")
    assert rows.precision(project) == rows.Precision(sent=6, wrong=1, right=1)
    assert rows.precision(project).share == 0.5 and rows.precision(project).waiting == 4


def test_what_was_decided_anew_since_the_search_is_not_sent(make_planted: Callable[..., Planted]) -> None:
    planted = make_planted(per_class=10, flips=2)
    job = request_doubts(planted.features, planted.lead)
    doubts.run(job, NullProgress())
    first = rows.doubts_of(job)[0]
    other = LabelClass.objects.filter(project=planted.project).exclude(pk=first.label_id).first()
    assert other is not None
    adjudicate(planted.lead, first.candidate_id, other.key, "Seen by chance.")
    send_doubts(planted.project, job, 1, planted.lead)
    assert not Doubt.objects.filter(pk=first.pk, issue__isnull=False).exists()
    assert Doubt.objects.filter(issue__isnull=False).count() == 1
    with pytest.raises(Refused, match="from 1 to 500"):
        send_doubts(planted.project, job, 0, planted.lead)
    with pytest.raises(Refused, match="lead curators"):
        send_doubts(planted.project, job, 1, make_user("curator"))
    assert not Doubt.objects.exclude(candidate__project=F("label__project")).exists()
    assert Image.objects.count() == 30
