"""A changed policy: audited, counted anew where votes are in, and nothing decided is touched."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from curation.errors import Refused
from curation.models import AuditEntry, Candidate, Job, Membership, Project, User
from curation.services import review_policy as service
from curation.services.progress import NullProgress
from curation.services.review_policy import change_policy
from tests.curation.pages.conftest import vote
from tests.factories import make_candidate, make_user

pytestmark = pytest.mark.django_db


def state(candidate: Candidate) -> tuple[str, str]:
    candidate.refresh_from_db()
    return candidate.state, candidate.label.key if candidate.label else ""


def judged(project: Project, *keys: str) -> Candidate:
    candidate = make_candidate(project, shuffle=0.5)
    for key in keys:
        vote(make_user(), candidate, label=key)
    candidate.refresh_from_db()
    return candidate


def rows_of(table: str, where: str = "true") -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t::text FROM {table} t WHERE {where} ORDER BY id")
        return cursor.fetchall()


def counted(job: Job | None) -> dict[str, Any]:
    assert job is not None and job.kind == Job.Kind.SETTLE
    return service.run(job, NullProgress())


def test_fewer_votes_needed_settles_what_has_enough(project: Project, lead: User) -> None:
    project.votes_needed = 3
    project.save()
    two, one, untouched = judged(project, "A", "A"), judged(project, "B"), judged(project)
    split = judged(project, "A", "B")
    assert {state(one)[0] for one in (two, one, split)} == {"open"}
    done = change_policy(lead, project, votes_needed=2)
    assert counted(done.job) == {"project": "flora", "counted": 3, "changed": 2}
    assert state(two) == ("decided", "A")
    assert state(split) == ("disputed", "")
    assert state(one) == state(untouched) == ("open", "")
    said = AuditEntry.objects.get(action="policy.change")
    assert (said.detail["before"], said.detail["after"]) == ({"votes_needed": 3}, {"votes_needed": 2})
    # A job that was killed runs again: the same end, and not one decision more.
    decisions = rows_of("curation_decision")
    assert counted(done.job)["changed"] == 0
    assert rows_of("curation_decision") == decisions


def test_more_votes_needed_opens_what_was_disputed_and_leaves_the_decided(
    project: Project, lead: User
) -> None:
    decided = [judged(project, key) for key in "AB"]
    project.votes_needed = 2
    project.save()
    split, flagged = judged(project, "A", "B"), judged(project)
    vote(make_user(), flagged, kind="flag", reason="Blurred")
    assert state(split)[0] == "disputed"
    before = rows_of("curation_candidate", "state = 'decided'")
    assert len(before) == 2
    counted(change_policy(lead, project, votes_needed=4).job)
    assert rows_of("curation_candidate", "state = 'decided'") == before
    assert state(split) == ("open", "")
    assert state(flagged)[0] == "flagged"
    counted(change_policy(lead, project, votes_needed=1).job)
    assert rows_of("curation_candidate", "state = 'decided'") == before
    assert state(split)[0] == "disputed"
    assert all(state(one)[0] == "decided" for one in decided)


def test_a_double_share_is_counted_and_other_fields_are_not(project: Project, lead: User) -> None:
    assert change_policy(lead, project, double_share=0.2).job is not None
    rest = {
        "blind_second": False,
        "audit_share": 0.1,
        "gold_share": 0.03,
        "gold_feedback": False,
        "order": "random",
        "grid_confidence": 0.97,
        "adjudicators": "named",
    }
    done = change_policy(lead, project, **rest)
    assert done.job is None
    assert sorted(done.names) == sorted(rest)
    project.refresh_from_db()
    assert {name: getattr(project, name) for name in rest} == rest


def test_people_are_named(project: Project, lead: User) -> None:
    one, two, reader = make_user("curator"), make_user("lead"), make_user("reader")
    change_policy(lead, project, named=[one.pk, two.pk])
    change_policy(lead, project, named=[two.pk])
    assert [row.user for row in Membership.objects.filter(adjudicates=True)] == [two]
    assert Membership.objects.count() == 2  # the other one's ways of working in the project stay
    last = AuditEntry.objects.filter(action="policy.change").first()
    assert last is not None
    assert last.detail["before"] == {"named": sorted([one.pk, two.pk])}
    with pytest.raises(Refused, match="only active curators"):
        change_policy(lead, project, named=[reader.pk])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"votes_needed": 6}, "less than or equal to 5"),
        ({"votes_needed": 0}, "greater than or equal to 1"),
        ({"audit_share": 1.5}, "less than or equal to 1"),
        ({"order": "alphabet"}, "alphabet"),
        ({"title": "Mine"}, "title is no part"),
        ({"votes_needed": 1}, "Nothing differs"),
    ],
)
def test_what_is_no_policy_is_refused(
    project: Project, lead: User, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        change_policy(lead, project, **fields)
    assert not AuditEntry.objects.exists()
    assert not Job.objects.exists()


def test_only_leads_change_it(project: Project) -> None:
    with pytest.raises(Refused, match="needs the role lead curator"):
        change_policy(make_user("curator"), project, votes_needed=2)
