"""Outliers: planted ones are found, sent to review, and what is said of them is counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.errors import Refused
from curation.models import Candidate, DataIssue, Job, Outlier
from curation.selectors import outliers as rows
from curation.services.adjudicate import adjudicate
from curation.services.issue_outcomes import close_issue
from curation.services.progress import NullProgress
from curation.services.representation import outliers as service
from curation.services.representation.request import request_outliers
from curation.services.representation.send import send_outliers
from tests.curation.conftest import AsRole
from tests.curation.representation.conftest import Planted, plant
from tests.curation.representation.test_pages import page
from tests.factories import make_candidate, make_decided, make_model, make_project, make_user
from tests.training.representation.planted import planted_features

pytestmark = pytest.mark.django_db


@pytest.fixture
def strays() -> Planted:
    """Three classes of twelve; the first two pictures are like none, the third lies among another class, and
    the last one is like none and still open."""
    project = make_project(3, key="flora")
    lead = make_user("lead", username="lea")
    labels = list(project.classes.order_by("index"))
    vectors, truth = planted_features(3, 12, 12, 0.15, seed=3)
    vectors = np.concatenate([vectors, -vectors[:1]])
    vectors[0], vectors[1] = -3 * vectors[20], np.roll(vectors[21], 5) * np.tile([1, -1], 6)
    other = int(np.flatnonzero(truth != truth[2])[5])
    vectors[2] = vectors[other] + 0.01
    candidates = [make_decided(project, labels[own], lead) for own in truth.tolist()]
    candidates.append(make_candidate(project))
    model = make_model([label.name for label in labels], name="eye")
    features = plant(project, model, candidates, vectors.astype(np.float32))
    return Planted(project, model, features, candidates, vectors, truth.tolist(), lead)


def searched(planted: Planted) -> Job:
    job = request_outliers(planted.features, planted.lead)
    result = service.run(job, NullProgress())
    Job.objects.filter(pk=job.pk).update(state="done", result=result)
    job.refresh_from_db()
    return job


def test_planted_outliers_come_first_and_say_what_they_are_far_from(strays: Planted) -> None:
    job = request_outliers(strays.features, strays.lead)
    assert request_outliers(strays.features, strays.lead) == job
    result = service.run(job, NullProgress())
    assert (result["rows"], result["judged"], result["left_out"], result["kept"]) == (37, 36, 0, 37)
    first = list(Outlier.objects.filter(job=job)[:4])
    planted = [strays.candidates[place].pk for place in (0, 1, 2, 36)]
    assert {one.candidate_id for one in first} == set(planted)
    by = {one.candidate_id: one.evidence["by"] for one in first}
    assert by[planted[2]] == "class" and by[planted[3]] == "all"  # the last has no class yet
    lost = next(one for one in first if one.candidate_id == planted[2])
    assert lost.evidence["all"] < 0.6 < lost.evidence["within"] == lost.score
    label = strays.candidates[2].label_id
    nearest = Candidate.objects.in_bulk(lost.evidence["nearest"])
    assert len(nearest) == 6 and all(one.label_id != label for one in nearest.values())
    assert lost.evidence["distances"] == sorted(lost.evidence["distances"])
    ranks = list(Outlier.objects.filter(job=job).order_by("rank").values_list("rank", "score"))
    assert [rank for rank, _score in ranks] == list(range(1, 38))
    assert [score for _rank, score in ranks] == sorted((score for _rank, score in ranks), reverse=True)

    service.run(job, NullProgress())  # again after a kill: nothing is written twice
    assert Outlier.objects.count() == 37


def test_only_so_many_are_kept_and_small_classes_are_counted(
    strays: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "KEPT", 5)
    monkeypatch.setattr(service, "FEWEST", 13)
    result = service.run(request_outliers(strays.features, strays.lead), NullProgress())
    assert (result["kept"], result["judged"], result["left_out"]) == (5, 0, 36)
    assert set(Outlier.objects.values_list("evidence__by", flat=True)) == {"all"}


def test_what_is_sent_is_counted_once_it_was_looked_at(strays: Planted) -> None:
    job, lead, project = searched(strays), strays.lead, strays.project
    assert rows.latest(project) == job
    assert send_outliers(project, job, 3, lead) == 3
    sent = list(Outlier.objects.filter(issue__isnull=False).select_related("issue", "candidate__label"))
    assert [one.rank for one in sent] == [1, 2, 3]
    assert {one.issue.kind for one in sent if one.issue} == {"outlier"}
    assert all("times as far" in one.issue.text for one in sent if one.issue)
    one_more = Outlier.objects.get(job=job, rank=9)
    assert send_outliers(project, job, 1, lead, only=one_more.pk) == 1
    assert send_outliers(project, job, 1, lead, only=one_more.pk) == 0  # sent already
    assert rows.precision(project) == rows.Precision(sent=4, wrong=0, right=0)

    changed, aside, kept = [one for one in [*sent, one_more] if one.evidence["label"]][-3:]
    other = project.classes.exclude(pk=changed.evidence["label"]).first()
    assert other is not None
    issues = {one.pk: DataIssue.objects.get(outlier=one) for one in (changed, aside, kept)}
    close_issue(lead, issues[changed.pk], "It is the other.", "settle", other.key)
    close_issue(lead, issues[aside.pk], "No picture of a plant.")
    Candidate.objects.filter(pk=aside.candidate_id).update(state="flagged", label=None, decision=None)
    close_issue(lead, issues[kept.pk], "Rare, but right.")
    found = rows.precision(project)
    assert found == rows.Precision(sent=4, wrong=2, right=1) and found.waiting == 1
    outcomes = {one.rank: rows.OutlierView(one, []).outcome for one in rows.outliers_of(job)}
    assert [outcomes[one.rank] for one in (changed, aside, kept)] == ["changed", "aside", "kept"]


def test_what_waits_for_an_answer_is_not_sent_again(strays: Planted) -> None:
    send_outliers(strays.project, searched(strays), 2, strays.lead)
    again = searched(strays)
    assert rows.latest(strays.project) == again
    assert send_outliers(strays.project, again, 2, strays.lead) == 2
    sent = Outlier.objects.filter(job=again, issue__isnull=False)
    assert list(sent.values_list("rank", flat=True)) == [3, 4]


def test_what_was_decided_anew_or_is_not_a_leads_is_not_sent(strays: Planted) -> None:
    job = searched(strays)
    first = next(one for one in rows.outliers_of(job) if one.evidence["label"])
    other = strays.project.classes.exclude(pk=first.evidence["label"]).first()
    assert other is not None
    adjudicate(strays.lead, first.candidate_id, other.key, "Seen by chance.")
    assert send_outliers(strays.project, job, 1, strays.lead, only=first.pk) == 0
    with pytest.raises(Refused, match="from 1 to 500"):
        send_outliers(strays.project, job, 501, strays.lead)
    for person in ("reader", "curator"):
        with pytest.raises(Refused, match="lead curators"):
            send_outliers(strays.project, job, 1, make_user(person))
        with pytest.raises(Refused, match="lead curators"):
            request_outliers(strays.features, make_user(person))
    assert not DataIssue.objects.exists()


def test_the_page_sends_by_one_and_by_number_in_as_many_queries(strays: Planted, as_role: AsRole) -> None:
    lead = as_role("lead")
    assert "Search for outliers" in page(lead, "outliers", "flora")
    lead.post(reverse("outliers_start", args=["flora"]))
    assert Job.objects.get(kind="outliers").queue == "gpu"
    job = searched(strays)
    Outlier.objects.filter(rank__gt=4).delete()
    with CaptureQueriesContext(connection) as few:
        assert page(lead, "outliers", "flora").count('data-key="r"') == 4
    Outlier.objects.all().delete()
    service.run(job, NullProgress())
    with CaptureQueriesContext(connection) as many:
        text = page(lead, "outliers", "flora")
    assert len(many) == len(few) <= 22
    assert text.count('data-key="r"') == 20 and "?page=2" in text
    only = Outlier.objects.get(job=job, rank=2)
    data = {"only": only.pk, "page": "1", "at": "2"}
    answer = lead.post(reverse("outliers_send", args=["flora"]), data, follow=True)
    text = answer.content.decode()
    assert "1 picture was sent to review" in text and answer.redirect_chain[0][0].endswith("?page=1&at=2")
    assert text.count("Sent to review, open") == 1 and "1 waits to be looked at" in text
    lead.post(reverse("outliers_send", args=["flora"]), {"n": "2"})
    assert list(Outlier.objects.filter(issue__isnull=False).values_list("rank", flat=True)) == [1, 2, 3]
    refused = lead.post(reverse("outliers_send", args=["flora"]), {"n": "0"}, follow=True)
    assert "from 1 to 500" in refused.content.decode()


def test_who_may_and_what_comes_first(as_role: AsRole) -> None:
    make_project(3, key="flora")
    ranks = ["", "reader", "curator", "lead", "admin"]
    for role in ranks:
        client, may = as_role(role), role in ("lead", "admin")
        seen = client.get(reverse("outliers", args=["flora"]))
        assert seen.status_code == (302 if not role else 200 if may else 403)
        for name, told in (("outliers_start", 400), ("outliers_send", 404)):
            status = client.post(reverse(name, args=["flora"]), {"n": "1"}).status_code
            assert status == (302 if not role else told if may else 403), (role, name)
    text = page(as_role("lead"), "outliers", "flora")
    assert "There are no features yet" in text and reverse("map", args=["flora"]) in text


@pytest.mark.parametrize("same", ["candidate_id", "rank"])
def test_the_database_keeps_each_once_in_a_search(strays: Planted, same: str) -> None:
    job = searched(strays)
    first, second = Outlier.objects.filter(job=job)[:2]
    with pytest.raises(IntegrityError, match="once"), transaction.atomic(), connection.cursor() as cursor:
        value: Any = getattr(first, same)
        cursor.execute(f"UPDATE curation_outlier SET {same} = %s WHERE id = %s", [value, second.pk])
