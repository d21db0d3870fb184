"""What becomes of a vote."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from curation.errors import Refused
from curation.models import AuditEntry, Candidate, Decision, Project, User, Vote
from curation.services.adjudicate import adjudicate
from curation.services.claims import claim_batch, extend_claims
from curation.services.review import record_votes
from tests.curation.review.votes import new_vote, say, take_back
from tests.factories import make_candidate, make_model, make_prediction, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def pair() -> Project:
    """A project that needs two votes that agree."""
    return make_project(votes_needed=2)


@pytest.fixture
def user() -> User:
    return make_user()


def fresh(candidate: Candidate) -> Candidate:
    return Candidate.objects.select_related("label", "decision").get(pk=candidate.pk)


def state(candidate: Candidate) -> tuple[str, str, int]:
    row = fresh(candidate)
    return row.state, row.label.key if row.label else "", row.votes


def test_one_vote_decides_where_one_is_needed(project: Project, user: User) -> None:
    row = make_candidate(project)
    outcome = say(user, row, "B", milliseconds=812)
    assert (outcome.status, outcome.state, outcome.before, outcome.decided) == ("saved", "decided", "", "B")
    assert state(row) == ("decided", "B", 1)
    vote = Vote.objects.get()
    assert (vote.user, vote.label.key, vote.milliseconds) == (user, "B", 812)  # type: ignore[union-attr]
    decision = fresh(row).decision
    assert decision is not None and (decision.rule, decision.vote_id) == ("votes", vote.pk)


def test_the_same_vote_sent_twice_is_one_vote(project: Project, user: User) -> None:
    row = make_candidate(project)
    vote = new_vote(row, label="A")
    first, second, third = record_votes(user, [vote, vote]) + record_votes(user, [vote])
    assert (first.status, second.status, third.status) == ("saved", "duplicate", "duplicate")
    assert second.state == third.state == "decided" and second.decided == "A"
    assert (second.before, third.before) == ("A", "A")
    assert Vote.objects.count() == Decision.objects.count() == fresh(row).votes == 1


@pytest.mark.parametrize(
    "other", [{"label": "B"}, {"kind": "skip", "label": ""}, {"candidate": "another"}, {"user": "another"}]
)
def test_an_id_used_for_another_vote_is_refused(project: Project, user: User, other: dict[str, str]) -> None:
    row, another = make_candidate(project), make_candidate(project)
    vote = new_vote(row, label="A")
    record_votes(user, [vote])
    fields: dict[str, Any] = {"kind": "label", "label": "A", "candidate": row.pk} | other
    if fields.get("candidate") == "another":
        fields["candidate"] = another.pk
    sender = make_user() if fields.pop("user", "") else user
    (outcome,) = record_votes(sender, [new_vote(id=vote.id, **fields)])
    assert outcome.status == "refused" and "an id of its own" in outcome.message
    assert Vote.objects.count() == 1


def test_votes_are_saved_in_the_order_given_and_a_bad_one_stops_no_other(
    project: Project, user: User
) -> None:
    one, two = make_candidate(project), make_candidate(project)
    first = new_vote(one, label="A")
    outcomes = record_votes(
        user,
        [
            first,
            new_vote(one, "undo", undoes=first.id),
            new_vote(one, label="C"),
            new_vote(two, label="Z"),
            new_vote(two, label="B"),
            new_vote(10**9, label="B"),
        ],
    )
    assert [outcome.status for outcome in outcomes] == [
        "saved",
        "saved",
        "saved",
        "refused",
        "saved",
        "refused",
    ]
    assert "Its keys are A, B, C" in outcomes[3].message
    assert "no candidate 1000000000" in outcomes[5].message
    assert state(one) == ("decided", "C", 1)
    assert state(two) == ("decided", "B", 1)


def test_a_vote_counts_although_its_claim_ran_out_and_went_to_somebody_else(
    project: Project, user: User
) -> None:
    row, holder, tab = make_candidate(project), make_user(), uuid.uuid4()
    claim_batch(holder, project, tab, 1)
    vote = say(user, row, "A")
    assert vote.state == "decided"
    assert extend_claims(holder, tab, [row.pk]) == []
    # Taken back, it is with the one who was looking at it, not with the one who was late.
    undone = take_back(user, row, vote.id, uuid.uuid4())
    assert (undone.state, undone.claimed) == ("open", False)
    assert "Somebody else is looking at it now" in undone.message
    assert extend_claims(holder, tab, [row.pk]) == [row.pk]


def test_a_late_vote_is_kept_and_the_decision_stands(project: Project, user: User) -> None:
    row = make_candidate(project)
    say(make_user(), row, "A")
    outcome = say(user, row, "B")
    assert outcome.status == "saved" and "decided as Class A meanwhile" in outcome.message
    assert (outcome.before, outcome.decided) == ("A", "A")
    assert state(row) == ("decided", "A", 2)
    assert Decision.objects.count() == 1


def test_a_second_standing_vote_of_one_person_is_refused(pair: Project, user: User) -> None:
    row = make_candidate(pair)
    say(user, row, "A")
    outcome = say(user, row, "B")
    assert outcome.status == "refused"
    assert outcome.message == "You called this picture Class A before. Take that back first."
    assert state(row) == ("open", "", 1)


def test_two_votes_that_agree_decide(pair: Project, user: User) -> None:
    row = make_candidate(pair)
    assert say(user, row, "A").message == "Saved. 1 more vote needed."
    assert say(make_user(), row, "A").state == "decided"
    assert state(row) == ("decided", "A", 2)


def test_two_votes_that_disagree_go_to_the_lead(pair: Project, user: User) -> None:
    row = make_candidate(pair)
    say(user, row, "A")
    outcome = say(make_user(), row, "B")
    assert outcome.state == "disputed" and "lead curator" in outcome.message
    assert state(row) == ("disputed", "", 2)
    assert Decision.objects.count() == 0


def test_taking_back_one_side_of_a_dispute_opens_it_again(pair: Project, user: User) -> None:
    row, tab = make_candidate(pair), uuid.uuid4()
    vote = say(user, row, "A")
    say(make_user(), row, "B")
    outcome = take_back(user, row, vote.id, tab)
    assert (outcome.state, outcome.claimed) == ("open", True)
    assert state(row) == ("open", "", 1)
    assert say(user, row, "B").decided == "B"


def test_undo_opens_the_picture_again_and_returns_the_claim(project: Project, user: User) -> None:
    row, tab = make_candidate(project), uuid.uuid4()
    vote = say(user, row, "A")
    outcome = take_back(user, row, vote.id, tab)
    assert (outcome.status, outcome.state) == ("saved", "open")
    assert (outcome.before, outcome.decided, outcome.claimed) == ("A", "", True)
    assert state(row) == ("open", "", 0)
    claim = row.claims.get()
    assert (claim.user, claim.tab) == (user, tab)
    assert list(Decision.objects.values_list("rule", "label__key")) == [("votes", "A"), ("undone", None)]
    assert Vote.objects.filter(pk=vote.id).exists()  # history stays


def test_undo_sent_again_answers_that_the_claim_is_still_there(project: Project, user: User) -> None:
    row, tab = make_candidate(project), uuid.uuid4()
    vote = say(user, row, "A")
    undo = new_vote(row, "undo", undoes=vote.id)
    first, second = record_votes(user, [undo, undo], tab)
    assert (first.status, first.claimed, second.status, second.claimed) == ("saved", True, "duplicate", True)


def test_undo_need_not_begin_with_the_last(project: Project, user: User) -> None:
    one, two = make_candidate(project), make_candidate(project)
    first = say(user, one, "A")
    say(user, two, "B")
    assert take_back(user, one, first.id).status == "saved"
    assert (state(one)[0], state(two)[0]) == ("open", "decided")


def test_undo_while_somebody_else_looks_at_the_picture_gives_no_claim(pair: Project, user: User) -> None:
    row = make_candidate(pair)
    first, second = make_user(), make_user()
    vote = say(user, row, "A")
    claim_batch(first, pair, uuid.uuid4(), 1)
    # The vote is gone, so two are needed again: one slot is held, the other is mine.
    assert take_back(user, row, vote.id, uuid.uuid4()).claimed
    again = say(user, row, "A")
    say(first, row, "A")
    late = take_back(user, row, again.id)
    assert late.state == "open" and state(row) == ("open", "", 1)
    claim_batch(second, pair, uuid.uuid4(), 1)
    undone = take_back(first, row, Vote.objects.get(user=first, kind="label").pk)
    assert undone.claimed is False


def test_undo_of_an_extra_vote_leaves_the_decision(project: Project, user: User) -> None:
    row = make_candidate(project)
    say(make_user(), row, "A")
    late = say(user, row, "B")
    outcome = take_back(user, row, late.id, uuid.uuid4())
    assert (outcome.state, outcome.decided, outcome.claimed) == ("decided", "A", False)
    assert "stays Class A" in outcome.message
    assert state(row) == ("decided", "A", 1) and Decision.objects.count() == 1


def test_undo_of_the_deciding_vote_lets_the_extra_one_decide(project: Project, user: User) -> None:
    row = make_candidate(project)
    first = say(user, row, "A")
    say(make_user(), row, "B")
    outcome = take_back(user, row, first.id, uuid.uuid4())
    assert (outcome.state, outcome.before, outcome.decided) == ("decided", "A", "B")
    assert list(Decision.objects.values_list("rule", flat=True)) == ["votes", "undone", "votes"]


def test_a_decision_outlives_a_stricter_policy(project: Project, user: User) -> None:
    row = make_candidate(project)
    say(make_user(), row, "A")
    project.votes_needed = 2
    project.save()
    say(user, row, "B")
    assert state(row) == ("decided", "A", 2)


@pytest.mark.parametrize("kind", ["flag", "skip"])
def test_flags_and_skips_can_be_taken_back(project: Project, user: User, kind: str) -> None:
    row, tab = make_candidate(project), uuid.uuid4()
    (outcome,) = record_votes(user, [new_vote(row, kind, reason="A face" if kind == "flag" else "")])
    assert state(row)[0] == ("flagged" if kind == "flag" else "open")
    assert take_back(user, row, outcome.id, tab).claimed
    assert state(row) == ("open", "", 0)
    assert claim_batch(user, project, tab, 1) == [row]


def test_a_flag_takes_the_picture_out_of_the_queue(project: Project, user: User) -> None:
    row = make_candidate(project)
    claim_batch(make_user(), project, uuid.uuid4(), 1)
    (outcome,) = record_votes(user, [new_vote(row, "flag", reason="A person can be recognised")])
    assert (outcome.status, outcome.state) == ("saved", "flagged")
    assert claim_batch(make_user(), project, uuid.uuid4(), 1) == []
    assert say(make_user(), row, "A").state == "flagged"  # kept, settled by the lead
    assert state(row) == ("flagged", "", 1)


def test_a_flag_that_comes_late_is_kept_and_the_decision_stands(project: Project, user: User) -> None:
    row = make_candidate(project)
    say(make_user(), row, "A")
    (outcome,) = record_votes(user, [new_vote(row, "flag", reason="A face")])
    assert (outcome.status, outcome.state, outcome.decided) == ("saved", "decided", "A")


def refused(user: User, *votes: Any) -> str:
    outcome = record_votes(user, votes)[-1]
    assert outcome.status == "refused", outcome
    return outcome.message


def test_what_cannot_be_taken_back(project: Project, user: User) -> None:
    row, other = make_candidate(project), make_candidate(project)
    mine, theirs = say(user, row, "A").id, say(make_user(), other, "A").id
    assert "Only the person" in refused(user, new_vote(other, "undo", undoes=theirs))
    assert "There is no vote" in refused(user, new_vote(row, "undo", undoes=uuid.uuid4()))
    assert "There is no vote" in refused(user, new_vote(other, "undo", undoes=mine))
    assert "There is no vote" in refused(user, new_vote(row, "undo"))
    undo = take_back(user, row, mine).id
    assert "taken back before" in refused(user, new_vote(row, "undo", undoes=mine))
    assert "An undo cannot" in refused(user, new_vote(row, "undo", undoes=undo))


def test_votes_that_say_nothing_or_too_much(project: Project, user: User) -> None:
    row, other = make_candidate(project), make_candidate(project)
    model = make_model(["Class A", "Class B", "Class C"])
    foreign = make_prediction(other, model, [0.8, 0.1, 0.1])
    assert "needs a reason" in refused(user, new_vote(row, "flag", reason="  "))
    assert "none of label" in refused(user, new_vote(row, "perhaps"))
    assert "names no class" in refused(user, new_vote(row, "skip", label="A"))
    assert "takes nothing back" in refused(user, new_vote(row, label="A", undoes=uuid.uuid4()))
    assert "not one of this picture" in refused(user, new_vote(row, label="A", prediction=foreign.pk))
    assert Vote.objects.count() == 0 and state(row) == ("open", "", 0)


def test_the_suggestion_on_the_screen_is_kept_with_the_vote(project: Project, user: User) -> None:
    row = make_candidate(project)
    model = make_model(["Class A", "Class B", "Class C"])
    shown = make_prediction(row, model, [0.8, 0.1, 0.1])
    make_prediction(row, make_model(model.classes), [0.1, 0.8, 0.1])  # a newer one, not yet on the screen
    assert say(user, row, "B", prediction=shown.pk).status == "saved"
    assert Vote.objects.get().prediction == shown


def test_a_lead_settles_a_dispute(pair: Project, user: User) -> None:
    row, lead = make_candidate(pair), make_user("lead")
    vote = say(user, row, "A")
    say(make_user(), row, "B")
    decision = adjudicate(lead, row.pk, "C", "The label says so")
    assert decision.rule == "adjudicated" and state(row) == ("decided", "C", 3)
    assert "has settled this picture as Class C" in take_back(user, row, vote.id).message
    assert say(make_user(), row, "A").decided == "C"
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action) == (lead, "adjudicate")
    told = {"state": "disputed", "before": "", "label": "C", "reason": "The label says so"}
    assert entry.detail == told | {"decision": decision.pk, "replaced": "", "issues": []}


def test_a_lead_may_settle_again_and_had_voted_before(project: Project) -> None:
    lead = make_user("lead")
    row = make_candidate(project)
    say(lead, row, "A")
    adjudicate(lead, row.pk, "B")
    adjudicate(lead, row.pk, "C")
    assert state(row) == ("decided", "C", 1)
    standing = Vote.objects.filter(kind="label", undone_by=None)
    assert [vote.label.key for vote in standing if vote.label] == ["C"]


def test_who_and_what_may_not_be_settled(project: Project, user: User) -> None:
    lead, row = make_user("lead"), make_candidate(project)
    with pytest.raises(Refused, match="is for: every lead curator"):
        adjudicate(user, row.pk, "A")
    with pytest.raises(Refused, match="open for review"):
        adjudicate(lead, row.pk, "A")
    record_votes(user, [new_vote(row, "flag", reason="A face")])
    with pytest.raises(Refused, match="Its keys are A, B, C"):
        adjudicate(lead, row.pk, "Z")
    with pytest.raises(Refused, match="no candidate"):
        adjudicate(lead, 10**9, "A")


def test_the_database_refuses_to_change_what_was_said(project: Project, user: User) -> None:
    row = make_candidate(project)
    say(user, row, "A")
    for act in (
        lambda: Vote.objects.update(reason="other"),
        lambda: Vote.objects.all()._raw_delete("default"),
        lambda: Decision.objects.update(rule="undone", label=None),
        lambda: Decision.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            act()
    assert state(row) == ("decided", "A", 1)


@pytest.mark.parametrize("votes", [0, 8])
def test_a_vote_takes_the_same_queries_however_many_there_are(user: User, votes: int) -> None:
    project = make_project(votes_needed=1)
    row = make_candidate(project)
    for _ in range(votes):
        say(make_user(), row, "A")
    with CaptureQueriesContext(connection) as queries:
        say(user, row, "A")
    # One that is decided is asked for its label and its known answer, too, and for what others said.
    assert len(queries) <= (12 if votes else 10), "\n".join(query["sql"] for query in queries)
