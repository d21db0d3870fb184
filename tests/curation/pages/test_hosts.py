"""The page of hosts: what waits at each, and how politely it is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from curation.models import AuditEntry, Batch, Host, LicenceText, MediaRecord
from curation.selectors.hosts import expected
from curation.services.imports.write import address_hash, host_of
from curation.services.licences import texts_for
from tests.factories import make_source

pytestmark = pytest.mark.django_db
HOSTS = "/hosts/"


@pytest.fixture
def admin(as_role: Any) -> Client:
    return as_role("admin")


@pytest.fixture
def batch() -> Batch:
    return Batch.objects.create(kind="list", state="running", origin="a list")


@pytest.fixture
def text() -> LicenceText:
    return texts_for(["CC0"])["CC0"]


def record(batch: Batch, text: LicenceText, address: str, state: str = "waiting", **fields: Any) -> None:
    MediaRecord.objects.create(
        batch=batch,
        file="list.tsv",
        row=2,
        access_uri=address,
        access_hash=address_hash(address),
        host=host_of(address),
        licence_text=text,
        source=make_source("GH"),
        state=state,
        **fields,
    )


def test_hosts_stand_with_their_numbers(admin: Client, batch: Batch, text: LicenceText) -> None:
    for n in range(4):
        record(batch, text, f"https://one.example/{n}.jpg")
    record(batch, text, "https://one.example/f.jpg", "failed", rule="http-404", attempts=1)
    record(batch, text, "https://two.example/a.jpg", "expanded", attempts=1)
    until = timezone.now() + timedelta(minutes=5)
    Host.objects.create(name="two.example", failures=5, paused_until=until, wait_seconds=0.5)
    Host.objects.create(name="quiet.example")
    html = admin.get(HOSTS).content.decode()
    for words in ["3 hosts, 1 of them left alone", "about 12 s", "Left alone until", "quiet.example"]:
        assert words in html, words
    assert "two.example is asked more often than once a second" in html
    assert html.index("one.example") < html.index("quiet.example")  # what waits first


def test_a_wait_is_set_kept_to_and_taken_back(admin: Client, batch: Batch, text: LicenceText) -> None:
    record(batch, text, "https://one.example/1.jpg")
    fields = {"host": "one.example", "do": "save", "wait_seconds": "7.5", "connections": "2"}
    html = admin.post(HOSTS, fields, follow=True).content.decode()
    assert "one.example: 7.5 s from one request to the next, 2 at the same time." in html
    host = Host.objects.get()
    assert (host.wait_seconds, host.connections) == (7.5, 2)
    entry = AuditEntry.objects.get(action="host.polite")
    assert entry.detail["after"] == {"wait_seconds": 7.5, "connections": 2}
    assert expected(batch).seconds == 7.5
    assert "treated as usual again" in (
        admin.post(HOSTS, {"host": "one.example", "do": "default"}, follow=True).content.decode()
    )
    host.refresh_from_db()
    assert (host.wait_seconds, host.connections) == (None, None)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"wait_seconds": "-1"}, "greater than or equal to 0"),
        ({"wait_seconds": "3601"}, "less than or equal to 3600"),
        ({"wait_seconds": "nan"}, "Enter a number"),
        ({"wait_seconds": "inf"}, "Enter a number"),
        ({"wait_seconds": "soon"}, "Enter a number"),
        ({"connections": "0"}, "greater than or equal to 1"),
        ({"connections": "9"}, "less than or equal to 8"),
        ({"connections": "1.5"}, "Enter a whole number"),
    ],
)
def test_numbers_out_of_bounds_are_refused_beside_their_host(
    fields: dict[str, str], words: str, admin: Client, batch: Batch, text: LicenceText
) -> None:
    record(batch, text, "https://one.example/1.jpg")
    answer = admin.post(HOSTS, {"host": "one.example", "do": "save"} | fields)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Host.objects.exists()


def test_a_paused_host_is_asked_again(admin: Client) -> None:
    Host.objects.create(name="p.example", failures=5, paused_until=timezone.now() + timedelta(hours=1))
    html = admin.post(HOSTS, {"host": "p.example", "do": "unpause"}, follow=True).content.decode()
    assert "p.example may be asked again" in html
    host = Host.objects.get()
    assert (host.failures, host.paused_until) == (0, None)
    again = admin.post(HOSTS, {"host": "p.example", "do": "unpause"}, follow=True).content.decode()
    assert "p.example is not paused" in again


@pytest.mark.parametrize("name", ["", "nowhere.example", "a\0b", "x" * 5000])
def test_a_host_that_nobody_named_is_not_found(name: str, admin: Client) -> None:
    admin.raise_request_exception = False
    assert admin.post(HOSTS, {"host": name, "do": "save", "wait_seconds": "1"}).status_code == 404
    assert not Host.objects.exists()


def test_the_page_costs_the_same_when_hosts_double(admin: Client, batch: Batch, text: LicenceText) -> None:
    def more(first: int) -> None:
        for n in range(first, first + 3):
            record(batch, text, f"https://h{n}.example/1.jpg")
            Host.objects.create(name=f"h{n}.example")

    def cost() -> int:
        admin.get(HOSTS)
        with CaptureQueriesContext(connection) as found:
            admin.get(HOSTS)
        return len(found)

    more(0)
    before = cost()
    more(10)
    assert cost() == before


def test_without_a_contact_the_page_says_that_nothing_is_fetched(admin: Client, settings: Any) -> None:
    settings.FETCH = settings.FETCH | {"contact": " "}
    assert "VASCULUM_FETCH_CONTACT" in admin.get(HOSTS).content.decode()
    settings.FETCH = settings.FETCH | {"contact": "tests@example.org"}
    assert "VASCULUM_FETCH_CONTACT" not in admin.get(HOSTS).content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 5000])
def test_any_page_number_shows_a_page(page: str, admin: Client) -> None:
    assert admin.get(f"{reverse('hosts')}?page={page}").status_code == 200
