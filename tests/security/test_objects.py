"""An address names a project and something in it: in another project it is not there. And what is one
person's is nobody else's."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from curation.models import (
    ApiToken,
    Comment,
    DataIssue,
    GoldItem,
    Invitation,
    Job,
    Region,
    Scope,
    Screening,
    Tag,
    Tagging,
    User,
    Vote,
)
from curation.services import invitations
from curation.services.tokens import make_token
from tests.curation.conftest import AsRole
from tests.factories import make_candidate, make_decided, make_model, make_project, make_user
from tests.security.roles import name_of, patterns

pytestmark = pytest.mark.django_db
SHA = "0" * 64
# Where it takes more than is there, so that under its own project, too, nothing comes of it.
NEEDS_MORE = {"map_picture", "labels_import_check", "similar"}
# What is not there is what was asked for: nothing is done, and that is said.
DOES_NOTHING = {"tags_remove", "api_tag_off", "labels_import_check"}


@pytest.fixture
def lead(as_role: AsRole) -> User:
    as_role("lead")
    return User.objects.get(username="the-lead")


@pytest.fixture
def things(lead: User) -> dict[str, object]:
    """For each address with a project and something else in it, the thing, in the project `here`."""
    project = make_project(key="here")
    make_project(key="there", classes=0)
    label = project.classes.order_by("index")[0]
    row = make_decided(project, label, lead)
    issue = DataIssue.objects.create(candidate=row, kind=DataIssue.Kind.OTHER, text="x", opened_by=lead)
    gold = GoldItem.objects.create(project=project, candidate=row, label=label, created_by=lead)
    tag = Tag.objects.create(project=project, name="x", created_by=lead)
    Tagging.objects.create(tag=tag, candidate=row, by=lead)
    job = Job.objects.create(kind="screen", title="x", created_by=lead)
    screening = Screening.objects.create(
        project=project, tile_model=make_model(["a", "b"]), folder="x", facts={}, job=job
    )
    candidates = ["adjudicate", "send_back", "adjudicate_undo", "discussion", "issue_open", "map_picture"]
    screenings = [name_of(p) for p, _ in patterns() if name_of(p).startswith("screening")]
    return (
        dict.fromkeys(candidates, row.pk)
        | dict.fromkeys(screenings, screening.pk)
        | dict.fromkeys(["tags_remove", "tags_rename", "tags_delete", "api_tag", "api_tag_off"], tag.pk)
        | {
            "issue": issue.pk,
            "gold_change": gold.pk,
            "api_class_pictures": label.pk,
            "label_class": label.slug,
        }
        | {"labels_import_check": uuid.UUID(int=1), "similar": row.image.sha256}
    )


def two_parts() -> dict[str, list[str]]:
    """Addresses of a project that name something else in it, with their arguments but the project's key."""
    found = {}
    for pattern, _before in patterns():
        arguments = list(pattern.pattern.converters)
        if "key" in arguments and str(pattern.pattern).startswith(("projects/", "api/v1/projects/")):
            rest = [each for each in arguments if each not in {"key", "form", "by", "name"}]
            if rest:
                found[name_of(pattern)] = rest
    return found


def test_things_of_another_project_are_not_there(things: dict[str, object], as_role: AsRole) -> None:
    client, wrong = as_role("admin"), []
    known = two_parts()
    assert set(known) == set(things), "say in `things` what stands in this address"
    before = counts()
    for name, rest in known.items():
        values = {rest[0]: things[name]} | ({"sha256": SHA} if "sha256" in rest[1:] else {})
        elsewhere = reverse(name, kwargs=values | {"key": "there"})
        here = reverse(name, kwargs=values | {"key": "here"})
        for method in ("GET", "POST", "DELETE"):
            status = client.generic(method, elsewhere).status_code
            if status not in {404, 405} and not (name in DOES_NOTHING and status in {302, 400}):
                wrong.append(f"{method} {elsewhere}: {status}")
        more = name in NEEDS_MORE or name.startswith("screening")
        if not more and client.get(here).status_code == 404:
            wrong.append(f"{here} is not there either: the test above shows nothing")
    assert not wrong, "\n".join(wrong)
    tag = Tagging.objects.get()
    ids = {"candidates": [tag.candidate_id]}
    client.post(reverse("tags_remove", args=["there", tag.tag_id]), {"ids": tag.candidate_id})
    client.post(reverse("api_tag_off", args=["there", tag.tag_id]), ids, content_type="application/json")
    assert counts() == before


def counts() -> list[int]:
    models = (Tag, Tagging, GoldItem, DataIssue, Vote, Comment, Region)
    return [model.objects.count() for model in models]


def post(client: Client, name: str, body: object, *arguments: object) -> dict[str, object]:
    response = client.post(reverse(name, args=arguments), body, content_type="application/json")
    return dict(response.json(), status_code=response.status_code)


def test_nobody_takes_back_anothers_vote(as_role: AsRole, lead: User) -> None:
    project = make_project()
    row = make_decided(project, project.classes.order_by("index")[0], lead)
    [said] = Vote.objects.all()
    undo = {"id": str(uuid.uuid4()), "candidate": row.pk, "kind": "undo", "undoes": str(said.pk)}
    for role in ("curator", "admin"):
        answer = post(as_role(role), "api_votes", {"votes": [undo]})
        assert "saved" not in str(answer), answer
    assert Vote.objects.count() == 1


def test_nobody_votes_in_anothers_name(as_role: AsRole, lead: User) -> None:
    project = make_project()
    row = make_candidate(project)
    vote = {"id": str(uuid.uuid4()), "candidate": row.pk, "kind": "label", "label": "A", "user": lead.pk}
    post(as_role("curator"), "api_votes", {"votes": [vote]})
    assert {each.user.username for each in Vote.objects.all()} <= {"the-curator"}


def test_nobody_takes_back_anothers_token_or_sees_it(as_role: AsRole, lead: User) -> None:
    token, text = make_token(lead, "of the lead alone", [Scope.READ], 1)
    admin = as_role("admin")
    assert admin.post(reverse("tokens"), {"revoke": token.pk}).status_code == 404
    assert ApiToken.objects.get(pk=token.pk).is_usable
    for client in (admin, as_role("lead")):
        page = client.get(reverse("tokens")).content.decode()
        assert ("of the lead alone" in page) == (client is not admin)
        assert text not in page and token.digest not in page


def test_the_keys_are_ones_own(as_role: AsRole, lead: User) -> None:
    before = lead.keys, lead.hand
    as_role("curator").post(reverse("keys"), {"hand": "left", "user": lead.pk, "username": lead.username})
    lead.refresh_from_db()
    assert (lead.keys, lead.hand) == before


def test_invitations_are_taken_back_by_admins_alone_and_cannot_be_read(as_role: AsRole) -> None:
    admin = make_user("admin")
    made, token = invitations.create(admin, role="admin")
    assert as_role("lead").post(reverse("invitations"), {"revoke": made.pk}).status_code == 403
    assert Invitation.objects.get(pk=made.pk).revoked_at is None
    page = as_role("admin").get(reverse("invitations")).content.decode()
    assert token not in page and made.token_sha256 not in page


def test_nobody_makes_themselves_more_than_they_are(as_role: AsRole) -> None:
    """Forms take the fields that they show, whatever else is sent."""
    for role in ("reader", "curator", "lead"):
        client = as_role(role)
        more = {"role": "admin", "is_superuser": "1", "is_staff": "1", "hand": "left"}
        for name in ("keys", "password", "language", "tokens"):
            client.post(reverse(name), more)
        assert User.objects.get(username=f"the-{role}").role == role
        assert not User.objects.filter(is_superuser=True).exists()
