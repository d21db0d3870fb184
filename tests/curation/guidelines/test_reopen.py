"""Decisions under earlier versions go back: just those, once, whatever interrupts."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from curation.errors import Refused
from curation.models import AuditEntry, Candidate, Decision, GoldItem, Guideline, Job, Project, User, Vote
from curation.services import guidelines_reopen as service
from curation.services.guidelines_reopen import Choice, chosen, newest_decision, request_reopen
from curation.services.progress import JobCancelled, NullProgress
from tests.factories import make_candidate, make_image, make_user

pytestmark = pytest.mark.django_db


def decided(
    project: Project, key: str, guideline: Guideline | None, *, votes: int = 1, **image: Any
) -> Candidate:
    """A candidate decided by so many votes under that version."""
    candidate = make_candidate(project, make_image(**image))
    label = project.classes.get(key=key)
    for _ in range(votes):
        vote = Vote.objects.create(
            id=uuid.uuid4(),
            candidate=candidate,
            user=make_user(),
            kind="label",
            label=label,
            guideline=guideline,
        )
    decision = Decision.objects.create(candidate=candidate, label=label, rule="votes", vote=vote)
    Candidate.objects.filter(pk=candidate.pk).update(
        state="decided", label=label, decision=decision, votes=votes
    )
    return candidate


@pytest.fixture
def second(project: Project, lead: User) -> Guideline:
    made = Guideline.objects.create(project=project, number=2, intro="Look thrice.", author=lead)
    project.guideline = made
    project.save()
    return made


def choice(project: Project, *keys: str, **changes: Any) -> Choice:
    labels = tuple(project.classes.filter(key__in=keys).values_list("pk", flat=True))
    return Choice(**({"before": 2, "labels": labels, "last": newest_decision(project)} | changes))


def test_the_choice_is_what_was_asked_for(project: Project, second: Guideline) -> None:
    first = project.guideline_versions.get(number=1)
    before, unknown = decided(project, "A", first, source="X"), decided(project, "A", None, source="Y")
    doubled = decided(project, "A", first, votes=2, source="Y")
    other, current = decided(project, "B", first), decided(project, "A", second)
    known = decided(project, "A", first)
    GoldItem.objects.create(
        candidate=known, project=project, label=project.classes.get(key="A"), created_by=make_user("lead")
    )
    y = Candidate.objects.get(pk=unknown.pk).source
    assert y is not None

    def ids(*keys: str, **changes: Any) -> set[int]:
        return set(chosen(project, choice(project, *keys, **changes)).values_list("pk", flat=True))

    assert ids("A") == {before.pk, unknown.pk, doubled.pk}
    assert ids("A", "B") == {before.pk, unknown.pk, doubled.pk, other.pk}
    assert ids("A", sources=(y.pk,)) == {unknown.pk, doubled.pk}
    assert ids("A", single=True) == {before.pk, unknown.pk}
    assert ids("A", before=3) == {before.pk, unknown.pk, doubled.pk, current.pk}
    assert ids("A", before=1) == {unknown.pk}


def test_a_share_is_a_lot_that_stays(project: Project, second: Guideline) -> None:
    for _ in range(200):
        decided(project, "A", None)
    some = choice(project, "A", share=0.25)
    drawn = set(chosen(project, some).values_list("pk", flat=True))
    assert 25 <= len(drawn) <= 80
    assert drawn == set(chosen(project, some).values_list("pk", flat=True))
    # More of a share holds all of less of it; another moment draws otherwise.
    half = set(chosen(project, choice(project, "A", share=0.5)).values_list("pk", flat=True))
    assert drawn < half
    later = choice(project, "A", share=0.25, last=some.last + 1)
    assert drawn != set(chosen(project, later).values_list("pk", flat=True))


def test_the_job_sends_back_each_once(
    project: Project, second: Guideline, lead: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(service, "BATCH", 2)
    there = [decided(project, "A", None) for _ in range(5)]
    stays = decided(project, "B", None)
    job = request_reopen(lead, project, choice(project, "A"), "Version 2 tells A otherwise")
    assert (job.kind, job.total) == (Job.Kind.REOPEN, 5)
    assert AuditEntry.objects.get(action="guideline.reopen").detail["pictures"] == 5

    class Stops(NullProgress):
        calls = 0

        def check(self) -> None:
            self.calls += 1
            if self.calls > 2:
                raise JobCancelled

    with pytest.raises(JobCancelled):
        service.run(job, Stops())
    assert Candidate.objects.filter(state="open").count() == 4
    # One of them is decided anew meanwhile: it must not be taken from whoever judged it.
    again = there[0]
    vote = Vote.objects.create(
        id=uuid.uuid4(), candidate=again, user=lead, kind="label", label=project.classes.get(key="A"), round=2
    )
    decision = Decision.objects.create(candidate=again, label=vote.label, rule="votes", vote=vote)
    Candidate.objects.filter(pk=again.pk).update(
        state="decided", label=vote.label, decision=decision, votes=1
    )
    result = service.run(job, NullProgress())
    assert result["reopened"] == 5
    assert Candidate.objects.filter(state="open").count() == 4
    assert Candidate.objects.get(pk=again.pk).state == "decided"
    assert Candidate.objects.get(pk=stays.pk).state == "decided"
    reasons = Decision.objects.filter(rule="reopened").values_list("by", "reason", "candidate")
    assert sorted(reasons) == [(lead.pk, "Version 2 tells A otherwise", one.pk) for one in there]


def test_empty_choices_and_other_people_are_refused(project: Project, second: Guideline, lead: User) -> None:
    with pytest.raises(Refused, match="No decision fits"):
        request_reopen(lead, project, choice(project, "A"), "x")
    decided(project, "A", None)
    with pytest.raises(Refused, match="at least one class"):
        request_reopen(lead, project, choice(project), "x")
    with pytest.raises(Refused, match="more than 0"):
        request_reopen(lead, project, choice(project, "A", share=0.0), "x")
    with pytest.raises(Refused, match="may not send back"):
        request_reopen(make_user("curator"), project, choice(project, "A"), "x")
    project.adjudicators = "admins"
    project.save()
    with pytest.raises(Refused, match="may not send back"):
        request_reopen(lead, project, choice(project, "A"), "x")
    assert not Job.objects.exists()
