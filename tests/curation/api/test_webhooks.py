"""Messages to others: written with what they tell of, signed, tried again, and never sent inside."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from curation.client import BadSignature, verify
from curation.client.signatures import HEADER
from curation.errors import Refused
from curation.models import AuditEntry, Event, Job, User, Webhook, WebhookDelivery
from curation.services.freeze import freeze
from curation.services.jobs import create_job, request_cancel
from curation.services.webhooks import hooks
from curation.services.webhooks.deliver import WAITS, deliver_due
from curation.services.webhooks.events import tell
from tests.curation.api.conftest import Program
from tests.factories import decide, make_candidate, make_project

pytestmark = pytest.mark.django_db


class Receiver:
    """The other system: what it was sent, and what it answers."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.to = 204, ""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((dict(self.headers), body))
                self.send_response(outer.status)
                if outer.to:
                    self.send_header("Location", outer.to)
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://hooks.test:{self.server.server_port}/in?x=1"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def other(settings: Any) -> Iterator[Receiver]:
    receiver = Receiver()
    settings.WEBHOOK_HTTP = True
    port = receiver.server.server_port
    settings.FETCH = settings.FETCH | {"host_map": {"hooks.test": f"127.0.0.1:{port}"}}
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


def due_again() -> None:
    WebhookDelivery.objects.filter(state="waiting").update(next_at=timezone.now())


def test_a_frozen_release_is_told_signed(admin: User, other: Receiver) -> None:
    hook = hooks.add(admin, other.url, ["release.frozen"])
    project = make_project(classes=1, key="flora")
    label = project.classes.get()
    for _each in range(3):
        decide(make_candidate(project), label, admin)
    release = freeze(project, seed=1, name="flora-1")
    assert other.got == []  # nothing leaves before the commit
    assert deliver_due() == 1
    [(headers, body)] = other.got
    told = json.loads(body)
    assert told["event"] == "release.frozen" == headers["X-Vasculum-Event"]
    assert told["data"]["manifest_sha256"] == release.manifest_sha256
    assert told["id"] == headers["X-Vasculum-Delivery"]
    secret = hooks.secret_of(hook)
    assert abs(verify(secret, headers[HEADER], body) - time.time()) < 60
    with pytest.raises(BadSignature, match="not that of this body"):
        verify(secret, headers[HEADER], body + b" ")
    with pytest.raises(BadSignature, match="not that of this body"):
        verify(hooks.renew_secret(admin, hook), headers[HEADER], body)
    with pytest.raises(BadSignature, match="away from now"):
        verify(secret, headers[HEADER], body, now=time.time() + 301)
    stamp = int(headers[HEADER].partition(",")[0][2:])
    with pytest.raises(BadSignature):  # the time is signed, too
        verify(secret, headers[HEADER].replace(str(stamp), str(stamp + 1)), body)
    for nonsense in ("", "t=,v1=", "t=1", "v1=aa", "t=١,v1=aa"):
        with pytest.raises(BadSignature):
            verify(secret, nonsense, body)


def test_what_is_rolled_back_is_not_told(admin: User, other: Receiver) -> None:
    hooks.add(admin, other.url, ["job.failed"])
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell(Event.JOB_FAILED, job=1)
        1 / 0  # noqa: B018
    assert not WebhookDelivery.objects.exists()


def test_only_what_was_asked_for(admin: User, other: Receiver, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert tell(Event.MODEL_MADE, model="x") == 0
    hooks.add(admin, other.url, ["job.cancelled", "model.made"])
    off = hooks.add(admin, other.url, ["model.made"])
    hooks.change(admin, off, active=False)
    assert [tell(Event.MODEL_MADE), tell(Event.EXPORT_DONE)] == [1, 0]
    job = create_job(Job.Kind.GROUP, "grouping", params={})
    request_cancel(job, admin)
    assert WebhookDelivery.objects.filter(event="job.cancelled").count() == 1


def test_what_fails_is_tried_again_later_and_later_and_given_up(admin: User, other: Receiver) -> None:
    hook = hooks.add(admin, other.url, ["job.done"])
    other.status = 500
    tell(Event.JOB_DONE, job=1)
    waits = []
    for _try in range(len(WAITS) + 1):
        assert deliver_due() == 0
        row = WebhookDelivery.objects.get()
        waits.append((row.next_at - timezone.now()).total_seconds())
        assert deliver_due() == 0 and len(other.got) == _try + 1  # not before its time
        due_again()
    assert (row.state, row.attempts, row.status_code) == ("failed", 8, 500) and "500" in row.error
    for wait, wanted in zip(waits, WAITS, strict=False):
        assert 0.85 * wanted < wait < 1.15 * wanted
    assert len({body for _headers, body in other.got}) == 1  # the same bytes each time
    other.status = 200
    hooks.again(admin, row)
    assert deliver_due() == 1
    row.refresh_from_db()
    assert (row.state, row.status_code, row.error) == ("delivered", 200, "")
    with pytest.raises(Refused, match="given up"):
        hooks.again(admin, row)
    assert verify(hooks.secret_of(hook), other.got[-1][0][HEADER], other.got[-1][1])


def test_redirects_are_not_followed_and_gone_is_gone(admin: User, other: Receiver) -> None:
    hook = hooks.add(admin, other.url, ["job.done"])
    other.status, other.to = 302, other.url
    tell(Event.JOB_DONE, job=1)
    deliver_due()
    assert len(other.got) == 1 and "Redirects" in WebhookDelivery.objects.get().error
    other.status = 410
    due_again()
    tell(Event.JOB_DONE, job=2)
    deliver_due()
    hook.refresh_from_db()
    assert not hook.active and "410" in hook.stopped_why
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"failed"}


@pytest.mark.parametrize("url", [
    "http://hooks.example/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.8/", "https://localhost/",
    "https://169.254.169.254/latest/", "https://[::ffff:10.0.0.1]/", "ftp://hooks.example/", "https://u:p@hooks.example/",
    "https://hooks.example:22/", "not an address", "https://0x7f.1/" , "https://",
])  # fmt: skip
def test_where_nothing_may_be_sent(url: str, admin: User) -> None:
    with pytest.raises(Refused):
        hooks.add(admin, url, ["job.done"])
        # A name that stands for an inner address is found out when it is looked up.
        tell(Event.JOB_DONE, job=1)
        deliver_due()
        raise Refused(WebhookDelivery.objects.get().error)
    assert not WebhookDelivery.objects.filter(state="delivered").exists()


def test_a_name_that_leads_inside_is_not_sent_to(
    admin: User, other: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    port = other.server.server_port
    real = socket.getaddrinfo

    def inside(host: Any, *rest: Any, **more: Any) -> Any:
        return real("127.0.0.1" if host == "rebound.test" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", inside)
    hooks.add(admin, f"http://rebound.test:{port}/", ["job.done"])
    tell(Event.JOB_DONE, job=1)
    deliver_due()
    assert other.got == [] and "not a public address" in WebhookDelivery.objects.get().error
    settings.FETCH = settings.FETCH | {"allowed_networks": ("127.0.0.0/8",)}
    due_again()
    assert deliver_due() == 1


def test_one_that_another_worker_is_at_is_left_to_it(admin: User, other: Receiver) -> None:
    hooks.add(admin, other.url, ["job.done"])
    tell(Event.JOB_DONE, job=1)
    WebhookDelivery.objects.update(next_at=timezone.now() + timedelta(minutes=1), attempts=1)
    assert deliver_due() == 0 and other.got == []


def test_admins_and_nobody_else(lead: User, other: Receiver) -> None:
    with pytest.raises(Refused, match="for admins"):
        hooks.add(lead, other.url, ["job.done"])


def test_by_the_api(admin: User, other: Receiver, program: Program) -> None:
    client = program(admin)
    body = {"url": other.url, "events": ["job.done"]}
    made = client.post("/api/v1/webhooks/", body, "application/json")
    pk, secret = made.json()["id"], made.json()["secret"]
    assert made.status_code == 201 and secret == hooks.secret_of(Webhook.objects.get())
    address = f"/api/v1/webhooks/{pk}/"
    assert "secret" not in client.get(address).json() and secret not in str(
        client.get("/api/v1/webhooks/").json()
    )
    assert client.post(f"{address}ping/").status_code == 202
    assert deliver_due() == 1
    [row] = client.get(f"{address}deliveries/").json()["results"]
    assert (row["event"], row["state"]) == ("ping", "delivered")
    assert client.post(f"{address}deliveries/{row['id']}/again/").status_code == 409
    changed = client.patch(address, {"events": ["model.made"], "active": False}, "application/json").json()
    assert (changed["events"], changed["active"]) == (["model.made"], False)
    assert client.post(f"{address}secret/").json()["secret"] != secret
    assert (
        client.post(
            "/api/v1/webhooks/", {"url": "http://10.0.0.1/", "events": ["job.done"]}, "application/json"
        ).status_code
        == 409
    )
    assert client.delete(address).status_code == 204 and not Webhook.objects.exists()
    assert secret not in str(list(AuditEntry.objects.values()))


def test_the_pages(client: Client, admin: User, other: Receiver) -> None:
    client.force_login(admin)
    assert "No webhooks yet" in client.get("/webhooks/").content.decode()
    made = client.post(
        "/webhooks/", {"url": other.url, "events": ["job.done", "model.made"]}
    ).content.decode()
    hook = Webhook.objects.get()
    assert (
        hooks.secret_of(hook) in made
        and hooks.secret_of(hook) not in client.get("/webhooks/").content.decode()
    )
    assert client.post("/webhooks/", {"url": "https://10.0.0.1/", "events": ["job.done"]}).status_code == 400
    place = f"/webhooks/{hook.pk}/"
    client.post(place, {"do": "ping"})
    other.status = 410
    deliver_due()
    page = client.get(place).content.decode()
    assert "The host answered 410." in page and "Switch on" in page
    client.post(place, {"do": "on"})
    assert "Send again" in client.get(place).content.decode()
    other.status = 200
    client.post(place, {"again": str(WebhookDelivery.objects.get().pk)})
    assert deliver_due() == 1
    assert hooks.secret_of(Webhook.objects.get()) not in client.get(place).content.decode()
    renewed = client.post(place, {"do": "secret"}).content.decode()
    assert hooks.secret_of(Webhook.objects.get()) in renewed
    assert client.post(place, {"again": "x"}).status_code == 404
    client.post(place, {"do": "remove"})
    assert not Webhook.objects.exists()
