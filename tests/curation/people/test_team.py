"""Assignments, what is open of them, own work; and what happens to claims when somebody leaves."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from curation.errors import Refused
from curation.models import Assignment, AuditEntry, Candidate, Claim, Comment, Membership, Project, User
from curation.selectors import team as rows
from curation.services import assignments as service
from curation.services import people
from tests.factories import (
    decide,
    make_candidate,
    make_claim,
    make_image,
    make_model,
    make_prediction,
    make_project,
    make_source,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    """Open: two A of S1, one A of S2, one B of S2."""
    project = make_project(key="flora", title="Flora", votes_needed=1)
    model = make_model(["A", "B", "C"])
    for source, best in (("S1", 0), ("S1", 0), ("S2", 0), ("S2", 1)):
        candidate = make_candidate(project, make_image(source=source))
        make_prediction(candidate, model, [0.8 if index == best else 0.1 for index in range(3)])
    return project


def of(user: User, project: Project) -> rows.Reviewer:
    return next(each for each in rows.team(project) if each.user == user)


def test_open_pictures_are_those_that_any_assignment_asks_for(project: Project) -> None:
    lead, ana, ben = make_user("lead"), make_user(), make_user()
    a = project.classes.get(key="A")
    service.assign(lead, ana, project, label=a)
    service.assign(lead, ana, project, source=make_source("S2"))
    team = of(ana, project)
    assert [each.open for each in team.assigned] == [3, 2]
    assert team.open == 4  # the A of S2 counts once
    assert of(ben, project).open == 4
    assert [each.open for each in rows.assigned_to(ana)] == [3, 2]
    both = service.assign(lead, ben, project, label=a, source=make_source("S2"))
    assert of(ben, project).open == 1
    service.unassign(lead, both)
    assert not Assignment.objects.filter(user=ben).exists()
    actions = AuditEntry.objects.filter(project=project).order_by("id").values_list("action", flat=True)
    assert list(actions) == ["assignment.add"] * 3 + ["assignment.remove"]


def test_what_can_not_be_assigned_is_refused(project: Project) -> None:
    lead, ana = make_user("lead"), make_user()
    service.assign(lead, ana, project)
    with pytest.raises(Refused, match="already: all of Flora"):
        service.assign(lead, ana, project)
    with pytest.raises(Refused, match="none of the project"):
        service.assign(lead, ana, project, label=make_project().classes.first())
    with pytest.raises(Refused, match="needs the role Curator"):
        service.assign(lead, make_user("reader"), project)
    with pytest.raises(Refused, match="lead curators"):
        service.assign(ana, ana, project)
    assert Assignment.objects.count() == 1


def test_votes_pace_and_agreement(
    project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ana, ben = make_user(), make_user()
    a, b, _ = project.classes.order_by("index")
    first, second, third, _ = project.candidates.order_by("id")
    decide(first, a, ana)
    decide(second, b, ana)
    Candidate.objects.filter(pk=first.pk).update(votes=2)
    Candidate.objects.filter(pk=second.pk).update(votes=2)

    def vote(candidate: Candidate, **fields: Any) -> Any:
        return candidate.vote_rows.create(
            id=uuid.uuid4(), user=ben, **({"kind": "label", "label": a} | fields)
        )

    vote(first, milliseconds=1000)
    vote(second, milliseconds=3000)
    vote(third, milliseconds=90_000, via="grid")
    gone = vote(third)
    vote(third, kind="undo", label=None, undoes=gone)
    make_claim(ben, third)
    with django_assert_num_queries(5):
        team = rows.team(project)
    each = next(each for each in team if each.user == ben)
    assert (each.today, each.week, each.month, each.seconds) == (3, 3, 3, 2.0)
    assert (each.agree, each.compared, each.held) == (1, 2, 1)
    days = rows.days_of(ben)
    assert (len(days), days[-1].votes, days[-1].share, days[0].votes) == (30, 3, 1.0, 0)
    assert rows.pace_of(ben) == 2.0


def test_leads_see_everybody_and_curators_themselves(project: Project, client: Client) -> None:
    ana, ben, lead = make_user(username="ana"), make_user(username="ben"), make_user("lead", username="lea")
    candidate = project.candidates.earliest("id")
    Comment.objects.create(candidate=candidate, author=ana, kind="question", text="Is this bark?")
    Comment.objects.create(candidate=candidate, author=ben, kind="comment", text="It is.")
    client.force_login(ben)
    url = reverse("work")
    assert client.get(f"{url}?person=ana").status_code == 403
    assert "Is this bark?" not in client.get(url).content.decode()
    client.force_login(lead)
    page = client.get(f"{url}?person=ana").content.decode()
    assert "Is this bark?" in page
    assert "1 answer" in page
    assert client.post(f"{url}?person=ana", {"project": "flora", "order": "newest"}).status_code == 403
    client.post(url, {"project": "flora", "order": "newest"})
    assert Membership.objects.get().order == "newest"
    client.post(url, {"project": "flora", "order": "sideways"})
    assert Membership.objects.get(user=lead).order == "newest"


def test_the_team_page_assigns_and_takes_back(project: Project, client: Client) -> None:
    ana = make_user(username="ana")
    client.force_login(make_user("lead"))
    url = reverse("team", args=["flora"])
    assert client.post(url, {"user": "ana", "label": "class-a", "source": "S2"}).status_code == 302
    row = Assignment.objects.get(user=ana)
    assert "Class A from S2" in client.get(url).content.decode()
    assert client.post(url, {"user": "nobody"}).status_code == 400
    other = Assignment.objects.create(user=ana, project=make_project(), created_by=ana)
    for wrong in ("x", "9" * 30, other.pk):
        client.post(url, {"remove": wrong})
    client.post(url, {"remove": row.pk})
    assert list(Assignment.objects.all()) == [other]


def test_who_leaves_hands_pictures_back_and_is_signed_out_for_good(project: Project, client: Client) -> None:
    admin, ana, ben = make_user("admin"), make_user(), make_user()
    one, two, *_ = project.candidates.order_by("id")
    make_claim(ana, one)
    make_claim(ben, two)
    client.force_login(ana)
    people.set_active(admin, ana, False)
    assert [claim.user for claim in Claim.objects.all()] == [ben]
    assert not Session.objects.exists()
    people.set_active(admin, ana, True)
    assert client.get("/").status_code == 302  # the old session does not come alive again
    detail = AuditEntry.objects.get(action="person.deactivate").detail
    assert detail == {"claims": 1, "sessions": 1}


def test_who_reviews_no_more_hands_pictures_back(project: Project) -> None:
    admin, ana = make_user("admin"), make_user()
    make_claim(ana, project.candidates.earliest("id"))
    people.change_role(admin, ana, "lead")
    assert Claim.objects.count() == 1
    people.change_role(admin, ana, "reader")
    assert not Claim.objects.exists()
