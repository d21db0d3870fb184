"""Majorities, sending back, counting anew, and who may settle."""

from __future__ import annotations

import uuid

import pytest

from curation.errors import Refused
from curation.models import (
    AuditEntry,
    Candidate,
    Claim,
    Comment,
    DataIssue,
    Decision,
    Membership,
    Project,
    User,
    Vote,
)
from curation.services.adjudicate import adjudicate, may_adjudicate
from curation.services.claims import claim_batch
from curation.services.reopen import reopen
from curation.services.review import record_votes
from curation.services.settle import resettle
from tests.curation.review.votes import new_vote, say, take_back
from tests.factories import decide, make_candidate, make_project, make_user

pytestmark = pytest.mark.django_db


def state(row: Candidate) -> tuple[str, str, int]:
    row.refresh_from_db()
    return row.state, row.label.key if row.label else "", row.votes


@pytest.mark.parametrize(
    ("said", "becomes", "rule"),
    [
        ("AAA", ("decided", "A", 3), "votes"),
        ("AAB", ("decided", "A", 3), "majority"),
        ("BAB", ("decided", "B", 3), "majority"),
        ("ABC", ("disputed", "", 3), None),
        ("AA", ("open", "", 2), None),
    ],
)
def test_more_than_half_decide(said: str, becomes: tuple[str, str, int], rule: str | None) -> None:
    row = make_candidate(make_project(votes_needed=3))
    for label in said:
        say(make_user(), row, label)
    assert state(row) == becomes
    assert (row.decision.rule if row.decision else None) == rule


def test_two_of_five_are_no_majority() -> None:
    row = make_candidate(make_project(votes_needed=5))
    for label in "AABCB":
        say(make_user(), row, label)
    assert state(row) == ("disputed", "", 5)


def test_a_majority_stands_until_one_of_its_votes_is_taken_back() -> None:
    row, users = make_candidate(make_project(votes_needed=3)), [make_user() for _ in range(3)]
    ids = [say(user, row, label).id for user, label in zip(users, "AAB", strict=True)]
    take_back(users[0], row, ids[0])
    assert state(row) == ("open", "", 2)
    say(users[0], row, "B")
    assert state(row) == ("decided", "B", 3)


class TestSendingBack:
    @pytest.fixture
    def project(self) -> Project:
        return make_project()

    @pytest.fixture
    def lead(self) -> User:
        return make_user("lead")

    def test_a_new_round_begins_and_nothing_is_lost(self, project: Project, lead: User) -> None:
        user = make_user()
        row = make_candidate(project)
        first = say(user, row, "A").id
        assert reopen(lead, [row.pk], "The guideline changed", question="Is the stem cut?") == 1
        assert state(row) == ("open", "", 0) and row.round == 2
        last = Decision.objects.filter(candidate=row).order_by("pk").last()
        assert last is not None and (last.rule, last.by, last.label, last.vote) == (
            "reopened",
            lead,
            None,
            None,
        )
        assert Comment.objects.get(candidate=row).text == "Is the stem cut?"
        assert AuditEntry.objects.filter(action="reopen", subject=f"candidate {row.pk}").exists()
        # The same person may judge it again, and an old vote taken back changes nothing.
        assert [c.pk for c in claim_batch(user, project, uuid.uuid4())] == [row.pk]
        assert take_back(user, row, first).status == "saved"
        assert state(row) == ("open", "", 0)
        assert say(user, row, "B").decided == "B"
        assert state(row) == ("decided", "B", 1)
        assert Vote.objects.filter(candidate=row, kind="label").count() == 2

    def test_open_ones_stay(self, project: Project, lead: User) -> None:
        row = make_candidate(project)
        assert reopen(lead, [row.pk], "Again") == 0
        row.refresh_from_db()
        assert row.round == 1

    def test_twice_is_once(self, project: Project, lead: User) -> None:
        row = decide(make_candidate(project), project.classes.get(key="A"), make_user())
        assert reopen(lead, [row.pk], "Again") == 1
        assert reopen(lead, [row.pk], "Again") == 0

    def test_who_and_why(self, project: Project, lead: User) -> None:
        row = decide(make_candidate(project), project.classes.get(key="A"), make_user())
        with pytest.raises(Refused, match="needs a reason"):
            reopen(lead, [row.pk], " ")
        with pytest.raises(Refused, match="may not send back"):
            reopen(make_user(), [row.pk], "Again")
        assert state(row)[0] == "decided"


def test_counting_anew_settles_what_is_open_and_nothing_else() -> None:
    project = make_project(votes_needed=3)
    one, tie, none, two = (make_candidate(project) for _ in range(4))
    for row, said in ((one, "A"), (tie, "AB"), (two, "AA")):
        for label in said:
            say(make_user(), row, label)
    done = decide(make_candidate(project), project.classes.get(key="C"), make_user())
    before = Candidate.objects.filter(pk=done.pk).values().get()
    Project.objects.update(votes_needed=2)
    changed = [resettle(row.pk) for row in (one, tie, none, two, done)]
    assert changed == [False, True, False, True, False]
    assert [state(row)[:2] for row in (one, tie, none, two)] == [
        ("open", ""), ("disputed", ""), ("open", ""), ("decided", "A"),
    ]  # fmt: skip
    assert not any(resettle(row.pk) for row in (one, tie, none, two, done))  # safe to run twice
    Project.objects.update(votes_needed=3)
    assert resettle(tie.pk) and state(tie) == ("open", "", 2)  # a third vote may break the tie
    assert Candidate.objects.filter(pk=done.pk).values().get() == before


def test_who_may_settle() -> None:
    people = {role: make_user(role) for role in ("curator", "lead", "admin")}
    project = make_project()

    def may() -> set[str]:
        return {role for role, user in people.items() if may_adjudicate(user, project)}

    assert may() == {"lead", "admin"}
    project.adjudicators = "admins"
    assert may() == {"admin"}
    project.adjudicators = "named"
    assert may() == {"admin"}
    Membership.objects.create(user=people["curator"], project=project, adjudicates=True)
    assert may() == {"curator", "admin"}
    project.save()
    row = decide(make_candidate(project), project.classes.get(key="A"), make_user())
    assert adjudicate(people["curator"], row.pk, "B", "Seen in hand").by == people["curator"]
    with pytest.raises(Refused, match="is for: the people named for it, and admins"):
        adjudicate(people["lead"], row.pk, "C")


def test_a_flag_opens_an_issue_and_taking_it_back_closes_it() -> None:
    row, user = make_candidate(make_project()), make_user()
    vote = new_vote(row, "flag", reason="Blurred", flag="bad-image")
    record_votes(user, [vote])
    issue = DataIssue.objects.get(candidate=row)
    assert (issue.kind, issue.text, issue.opened_by, issue.closed_at) == ("bad-image", "Blurred", user, None)
    take_back(user, row, vote.id)
    issue.refresh_from_db()
    assert issue.closed_by == user and issue.resolution == "Taken back."
    refused = record_votes(user, [new_vote(row, "flag", reason="?", flag="ugly")])[0]
    assert refused.status == "refused" and "bad-image" in refused.message
    assert not Claim.objects.filter(candidate=row).exists()
