"""Guessing passwords is braked, per account and address; an admin lets people in again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from curation.models import AuditEntry
from curation.services import sign_in
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
LIMIT = site_settings.AXES_FAILURE_LIMIT


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def attempt(client: Client, username: str, password: str, address: str = "192.0.2.1") -> str:
    data = {"username": username, "password": password}
    response = client.post(reverse("login"), data, REMOTE_ADDR=address)
    page = response.content.decode()
    if "Too many wrong passwords" in page:
        assert response.status_code == 429 and response["Retry-After"] == "300"
    return "in" if response.status_code == 302 else page


def test_ten_wrong_passwords_are_enough_until_an_admin_helps(client: Client, as_role: Any) -> None:
    ada = make_user(username="ada")
    make_user(username="bea")
    for _ in range(LIMIT - 1):
        assert "do not belong together" in attempt(client, "ada", "wrong")
    assert "Too many wrong passwords" in attempt(client, "Ada", "wrong")
    assert "Too many wrong passwords" in attempt(client, "ada", PASSWORD)
    assert "Too many wrong passwords" in attempt(client, "ADA", PASSWORD)
    # Neither another person at the same desk nor the same person elsewhere is kept out.
    assert attempt(Client(), "bea", PASSWORD) == "in"
    assert attempt(Client(), "ada", PASSWORD, "192.0.2.2") == "in"
    assert "Too many wrong passwords" in attempt(client, "ada", PASSWORD)
    admin, page = as_role("admin"), reverse("person", args=["ada"])
    assert "192.0.2.1" in admin.get(page).content.decode()
    assert admin.post(page, {"do": "unlock"}).status_code == 302
    assert attempt(client, "ada", PASSWORD) == "in"
    assert sign_in.locked_from(ada) == []
    assert "Let them try again now" not in admin.get(page).content.decode()
    assert AuditEntry.objects.get(action="person.unlock").detail == {"addresses": 1}


def test_the_right_password_forgets_the_wrong_ones(client: Client) -> None:
    make_user(username="ada")
    for _round in range(3):
        for _ in range(LIMIT - 1):
            attempt(client, "ada", "wrong")
        assert attempt(client, "ada", PASSWORD) == "in"
        client.logout()
        cache.clear()


def test_one_address_cannot_try_many_names(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sign_in.LIMITS, sign_in.Guess.PASSWORD, 3)
    make_user(username="ada")
    for number in range(3):
        attempt(client, f"nobody-{number}", "wrong")
    assert "Too many wrong passwords" in attempt(client, "ada", PASSWORD)


def test_without_redis_nobody_is_kept_out(client: Client) -> None:
    make_user(username="ada")
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    with override_settings(CACHES={"default": nowhere}):
        assert "do not belong together" in attempt(client, "ada", "wrong")
        assert attempt(client, "ada", PASSWORD) == "in"


@pytest.mark.parametrize(
    ("proxies", "said", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),  # anybody can say that
        (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),  # not by way of both
        (1, "", "192.0.2.1"),
    ],
)
def test_only_proxies_that_stand_there_are_believed(
    proxies: int, said: str, address: str, settings: Any
) -> None:
    settings.PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=said)
    assert sign_in.address_of(request) == address


@pytest.mark.parametrize(
    "password", ["short", "password123", "8412907735516", "qwertyuiop", "ada-lovelace-1815"]
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, make_user(username="ada-lovelace-1815"))
    validate_password(PASSWORD, make_user(username="bea"))
