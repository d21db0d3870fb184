"""Adding people, changing what they may do, and never locking everybody out."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from curation.errors import Refused
from curation.models import AuditEntry, Role, User
from curation.services import people as service
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def signs_in(username: str, password: str) -> bool:
    data = {"username": username, "password": password}
    return Client().post(reverse("login"), data).status_code == 302


def shown_password(page: str) -> str:
    found = re.search(r'<output id="password">([^<]+)</output>', page)
    assert found, page
    return found[1]


def test_an_admin_adds_a_curator_who_signs_in_with_the_password_shown_once(as_role: Any) -> None:
    admin = as_role("admin")
    answer = admin.post(
        reverse("person_new"), {"username": "ines", "name": "Inês Exemplo", "role": "curator"}
    )
    page = answer.content.decode()
    password = shown_password(page)
    assert "no-store" in answer["Cache-Control"]
    assert password not in admin.get(reverse("person", args=["ines"])).content.decode()
    ines = User.objects.get(username="ines")
    assert (str(ines), ines.role) == ("Inês Exemplo", "curator")
    assert password not in ines.password

    browser = Client()
    signed_in = browser.post(reverse("login"), {"username": "ines", "password": password})
    assert signed_in.status_code == 302
    assert browser.get(reverse("home")).status_code == 200
    entry = AuditEntry.objects.get(action="person.add", subject="ines")
    assert entry.actor is not None
    assert (entry.actor.username, entry.detail) == ("the-admin", {"role": "curator"})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"username": "the-reader", "role": "reader"}, "already exists"),
        ({"username": "two words", "role": "reader"}, "valid username"),
        ({"username": "new", "role": "reader"}, "stands for a page"),
        ({"username": "", "role": "reader"}, "required"),
        ({"username": "neo", "role": "emperor"}, "emperor is not one of the available choices"),
    ],
)
def test_a_refused_person_is_explained_beside_the_field(
    fields: dict[str, str], words: str, as_role: Any
) -> None:
    answer = as_role("admin").post(reverse("person_new"), fields)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert User.objects.count() == 4


def test_roles_passwords_and_access_change_with_an_audit_row_each(
    as_role: Any, people: dict[str, User]
) -> None:
    admin, url = as_role("admin"), reverse("person", args=["the-curator"])
    curator = as_role("curator")
    assert curator.get(reverse("home")).status_code == 200

    admin.post(url, {"do": "role", "role": "lead"})
    assert User.objects.get(username="the-curator").role == "lead"

    password = shown_password(admin.post(url, {"do": "password"}).content.decode())
    assert curator.get(reverse("home")).status_code == 302  # the old session has ended
    assert signs_in("the-curator", password)
    assert not signs_in("the-curator", PASSWORD)

    lead = as_role("lead")
    admin.post(reverse("person", args=["the-lead"]), {"do": "deactivate"})
    assert lead.get(reverse("home")).status_code == 302
    admin.post(reverse("person", args=["the-lead"]), {"do": "activate"})
    assert as_role("lead").get(reverse("home")).status_code == 200

    done = AuditEntry.objects.order_by("id").values_list("action", "subject")
    assert list(done) == [
        ("person.role", "the-curator"),
        ("person.password", "the-curator"),
        ("person.deactivate", "the-lead"),
        ("person.activate", "the-lead"),
    ]


def test_what_can_not_be_done_is_said_and_changes_nothing(as_role: Any) -> None:
    url = reverse("person", args=["the-reader"])
    for asked in [{"do": "role", "role": "emperor"}, {"do": "explode"}, {}]:
        page = as_role("admin").post(url, asked, follow=True).content.decode()
        assert "notice error" in page
    assert User.objects.get(username="the-reader").role == "reader"
    assert not AuditEntry.objects.exists()


def test_the_last_admin_stays(as_role: Any, people: dict[str, User]) -> None:
    admin, url = as_role("admin"), reverse("person", args=["the-admin"])
    make_user("admin", username="gone", is_active=False)  # an admin who may not sign in does not count
    for asked in [{"do": "role", "role": "lead"}, {"do": "deactivate"}]:
        page = admin.post(url, asked, follow=True).content.decode()
        assert "the-admin is the last admin who may sign in" in page
    me = User.objects.get(username="the-admin")
    assert (me.role, me.is_active) == ("admin", True)
    # With another one it may be done.
    service.change_role(me, people["lead"], Role.ADMIN)
    service.change_role(me, me, Role.READER)
    assert not User.objects.get(username="the-admin").has_role(Role.CURATOR)


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_demote_each_other_at_once_do_not_both_succeed() -> None:
    first, second = make_user("admin", username="a1"), make_user("admin", username="a2")
    together = threading.Barrier(2)
    refused: list[str] = []

    def demote(actor: User, other: User) -> None:
        try:
            together.wait(10)
            service.change_role(actor, other, Role.READER)
        except Refused as error:
            refused.append(error.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=pair) for pair in [(first, second), (second, first)]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert User.objects.filter(role=Role.ADMIN, is_active=True).count() == 1
    assert len(refused) == 1


def test_a_region_of_a_page_whose_session_ended_sends_the_whole_page_to_sign_in(as_role: Any) -> None:
    asked = {"HX-Request": "true", "HX-Current-URL": "http://testserver/batches/7/?kind=refused"}
    answer = as_role("").get("/batches/7/", headers=asked, follow=True)
    assert answer.redirect_chain
    assert answer["HX-Redirect"] == "/sign-in/?next=%2Fbatches%2F7%2F%3Fkind%3Drefused"


def test_changing_ones_own_password(as_role: Any) -> None:
    client = as_role("reader")
    new = "herbarium in the rain"
    url = reverse("password")
    bad = client.post(url, {"old_password": "wrong", "new_password1": new, "new_password2": new})
    assert bad.status_code == 200
    assert "entered incorrectly" in bad.content.decode()
    good = client.post(url, {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert good.status_code == 302
    assert client.get(reverse("home")).status_code == 200  # this session goes on
    assert signs_in("the-reader", new)


def test_signing_in_and_out(people: dict[str, User]) -> None:
    client = Client()
    wrong = client.post(reverse("login"), {"username": "the-lead", "password": "no"})
    assert "do not belong together" in wrong.content.decode()
    home = reverse("home")
    right = client.post(
        reverse("login"), {"username": "the-lead", "password": PASSWORD, "next": "https://elsewhere.example/"}
    )
    assert right["Location"] == home  # never to another site
    assert client.get(reverse("logout")).status_code == 405
    assert client.get(home).status_code == 200
    assert client.post(reverse("logout")).status_code == 302
    assert client.get(home).status_code == 302
