"""The page that settles pictures: who may, what its filters count, how often it asks the database."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Adjudicators, Candidate, Decision, Membership, Project, User
from curation.selectors import adjudicate as waiting
from tests.curation.review.votes import say
from tests.factories import decide, make_candidate, make_image, make_project, make_source, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(key="sheets", votes_needed=2)


@pytest.fixture
def lead() -> User:
    return make_user("lead", username="lena")


def dispute(project: Project, votes: tuple[str, ...] = ("A", "B"), users: tuple[User, ...] = ()) -> Candidate:
    row = make_candidate(project, make_image(source=make_source()))
    for user, label in zip(users or (make_user(), make_user()), votes, strict=True):
        say(user, row, label)
    row.refresh_from_db()
    assert row.state == "disputed"
    return row


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(key: str = "sheets", **asked: object) -> str:
    return reverse("set_aside", args=[key], query={name: str(value) for name, value in asked.items()})


@pytest.mark.parametrize(
    ("who", "policy", "may"),
    [
        ("reader", Adjudicators.LEADS, False),
        ("curator", Adjudicators.LEADS, False),
        ("lead", Adjudicators.LEADS, True),
        ("lead", Adjudicators.ADMINS, False),
        ("admin", Adjudicators.ADMINS, True),
        ("lead", Adjudicators.NAMED, False),
        ("named", Adjudicators.NAMED, True),
    ],
)
def test_only_whom_the_policy_names_reads_and_settles(
    project: Project, who: str, policy: str, may: bool
) -> None:
    Project.objects.filter(pk=project.pk).update(adjudicators=policy)
    user = make_user("curator" if who == "named" else who)
    if who == "named":
        Membership.objects.create(user=user, project=project, adjudicates=True)
    row = dispute(project)
    client = sign_in(user)
    assert client.get(page()).status_code == (200 if may else 403)
    answers = [
        client.post(reverse(name, args=["sheets", row.pk]), {"label": "A", "question": "Why?"})
        for name in ("adjudicate", "adjudicate_undo", "send_back")
    ]
    assert {answer.status_code for answer in answers} == ({302} if may else {403})
    row.refresh_from_db()
    assert Decision.objects.filter(candidate=row).exists() == may
    assert (row.state == "disputed") != may  # settled, taken back, sent back


def test_a_picture_is_settled_in_its_own_project_only_and_by_post_only(project: Project, lead: User) -> None:
    row, elsewhere = dispute(project), make_project(key="elsewhere")
    client = sign_in(lead)
    for name in ("adjudicate", "adjudicate_undo", "send_back"):
        said = {"label": "A", "question": "Why?"}
        assert client.post(reverse(name, args=[elsewhere.key, row.pk]), said).status_code == 404
        assert client.get(reverse(name, args=["sheets", row.pk])).status_code == 405
    row.refresh_from_db()
    assert row.state == "disputed"


def asked_of(url: str, client: Client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_more_pictures_and_votes_take_no_more_queries(project: Project, lead: User) -> None:
    row = dispute(project)
    client = sign_in(lead)
    asked_of(page(), client)  # what is asked once a process does not count
    few = asked_of(page(picture=row.pk), client), asked_of(page(view="list"), client)
    Project.objects.filter(pk=project.pk).update(votes_needed=5)
    many = [dispute(project, tuple("ABCAB"), tuple(make_user() for _ in range(5))) for _ in range(20)][-1]
    assert many.votes == 5
    assert (asked_of(page(picture=many.pk), client), asked_of(page(view="list"), client)) == few


def test_a_picture_that_does_not_wait_here_is_not_shown(project: Project, lead: User) -> None:
    row, elsewhere = dispute(project), dispute(make_project(key="elsewhere", votes_needed=2))
    opened = make_candidate(project)
    client = sign_in(lead)
    for other in (elsewhere.pk, opened.pk, 10**9):
        answer = client.get(page(picture=other))
        assert answer.status_code == 200 and answer.context["candidate"] == row, other
        assert answer.context["elsewhere"] == (opened if other == opened.pk else None)


def test_each_filter_lists_as_many_as_it_counts(project: Project, lead: User) -> None:
    ana, ben, eva = (make_user(username=name) for name in ("ana", "ben", "eva"))
    first = dispute(project, ("A", "B"), (ana, ben))
    dispute(project, ("B", "C"), (ana, eva))
    flagged = make_candidate(project)
    say(eva, flagged, "", kind="flag", reason="blurred", flag="bad-image")
    classes = {label.key: label.pk for label in project.classes.all()}
    rows = waiting.set_aside(project)
    counts = waiting.counts(project, {})
    assert counts["why"] == {"disputed": 2, "bad-image": 1, "since": 0, "": 3}
    assert counts["label"] == {classes["A"]: 1, classes["B"]: 2, classes["C"]: 1}
    assert counts["reviewer"] == {ana.pk: 2, ben.pk: 1, eva.pk: 2}
    assert counts["source"][first.source_id] == 1
    for name, values in counts.items():
        for value, number in values.items():
            if value != "":
                assert waiting.narrowed(rows, {name: value}).count() == number, (name, value)
    assert waiting.narrowed(rows, {"days": 1}).count() == 0
    both = waiting.counts(project, {"reviewer": ana.pk})
    assert both["why"][""] == 2 and both["reviewer"] == counts["reviewer"]
    decide(flagged, project.classes.get(key="A"), make_user())
    assert waiting.counts(project, {})["why"][waiting.SINCE] == 1
    assert list(waiting.narrowed(waiting.set_aside(project), {"why": waiting.SINCE})) == [flagged]
