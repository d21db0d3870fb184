"""Guessing passwords is braked, per name and address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse

from curation.services import sign_in
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def attempt(client: Client, username: str, password: str, address: str = "192.0.2.1") -> str:
    data = {"username": username, "password": password}
    response = client.post(reverse("login"), data, REMOTE_ADDR=address)
    return "in" if response.status_code == 302 else response.content.decode()


def test_ten_wrong_passwords_are_enough(client: Client) -> None:
    make_user(username="ada")
    make_user(username="bea")
    for _ in range(sign_in.PER_NAME):
        assert "do not belong together" in attempt(client, "ada", "wrong")
    assert "Too many wrong passwords" in attempt(client, "Ada", PASSWORD)
    assert "Too many wrong passwords" in attempt(client, "ada", PASSWORD)
    # Neither another person at the same desk nor the same person elsewhere is kept out.
    assert attempt(Client(), "bea", PASSWORD) == "in"
    assert attempt(Client(), "ada", PASSWORD, "192.0.2.2") == "in"


def test_one_address_cannot_try_many_names(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "PER_ADDRESS", 3)
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
