"""Settling closes issues; taking it back makes everything as it was."""

from __future__ import annotations

import pytest

from curation.errors import Refused
from curation.models import AuditEntry, Candidate, DataIssue, Decision, Project, User, Vote
from curation.services.adjudicate import adjudicate
from curation.services.adjudicate_undo import take_settlement_back
from curation.services.issues import open_issue
from curation.services.reopen import reopen
from curation.services.review import record_votes
from tests.curation.review.votes import new_vote, say
from tests.factories import make_candidate, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(key="sheets", votes_needed=2)


@pytest.fixture
def lead() -> User:
    return make_user("lead", username="lena")


@pytest.fixture
def disputed(project: Project) -> Candidate:
    row = make_candidate(project)
    say(make_user(), row, "A")
    say(make_user(), row, "B")
    row.refresh_from_db()
    assert row.state == "disputed"
    return row


def state(row: Candidate) -> tuple[str, str, int]:
    row = Candidate.objects.select_related("label", "decision").get(pk=row.pk)
    return row.state, row.label.key if row.label else "", row.votes


def standing(row: Candidate) -> list[tuple[str, str, str]]:
    rows = Vote.objects.filter(candidate=row).counting().select_related("user", "label")
    return [(vote.user.username, vote.label.key if vote.label else "!", vote.via) for vote in rows]


def test_settling_closes_the_issues_with_it(project: Project, lead: User) -> None:
    row, user = make_candidate(project), make_user()
    record_votes(user, [new_vote(row, "flag", reason="A face", flag="bad-image")])
    open_issue(user, row.pk, "licence", "No licence on the label")
    other = open_issue(user, make_candidate(project).pk, "other", "Another picture")
    adjudicate(lead, row.pk, "B", "Cut it off")
    closed = DataIssue.objects.filter(candidate=row)
    assert {(issue.closed_by, issue.resolution) for issue in closed} == {
        (lead, "Settled as Class B. Cut it off")
    }
    other.refresh_from_db()
    assert other.closed_at is None


def test_a_settlement_refused_closes_nothing(project: Project, lead: User) -> None:
    row = make_candidate(project)
    issue = open_issue(make_user(), row.pk, "other", "Something")
    with pytest.raises(Refused, match="open for review"):
        adjudicate(lead, row.pk, "B")
    issue.refresh_from_db()
    assert issue.closed_at is None


def test_a_dispute_is_one_again(disputed: Candidate, lead: User) -> None:
    adjudicate(lead, disputed.pk, "C", "Seen in hand")
    assert state(disputed) == ("decided", "C", 3)
    take_settlement_back(lead, disputed.pk)
    assert state(disputed) == ("disputed", "", 2)
    assert len(standing(disputed)) == 2
    rules = list(Decision.objects.filter(candidate=disputed).values_list("rule", "by__username"))
    assert rules == [("adjudicated", "lena"), ("undone", "lena")]
    assert AuditEntry.objects.filter(action="adjudicate.undo", actor=lead).count() == 1
    with pytest.raises(Refused, match="not settled"):
        take_settlement_back(lead, disputed.pk)


def test_a_flag_and_its_issue_are_open_again(project: Project, lead: User) -> None:
    row = make_candidate(project)
    record_votes(make_user(), [new_vote(row, "flag", reason="Two sheets")])
    solved = open_issue(lead, row.pk, "other", "Closed before")
    DataIssue.objects.filter(pk=solved.pk).update(closed_by=lead, closed_at=solved.opened_at, resolution="x")
    adjudicate(lead, row.pk, "A")
    take_settlement_back(lead, row.pk)
    assert state(row) == ("flagged", "", 0)
    assert [issue.text for issue in DataIssue.objects.filter(closed_at=None)] == ["Two sheets"]
    assert AuditEntry.objects.filter(action="issue.reopen").count() == 1


def test_what_was_decided_before_counts_again(project: Project, lead: User) -> None:
    row = make_candidate(project)
    for _ in range(2):
        say(make_user(), row, "A")
    adjudicate(lead, row.pk, "B")
    project.votes_needed = 3  # a policy of today does not undo a decision of yesterday
    project.save()
    take_settlement_back(lead, row.pk)
    assert state(row) == ("decided", "A", 2)
    row.refresh_from_db()
    assert row.decision is not None and row.decision.rule == "votes"


def test_the_leads_own_vote_counts_again(project: Project, lead: User) -> None:
    row = make_candidate(project)
    say(lead, row, "A", milliseconds=900)
    say(make_user(username="otto"), row, "B")
    before = standing(row)
    adjudicate(lead, row.pk, "C")
    assert standing(row) == [("otto", "B", "single"), ("lena", "C", "lead")]
    take_settlement_back(lead, row.pk)
    assert sorted(standing(row)) == sorted(before)
    assert state(row) == ("disputed", "", 2)
    assert Vote.objects.filter(user=lead, label__key="A").counting().get().milliseconds == 900


def test_settlements_are_taken_back_one_after_the_other(disputed: Candidate, lead: User) -> None:
    say(lead, disputed, "A")  # an extra vote, while it waits: two of three say A
    disputed.refresh_from_db()
    was = state(disputed)
    assert was == ("decided", "A", 3)
    for label in "BCB":
        adjudicate(lead, disputed.pk, label, f"Rather {label}")
    for label in "CB":
        take_settlement_back(lead, disputed.pk)
        assert state(disputed) == ("decided", label, 3)
        disputed.refresh_from_db()
        assert disputed.decision is not None
        assert (disputed.decision.rule, disputed.decision.reason) == ("adjudicated", f"Rather {label}")
    take_settlement_back(lead, disputed.pk)
    assert state(disputed) == was
    assert [said for said in standing(disputed) if said[0] == "lena"] == [("lena", "A", "single")]


def test_another_leads_settlement_stays(disputed: Candidate, lead: User) -> None:
    other = make_user("lead", username="olga")
    adjudicate(other, disputed.pk, "A", "Mine")
    with pytest.raises(Refused, match="olga settled this picture"):
        take_settlement_back(lead, disputed.pk)
    adjudicate(lead, disputed.pk, "B")
    take_settlement_back(lead, disputed.pk)
    disputed.refresh_from_db()
    assert state(disputed)[:2] == ("decided", "A")
    assert disputed.decision is not None and disputed.decision.by == other
    take_settlement_back(other, disputed.pk)
    assert state(disputed)[0] == "disputed"


def test_only_who_may_settle_takes_back_and_only_what_stands(disputed: Candidate, lead: User) -> None:
    with pytest.raises(Refused, match="not settled"):
        take_settlement_back(lead, disputed.pk)
    with pytest.raises(Refused, match="no candidate"):
        take_settlement_back(lead, 10**9)
    adjudicate(lead, disputed.pk, "A")
    disputed.project.adjudicators = "admins"
    disputed.project.save()
    with pytest.raises(Refused):
        take_settlement_back(lead, disputed.pk)
    disputed.project.adjudicators = "leads"
    disputed.project.save()
    reopen(lead, [disputed.pk], "Look again")
    with pytest.raises(Refused, match="not settled"):
        take_settlement_back(lead, disputed.pk)
    assert state(disputed) == ("open", "", 0)
