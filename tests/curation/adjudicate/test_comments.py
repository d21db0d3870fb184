"""What is read before one's own vote, and what after it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation.models import Candidate, GoldItem, Project, User
from curation.services.claims import claim_batch
from curation.services.comments import add_comment
from curation.services.reopen import reopen
from curation.services.review import record_votes
from tests.curation.review.votes import new_vote, say, take_back
from tests.factories import decide, make_candidate, make_claim, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(key="sheets", votes_needed=3, blind_second=True)


@pytest.fixture
def first() -> User:
    return make_user(username="first")


@pytest.fixture
def second() -> User:
    return make_user(username="second")


def read(user: User, row: Candidate) -> dict[str, Any]:
    client = Client()
    client.force_login(user)
    answer: dict[str, Any] = client.get(reverse("api_comments", args=[row.pk])).json()
    return answer


def texts(user: User, row: Candidate) -> tuple[list[str], int]:
    answer = read(user, row)
    return [comment["text"] for comment in answer["comments"]], answer["withheld"]


def test_a_second_vote_is_cast_before_the_first_ones_words_are_read(
    project: Project, first: User, second: User
) -> None:
    row = make_candidate(project)
    add_comment(first, row.pk, "Surely A.")
    assert texts(second, row) == (["Surely A."], 0)  # nobody has voted: there is no opinion to keep
    say(first, row, "A")
    add_comment(second, row.pk, "Which side?")
    assert texts(second, row) == (["Which side?"], 1)
    assert texts(first, row) == (["Surely A.", "Which side?"], 0)
    vote = say(second, row, "B")
    assert texts(second, row) == (["Surely A.", "Which side?"], 0)
    take_back(second, row, vote.id)
    assert texts(second, row) == (["Which side?"], 1)


def test_a_lead_who_judges_blind_reads_no_more_than_others(project: Project, first: User) -> None:
    row, lead = make_candidate(project), make_user("lead")
    say(first, row, "A")
    add_comment(first, row.pk, "Surely A.")
    assert texts(lead, row) == ([], 1)
    record_votes(first, [new_vote(row, "undo", undoes=row.vote_rows.get().pk)])
    record_votes(first, [new_vote(row, "flag", reason="Torn")])
    assert texts(lead, row) == (["Surely A."], 0)  # it is the lead's to settle now


def test_pictures_by_lot_are_judged_before_anything_is_read(
    project: Project, first: User, second: User
) -> None:
    project.audit_share = 1.0
    project.save()
    row = make_candidate(project)
    add_comment(first, row.pk, "A, I think.")
    assert texts(second, row) == ([], 1)
    say(second, row, "C")
    assert texts(second, row) == (["A, I think."], 0)


def test_where_second_votes_are_not_blind_all_is_read(project: Project, first: User, second: User) -> None:
    project.blind_second = False
    project.save()
    row = make_candidate(project)
    say(first, row, "A")
    add_comment(first, row.pk, "Surely A.")
    assert texts(second, row) == (["Surely A."], 0)


def test_questions_of_leads_are_read_at_once(project: Project, first: User, second: User) -> None:
    row = make_candidate(project)
    decide(row, project.classes.get(key="A"), first)
    reopen(make_user("lead"), [row.pk], "Doubt", question="Is the stem cut?")
    say(first, row, "A")
    add_comment(first, row.pk, "It is.")
    assert texts(second, row) == (["Is the stem cut?"], 1)


def test_what_was_decided_meanwhile_stays_blind_for_whoever_holds_it(
    project: Project, first: User, second: User
) -> None:
    project.votes_needed = 1
    project.save()
    row = make_candidate(project)
    make_claim(second, row)
    say(first, row, "A")
    add_comment(first, row.pk, "Surely A.")
    row.refresh_from_db()
    assert row.state == "decided"
    assert texts(second, row) == ([], 1)
    assert texts(make_user(), row) == (["Surely A."], 0)


def test_nothing_tells_a_picture_with_a_known_answer(project: Project, first: User, second: User) -> None:
    row, lead = make_candidate(project), make_user("lead")
    label = project.classes.get(key="A")
    decide(row, label, first)
    add_comment(first, row.pk, "A, by the spines.")
    GoldItem.objects.create(candidate=row, project=project, label=label, created_by=lead)
    assert texts(second, row) == ([], 0)
    assert texts(lead, row) == (["A, by the spines."], 0)
    say(second, row, "B")
    assert texts(second, row) == (["A, by the spines."], 0)


def test_a_comment_is_never_written_under_another_name(project: Project, first: User, second: User) -> None:
    row, client = make_candidate(project), Client()
    client.force_login(first)
    address = reverse("api_comments", args=[row.pk])
    mine = {"text": "Mine", "reviewer": first.pk}
    refused = client.post(address, mine | {"reviewer": second.pk}, "application/json")
    assert refused.status_code == 409 and "signed in as" in refused.json()["message"]
    assert refused.json()["extra"]["reason"] == "other_reviewer"
    assert not row.comments.exists()
    assert client.post(address, mine, "application/json").json()["mine"] is True
    assert [comment["mine"] for comment in read(second, row)["comments"]] == [False]


def test_a_thread_takes_few_queries(
    project: Project, first: User, second: User, django_assert_max_num_queries: Any
) -> None:
    row, client = make_candidate(project), Client()
    say(first, row, "A")
    for number in range(30):
        add_comment(first, row.pk, f"Remark {number}")
    assert claim_batch(second, project, row.vote_rows.get().pk, 1)
    client.force_login(second)
    with django_assert_max_num_queries(8):
        assert client.get(reverse("api_comments", args=[row.pk])).json()["withheld"] == 30
