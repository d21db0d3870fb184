"""The pages around reviewing: who may see them and what they say."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import Candidate, Membership, Project, User, Vote
from curation.services.review import record_votes
from tests.curation.review.votes import new_vote, say, take_back
from tests.factories import make_candidate, make_decided, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def project() -> Project:
    return make_project(key="sheets", title="Sheets", guidelines="Look twice.")


def visitor(role: str | None) -> Client:
    client = Client()
    if role:
        client.force_login(make_user(role))
    return client


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("review", "curator lead admin"), ("votes", "curator lead admin"), ("set_aside", "lead admin")],
)
def test_roles(project: Project, name: str, allowed: str) -> None:
    for role in ("reader", "curator", "lead", "admin"):
        status = visitor(role).get(reverse(name, args=["sheets"])).status_code
        assert status == (200 if role in allowed.split() else 403), role
    assert visitor(None).get(reverse(name, args=["sheets"])).status_code == 302
    assert visitor("admin").get(reverse(name, args=["nothing"])).status_code == 404


def test_settling_is_for_leads(project: Project) -> None:
    row = make_candidate(project, state="flagged")
    url = reverse("adjudicate", args=["sheets", row.pk])
    for role in ("reader", "curator"):
        assert visitor(role).post(url, {"label": "A"}).status_code == 403
    assert visitor("lead").get(url).status_code == 405
    assert Vote.objects.count() == 0


def test_the_review_page_gives_its_script_what_it_needs(project: Project) -> None:
    shown = make_decided(project, project.classes.get(key="B"), make_user())
    html = visitor("curator").get(reverse("review", args=["sheets"])).content.decode()
    found = re.search(r'<script id="setup" type="application/json">(.*?)</script>', html)
    assert found
    setup = json.loads(found[1])
    assert [label["key"] for label in setup["classes"]] == ["A", "B", "C"]
    assert setup["decided"] == {"A": 0, "B": 1, "C": 0}
    # Pictures of a class are asked for when it is looked at.
    assert shown.image.sha256 not in html
    pictures = setup["urls"]["classPictures"].replace("/0/", f"/{setup['classes'][1]['id']}/")
    [decided] = visitor("curator").get(pictures).json()["decided"]
    assert shown.image.sha256 in decided["thumb"]
    assert "Look twice." in html and "A picture of class B." in html


def test_the_review_page_takes_the_same_queries_however_much_is_decided(project: Project) -> None:
    client, user = visitor("curator"), make_user()
    url = reverse("review", args=["sheets"])

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(url).status_code == 200
        return len(found)

    make_decided(project, project.classes.get(key="A"), user)
    few = queries()
    for key in "AABBCC":
        make_decided(project, project.classes.get(key=key), user)
    assert queries() == few


def test_curators_see_their_own_votes_and_leads_everybodys(project: Project) -> None:
    one, two = make_user(first_name="Ines"), make_user(first_name="Otto")
    say(one, make_candidate(project), "A")
    say(two, make_candidate(project), "B")
    url = reverse("votes", args=["sheets"])
    client = Client()
    client.force_login(one)
    own = client.get(url).content.decode()
    assert "1 vote<" in own and "Otto" not in own
    # Asking for a colleague's in the address does not help.
    assert "1 vote<" in client.get(url, {"reviewer": two.username}).content.decode()
    everybodys = visitor("lead").get(url).content.decode()
    assert "2 votes<" in everybodys and "Ines" in everybodys and "Otto" in everybodys


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, 5),
        ({"label": "class-a"}, 2),
        ({"kind": "skip"}, 1),
        ({"kind": "undo"}, 1),
        ({"standing": "yes"}, 3),
        ({"standing": "no"}, 1),
        ({"reviewer": "otto"}, 1),
        ({"reviewer": "otto", "kind": "undo"}, 0),
    ],
)
def test_filters_of_the_votes(project: Project, query: dict[str, str], expected: int) -> None:
    ines, otto = make_user(username="ines"), make_user(username="otto")
    rows = [make_candidate(project) for _ in range(3)]
    vote = say(ines, rows[0], "A")
    take_back(ines, rows[0], vote.id)
    say(ines, rows[0], "A")
    record_votes(ines, [new_vote(rows[1], "skip")])
    say(otto, rows[2], "B")
    page = visitor("lead").get(reverse("votes", args=["sheets"]), query)
    assert page.context["votes"].paginator.count == expected


def test_a_filter_that_is_none_says_so(project: Project) -> None:
    page = visitor("lead").get(reverse("votes", args=["sheets"]), {"kind": "guess"})
    assert page.status_code == 422
    assert "guess is not one of the available choices" in page.content.decode()


def test_votes_come_in_pages_of_fifty_with_the_same_queries(project: Project) -> None:
    user, client = make_user(), visitor("lead")
    url = reverse("votes", args=["sheets"])
    say(user, make_candidate(project), "A")
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for _ in range(51):
        say(user, make_candidate(project), "A")
    with CaptureQueriesContext(connection) as many:
        page = client.get(url)
    assert len(page.context["votes"].object_list) == 50
    assert len(many) == len(few)
    assert len(client.get(url, {"page": "2"}).context["votes"].object_list) == 2


def test_the_lead_goes_through_what_is_set_aside(project: Project) -> None:
    one, two, lead = make_user(first_name="Ines"), make_user(), visitor("lead")
    flagged, late, fine = (make_candidate(project) for _ in range(3))
    record_votes(one, [new_vote(flagged, "flag", reason="A face can be seen")])
    say(two, late, "A")
    record_votes(one, [new_vote(late, "flag", reason="Two sheets")])
    say(two, fine, "A")
    url = reverse("set_aside", args=["sheets"])
    first = lead.get(url)
    assert first.context["candidate"] == flagged and first.context["total"] == 2
    assert "A face can be seen" in first.content.decode() and "Ines" in first.content.decode()
    settled = lead.post(
        reverse("adjudicate", args=["sheets", flagged.pk]), {"label": "B", "reason": "Cut off"}, follow=True
    )
    assert settled.context["candidate"] == late
    assert "flagged since" in settled.content.decode()
    assert f"?again={flagged.pk}" in settled.content.decode()
    again = lead.get(url, {"again": flagged.pk}).content.decode()
    assert "Settled as Class B" in again
    done = lead.post(reverse("adjudicate", args=["sheets", late.pk]), {"label": "C"}, follow=True)
    assert "Nothing is set aside" in done.content.decode()
    labels = Candidate.objects.order_by("pk").values_list("label__key", flat=True)
    assert list(labels) == ["B", "C", "A"]


@pytest.mark.parametrize(
    "query", [{"picture": "x"}, {"picture": "9" * 30}, {"again": "9" * 30}, {"again": "-1"}]
)
def test_addresses_that_name_nothing(project: Project, query: dict[str, str]) -> None:
    assert visitor("lead").get(reverse("set_aside", args=["sheets"]), query).status_code == 200


def test_settling_without_a_class_or_with_a_wrong_one(project: Project) -> None:
    row, lead = make_candidate(project, state="flagged"), visitor("lead")
    url = reverse("adjudicate", args=["sheets", row.pk])
    assert lead.post(url, {}).status_code == 400
    answer = lead.post(url, {"label": "Z"}, follow=True)
    assert "Its keys are A, B, C" in answer.content.decode()
    other = make_project(key="other")
    assert lead.post(reverse("adjudicate", args=[other.key, row.pk]), {"label": "A"}).status_code == 404


def test_a_lead_sends_a_picture_back_with_a_question(project: Project, user: User) -> None:
    row = make_candidate(project)
    record_votes(user, [new_vote(row, "flag", reason="Cut off")])
    url = reverse("send_back", args=["sheets", row.pk])
    assert signed_in(user).post(url, {"question": "Is the stem cut?"}).status_code == 403
    lead = signed_in(make_user("lead"))
    assert "needs a reason" in lead.post(url, {"question": " "}, follow=True).content.decode()
    done = lead.post(url, {"question": "Is the stem cut?"}, follow=True)
    assert "is with the reviewers again" in done.content.decode()
    row.refresh_from_db()
    assert (row.state, row.round, row.comments.get().text) == ("open", 2, "Is the stem cut?")
    # The question stays with the picture, should it be set aside again.
    record_votes(user, [new_vote(row, "flag", reason="Still cut off")])
    answer = lead.get(reverse("set_aside", args=["sheets"]))
    assert "Is the stem cut?" in answer.content.decode()
    case = answer.context["case"]
    assert [vote.reason for vote in case.votes] == ["Still cut off"]
    assert [vote.reason for vote in case.earlier] == ["Cut off"]


def test_where_only_named_people_settle_others_are_told_who(project: Project, user: User) -> None:
    project.adjudicators = "named"
    project.save()
    url = reverse("set_aside", args=["sheets"])
    refused = signed_in(make_user("lead")).get(url)
    assert refused.status_code == 403 and b"The people named for it" in refused.content
    Membership.objects.create(user=user, project=project, adjudicates=True)
    assert signed_in(user).get(url).status_code == 200
