"""The page of the policy: what it counts, who changes it, and two leads at once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation.models import Membership, Project, User
from curation.selectors.review_policy import reach
from curation.services.policy import votes_needed
from tests.factories import make_candidate, make_user

pytestmark = pytest.mark.django_db
WHERE = "/projects/flora/policy/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def as_shown(client: Client) -> dict[str, Any]:
    """What a browser would send back, hidden values and all, were nothing changed."""
    page = client.get(WHERE)
    data: dict[str, Any] = {}
    for field in page.context["form"]:
        value = field.value()
        if value not in (None, False, []):
            data[field.name] = "on" if value is True else value
        for name, hidden in re.findall(r'type="hidden" name="(initial-[^"]+)" value="([^"]*)"', str(field)):
            data.setdefault(name, []).append(hidden)
    return data


def test_a_lead_changes_what_they_touched(project: Project, lead: User) -> None:
    client = signed_in(lead)
    data = as_shown(client)
    other = signed_in(make_user("lead"))
    assert other.post(WHERE, as_shown(other) | {"grid_confidence": "97.5"}).status_code == 302
    # The first one's page still shows 90 %; saving something else must not bring that back.
    answer = client.post(WHERE, data | {"votes_needed": "2"}, follow=True)
    assert "counts the votes that are in anew" in answer.content.decode()
    project.refresh_from_db()
    assert (project.votes_needed, project.grid_confidence) == (2, 0.975)
    assert project.gold_feedback and project.blind_second


def test_people_are_named_on_the_page(project: Project, lead: User) -> None:
    curator, client = make_user("curator", first_name="Cora"), signed_in(lead)
    data = as_shown(client)
    client.post(WHERE, data | {"adjudicators": "named", "named": [curator.pk]})
    assert Membership.objects.get(adjudicates=True).user == curator
    data = as_shown(client)
    assert client.post(WHERE, data).status_code == 400  # nothing changed, and it says so
    data.pop("named")
    client.post(WHERE, data)
    assert not Membership.objects.filter(adjudicates=True).exists()


def test_wrong_values_name_their_rule(project: Project, lead: User) -> None:
    client = signed_in(lead)
    page = client.post(WHERE, as_shown(client) | {"votes_needed": "6", "audit_share": "101"})
    assert page.status_code == 400
    assert "less than or equal to 5" in str(page.context["form"].errors["votes_needed"])
    assert "less than or equal to 100" in str(page.context["form"].errors["audit_share"])


def test_curators_read_it(project: Project) -> None:
    client = signed_in(make_user("curator"))
    page = client.get(WHERE).content.decode()
    assert "Save the policy" not in page and "disabled" in page
    assert "never what is decided" in page
    assert client.post(WHERE, {"votes_needed": "5"}).status_code == 403
    assert signed_in(make_user("reader")).get(reverse("policy", args=["flora"])).status_code == 403


def test_counts_agree_with_the_rules(project: Project) -> None:
    project.double_share, project.audit_share = 0.3, 0.2
    project.save()
    rows = [make_candidate(project, shuffle=n / 60 + 0.0007) for n in range(60)]
    made = reach(project)
    assert (made.open, made.begun, made.set_aside) == (60, 0, 0)
    assert made.doubled == sum(votes_needed(row) == 2 for row in rows) > 0
    assert made.audited == 12
