"""Aggregations against planted reviewers, and what they leave behind."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from curation.errors import Refused
from curation.models import (
    Advice,
    Aggregation,
    AgreementReport,
    Candidate,
    Decision,
    Job,
    LabelClass,
    Project,
    User,
    Vote,
)
from curation.services.aggregate import request_aggregation
from curation.services.agreement import request_agreement
from curation.services.jobs import execute
from tests.curation.quality.conftest import judged, say, work
from tests.factories import decide, make_candidate, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def planted(project: Project, people: list[User]) -> dict[int, str]:
    """Three who are right in five of six votes, two who share one bad rule: the next class. Returns what each
    candidate truly is."""
    lots = random.Random(7)
    bad = [make_user("curator", username=f"bad-{number}") for number in range(2)]
    good = people
    wrong = {"A": "B", "B": "C", "C": "A"}
    truth: dict[int, str] = {}
    for _ in range(120):
        candidate = make_candidate(project)
        true = lots.choice("ABC")
        truth[candidate.pk] = true
        for user in good:
            say(user, candidate, true if lots.random() < 0.75 else lots.choice("ABC"))
        for user in bad:
            say(user, candidate, wrong[true] if lots.random() < 0.9 else lots.choice("ABC"))
    return truth


def right(truth: dict[int, str], method: str) -> float:
    rows = Advice.objects.filter(aggregation__method=method).values_list("candidate_id", "label__key")
    said = dict(rows)
    assert set(said) == set(truth)
    return sum(said[pk] == key for pk, key in truth.items()) / len(truth)


def test_dawid_skene_finds_the_bad_ones_and_beats_the_majority(
    project: Project, people: list[User], planted: dict[int, str]
) -> None:
    for method in ("dawid-skene", "majority"):
        work(request_aggregation(project, method=method))
    assert right(planted, "dawid-skene") > right(planted, "majority") + 0.05
    found = Aggregation.objects.get(method="dawid-skene").data
    skill = {row["user"]: row["skill"] for row in found["reviewers"]}
    good = {user.pk for user in people}
    assert min(skill[pk] for pk in good) > 0.65
    assert max(skill[pk] for pk in skill if pk not in good) < 0.2
    assert sum(n for _, n in found["classes"]) == found["pictures"] == 120
    for row in found["reviewers"]:
        assert row["n"] == sum(n for *_, n in row["confusion"]) == 120


@pytest.mark.parametrize("method", Aggregation.Method.values)
def test_every_method_gives_advice_and_skill(
    project: Project, people: list[User], method: str, classes: dict[str, LabelClass]
) -> None:
    candidates = [judged(project, people, "ABC"[number % 3] * 3) for number in range(12)]
    work(request_aggregation(project, method=method))
    kept = Aggregation.objects.get(project=project)
    assert kept.method == method and kept.votes == 36
    said = dict(kept.advice.values_list("candidate_id", "label__key"))
    assert said == {one.pk: "ABC"[number % 3] for number, one in enumerate(candidates)}
    assert {row["user"] for row in kept.data["reviewers"]} == {user.pk for user in people}
    assert all(row["skill"] is not None for row in kept.data["reviewers"])


def test_mace_knows_a_guesser(project: Project, people: list[User]) -> None:
    for number in range(60):
        key = "ABC"[number % 3]
        judged(project, people, f"{key}{key}A")  # the third always says A
    work(request_aggregation(project, method="mace"))
    skill = {row["user"]: row["skill"] for row in Aggregation.objects.get().data["reviewers"]}
    assert skill[people[2].pk] < 0.5 < min(skill[people[0].pk], skill[people[1].pk])


def test_advice_is_for_two_votes_or_against_the_decision_and_decides_nothing(
    project: Project, people: list[User], lead: User, classes: dict[str, LabelClass]
) -> None:
    for _ in range(10):
        judged(project, people, "AAA")
        judged(project, people, "BBB")
    alone = judged(project, people, "A")
    overruled = judged(project, people, "A")
    vote = say(lead, overruled, "B", via="lead")
    decision = Decision.objects.create(
        candidate=overruled, label=classes["B"], rule="adjudicated", vote=vote, by=lead
    )
    overruled.state, overruled.label, overruled.decision = "decided", classes["B"], decision
    overruled.save()
    before = (list(Candidate.objects.order_by("pk").values()), Decision.objects.count(), Vote.objects.count())
    work(request_aggregation(project))
    given = set(Advice.objects.values_list("candidate_id", flat=True))
    assert alone.pk not in given and overruled.pk in given and len(given) == 21
    after = (list(Candidate.objects.order_by("pk").values()), Decision.objects.count(), Vote.objects.count())
    assert before == after


def test_the_newest_run_of_a_method_replaces_the_older(project: Project, people: list[User]) -> None:
    judged(project, people, "AAA")
    for method in ("majority", "dawid-skene", "majority"):
        judged(project, people, "BBB")
        work(request_aggregation(project, method=method))
    assert sorted(Aggregation.objects.values_list("method", "votes")) == [
        ("dawid-skene", 9),
        ("majority", 12),
    ]
    assert Advice.objects.count() == 3 + 4


def test_what_is_wrong_is_refused_in_words(project: Project, lead: User) -> None:
    with pytest.raises(Refused, match="'guess' is not known"):
        request_aggregation(project, lead, "guess")
    job = request_aggregation(project, lead)
    assert request_aggregation(project, lead) == job
    with pytest.raises(Refused, match="has no votes yet"):
        work(job)


@pytest.mark.django_db(transaction=True)
def test_a_worker_runs_both_jobs(project: Project, people: list[User]) -> None:
    judged(project, people, "AAB")
    for job in (request_agreement(project), request_aggregation(project)):
        execute(job.pk)
        job.refresh_from_db()
        assert job.state == Job.State.DONE, job.error
        assert job.result_url == "/projects/flora/agreement/" and (job.done, job.total) == (
            job.total,
            job.done,
        )
    assert AgreementReport.objects.count() == Aggregation.objects.count() == 1


def test_a_decision_by_a_vote_keeps_the_votes_it_came_from(
    project: Project, people: list[User], classes: dict[str, LabelClass]
) -> None:
    decide(make_candidate(project), classes["A"], people[0])
    work(request_aggregation(project))
    assert Aggregation.objects.get().votes == 1 and not Advice.objects.exists()


def test_web_processes_stay_light() -> None:
    """What the pages import brings in none of the libraries that only jobs need."""
    heavy = ["sklearn", "statsmodels", "crowdkit", "pandas"]
    code = (
        "import django, sys; django.setup(); import curation.urls, curation.services.agreement, "
        f"curation.services.aggregate; print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr[-500:]
