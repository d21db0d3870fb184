"""A link makes one account, once, and only while it is good."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from curation.errors import Refused
from curation.models import Assignment, AuditEntry, Invitation, User
from curation.services import invitations as service
from curation.services import people
from tests.factories import make_project, make_user

SENTENCE = "nine herbaria under one roof"
FORM = {"username": "ines", "name": "Inês Exemplo", "password": SENTENCE}


@pytest.mark.django_db
def test_an_invited_stranger_becomes_a_curator_with_an_assignment(client: Client) -> None:
    project, admin = make_project(key="flora"), make_user("admin")
    asked = Client()
    asked.force_login(admin)
    answer = asked.post(
        reverse("invitations"), {"note": "Inês", "role": "curator", "project": "flora", "days": 7}
    )
    page = answer.content.decode()
    link = page.split('id="link">')[1].split("<")[0]
    token = link.rstrip("/").rsplit("/", 1)[1]
    assert "no-store" in answer["Cache-Control"]
    assert token not in asked.get(reverse("invitations")).content.decode()
    row = Invitation.objects.get()
    assert token not in str(row.__dict__)
    assert len(row.token_sha256) == 64

    url = reverse("invitation", args=[token])
    shown = client.get(url)
    assert (shown.status_code, shown["Referrer-Policy"]) == (200, "strict-origin")
    assert client.post(url, FORM).status_code == 302
    ines = User.objects.get(username="ines")
    assert (ines.role, str(ines), ines.check_password(SENTENCE)) == ("curator", "Inês Exemplo", True)
    assert client.get("/").wsgi_request.user == ines
    assert Assignment.objects.get().project == project
    again = Client().get(url)
    assert again.status_code == 410
    assert "has been used" in again.content.decode()
    assert SENTENCE not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"username": "the-admin"}, "already exists"),
        ({"username": "a b"}, "valid username"),
        ({"username": "new"}, "stands for a page"),
        ({"password": "short"}, "too short"),
        ({"password": "password123"}, "too common"),
        ({"username": "exemplo-ines", "password": "exemplo-ines"}, "too similar"),
        ({"name": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_the_link_stays_good(
    change: dict[str, str], words: str, client: Client
) -> None:
    admin = make_user("admin", username="the-admin")
    _, token = service.create(admin, role="curator")
    answer = client.post(reverse("invitation", args=[token]), FORM | change)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert User.objects.count() == 1
    assert client.post(reverse("invitation", args=[token]), FORM).status_code == 302


@pytest.mark.django_db
def test_links_that_ran_out_or_were_taken_back_do_nothing(client: Client) -> None:
    admin, other = make_user("admin"), make_user("admin")
    links = {}
    for name in ("run out", "taken back", "no admin any more"):
        inviter = other if name.startswith("no") else admin
        row, links[name] = service.create(inviter, role="reader")
        if name == "run out":
            Invitation.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        elif name == "taken back":
            service.revoke(admin, row)
    people.set_active(admin, other, False)
    for words, token in links.items():
        for answer in (client.get, lambda url: client.post(url, FORM)):
            shown = answer(reverse("invitation", args=[token]))
            assert shown.status_code == 410
            assert words in shown.content.decode()
    assert User.objects.count() == 2
    unknown = client.get(reverse("invitation", args=["guess"]))
    assert (unknown.status_code, "no invitation" in unknown.content.decode()) == (404, True)


@pytest.mark.django_db
def test_guessing_links_is_braked(client: Client) -> None:
    cache.clear()
    _, token = service.create(make_user("admin"), role="reader")
    seen = [client.get(reverse("invitation", args=[f"guess-{n}"])).status_code for n in range(12)]
    assert seen == [404] * 10 + [429] * 2
    assert client.get(reverse("invitation", args=[token])).status_code == 429
    cache.clear()
    assert client.get(reverse("invitation", args=[token])).status_code == 200


@pytest.mark.django_db
def test_who_may_invite_and_to_what() -> None:
    admin, lead = make_user("admin"), make_user("lead")
    with pytest.raises(Refused, match="by admins"):
        service.create(lead, role="reader")
    with pytest.raises(Refused, match="1 to 60 days"):
        service.create(admin, role="reader", days=61)
    row, token = service.create(admin, role="reader")
    user = service.accept(token, username="neo", name="Neo", password=SENTENCE)
    with pytest.raises(Refused, match="has accepted"):
        service.revoke(admin, row)
    done = AuditEntry.objects.order_by("id").values_list("action", "actor")
    assert list(done) == [("invitation.add", admin.pk), ("invitation.accept", user.pk)]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_use_a_link_at_once_one_gets_an_account() -> None:
    _, token = service.create(make_user("admin"), role="curator")
    start, told = threading.Barrier(4), []

    def accept(number: int) -> None:
        start.wait()
        try:
            service.accept(token, username=f"person-{number}", name="P", password=SENTENCE)
            told.append("in")
        except Refused as error:
            told.append(error.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert told.count("in") == 1
    assert sum("has been used" in each for each in told) == 3
    assert User.objects.filter(username__startswith="person-").count() == 1
