"""Who gets which picture."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from curation.models import Candidate, Claim, Project
from curation.services.claims import claim_batch, extend_claims, free_claims
from curation.services.review import record_votes
from tests.curation.review.votes import new_vote, say, take_back
from tests.factories import make_candidate, make_project, make_user

pytestmark = pytest.mark.django_db


def candidates(project: Project, number: int) -> list[Candidate]:
    return [make_candidate(project) for _ in range(number)]


def run_out(**which: object) -> None:
    Claim.objects.filter(**which).update(expires_at=timezone.now() - timedelta(seconds=1))


def tab() -> uuid.UUID:
    return uuid.uuid4()


def test_the_most_important_come_first_then_the_oldest() -> None:
    project, user = make_project(), make_user()
    first, second, third = candidates(project, 3)
    third.priority = 0.9
    third.save()
    assert claim_batch(user, project, tab(), 10) == [third, first, second]


def test_what_others_hold_is_not_given() -> None:
    project, one, two = make_project(), make_user(), make_user()
    rows = candidates(project, 5)
    assert claim_batch(one, project, tab(), 3) == rows[:3]
    assert claim_batch(two, project, tab(), 3) == rows[3:]


def test_another_tab_of_the_same_person_gets_other_pictures() -> None:
    project, user = make_project(), make_user()
    rows = candidates(project, 4)
    assert claim_batch(user, project, tab(), 2) == rows[:2]
    assert claim_batch(user, project, tab(), 4) == rows[2:]


def test_a_lost_answer_is_given_again_and_what_the_tab_holds_is_not() -> None:
    project, user, here = make_project(), make_user(), tab()
    rows = candidates(project, 3)
    assert claim_batch(user, project, here, 2) == rows[:2]
    assert claim_batch(user, project, here, 3, holding=[rows[0].pk]) == rows[1:]
    assert Claim.objects.filter(user=user, tab=here).count() == 3


def test_a_claim_that_ran_out_is_overwritten_and_its_holder_is_told() -> None:
    project, one, two, here = make_project(), make_user(), make_user(), tab()
    (row,) = candidates(project, 1)
    claim_batch(one, project, here, 1)
    run_out(user=one)
    assert claim_batch(two, project, tab(), 1) == [row]
    assert extend_claims(one, here, [row.pk]) == []
    assert Claim.objects.get().user == two


def test_a_claim_that_ran_out_but_that_nobody_took_is_its_holders_again() -> None:
    project, user, here = make_project(), make_user(), tab()
    (row,) = candidates(project, 1)
    claim_batch(user, project, here, 1)
    run_out(user=user)
    assert extend_claims(user, here, [row.pk]) == [row.pk]
    assert Claim.objects.get().expires_at > timezone.now()


def test_a_claim_that_ran_out_stays_lost_where_the_votes_leave_no_room() -> None:
    """Two votes are needed: one was cast meanwhile, and somebody else is about to cast the other."""
    project = make_project(votes_needed=2)
    sleeper, voter, other, here = make_user(), make_user(), make_user(), tab()
    (row,) = candidates(project, 1)
    claim_batch(sleeper, project, here, 1)
    run_out(user=sleeper)
    Claim.objects.filter(user=sleeper).update(slot=2)
    say(voter, row, "A")
    Claim.objects.create(
        candidate=row, slot=1, user=other, tab=tab(),
        claimed_at=timezone.now(), expires_at=timezone.now() + timedelta(minutes=1),
    )  # fmt: skip
    assert extend_claims(sleeper, here, [row.pk]) == []


def test_extending_says_what_was_decided_or_set_aside_meanwhile() -> None:
    project, one, two, here = make_project(), make_user(), make_user(), tab()
    rows = candidates(project, 3)
    claim_batch(one, project, here, 3)
    say(two, rows[0], "A")
    record_votes(two, [new_vote(rows[1], "flag", reason="A face")])
    assert extend_claims(one, here, [row.pk for row in rows]) == [rows[2].pk]


def test_extending_touches_only_the_own_tab() -> None:
    project, one, two, here = make_project(), make_user(), make_user(), tab()
    (row,) = candidates(project, 1)
    claim_batch(one, project, here, 1)
    before = Claim.objects.get().expires_at
    assert extend_claims(one, tab(), [row.pk]) == []
    assert extend_claims(two, here, [row.pk]) == []
    assert Claim.objects.get().expires_at == before


def test_closing_a_tab_frees_what_it_held_and_nothing_else() -> None:
    project, user, here, there = make_project(), make_user(), tab(), tab()
    rows = candidates(project, 4)
    claim_batch(user, project, here, 2)
    claim_batch(user, project, there, 2)
    assert free_claims(user, here) == 2
    assert claim_batch(make_user(), project, tab(), 4) == rows[:2]


def test_two_votes_needed_means_two_holders_in_two_slots() -> None:
    project = make_project(votes_needed=2)
    (row,) = candidates(project, 1)
    first, second, third = make_user(), make_user(), make_user()
    assert claim_batch(first, project, tab(), 1) == [row]
    assert claim_batch(second, project, tab(), 1) == [row]
    assert claim_batch(third, project, tab(), 1) == []
    assert sorted(Claim.objects.values_list("slot", flat=True)) == [1, 2]


def test_after_the_first_of_two_votes_one_more_holder_has_room() -> None:
    project = make_project(votes_needed=2)
    (row,) = candidates(project, 1)
    say(make_user(), row, "A")
    assert claim_batch(make_user(), project, tab(), 1) == [row]
    assert claim_batch(make_user(), project, tab(), 1) == []


def test_what_i_judged_does_not_come_back_unless_taken_back() -> None:
    project, user = make_project(votes_needed=2), make_user()
    (row,) = candidates(project, 1)
    vote = say(user, row, "A")
    assert claim_batch(user, project, tab(), 1) == []
    take_back(user, row, vote.id)
    assert claim_batch(user, project, tab(), 1) == [row]


def test_skipped_pictures_come_last_and_longest_ago_first() -> None:
    project, user, here = make_project(), make_user(), tab()
    rows = candidates(project, 3)
    record_votes(user, [new_vote(rows[1], "skip"), new_vote(rows[0], "skip")])
    assert claim_batch(user, project, here, 1) == [rows[2]]
    assert claim_batch(user, project, here, 5, holding=[rows[2].pk]) == [rows[1], rows[0]]


def test_a_skipped_picture_is_open_for_others_at_once() -> None:
    project, user = make_project(), make_user()
    (row,) = candidates(project, 1)
    claim_batch(user, project, tab(), 1)
    record_votes(user, [new_vote(row, "skip")])
    assert claim_batch(make_user(), project, tab(), 1) == [row]


def test_only_open_candidates_of_the_project() -> None:
    project, other, user = make_project(), make_project(), make_user()
    rows = candidates(project, 3)
    candidates(other, 1)
    say(make_user(), rows[0], "A")
    record_votes(make_user(), [new_vote(rows[1], "flag", reason="A face")])
    assert claim_batch(user, project, tab(), 10) == [rows[2]]


@pytest.mark.parametrize("number", [2, 40])
def test_claiming_takes_the_same_queries_for_few_and_for_many(number: int) -> None:
    project, user, here = make_project(), make_user(), tab()
    rows = candidates(project, number + 1)
    with CaptureQueriesContext(connection) as queries:
        assert len(claim_batch(user, project, here, number)) == number
    # the person's wishes; savepoint, lock, clear what ran out, take, release
    assert len(queries) == 6
    with CaptureQueriesContext(connection) as queries:
        assert len(extend_claims(user, here, [row.pk for row in rows])) == number
    assert len(queries) == 6  # savepoint, lock, extend, release, read, known answers
