"""Production settings: Django's own deployment check says nothing, and secrets may come from files."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from curation import secret_files
from curation.checks import https_on
from tests.operation.conftest import manage
from tests.worker import database_address

pytestmark = pytest.mark.django_db


def test_the_deployment_check_is_clean_with_secrets_from_files(tmp_path: Path) -> None:
    key, address = tmp_path / "key", tmp_path / "address"
    key.write_text(secrets.token_urlsafe(50) + "\n")
    address.write_text(database_address())
    production = {
        "VASCULUM_HTTPS": "1",
        "VASCULUM_ALLOWED_HOSTS": "vasculum.example.org",
        "VASCULUM_SECRET_KEY_FILE": str(key),
        "DATABASE_URL_FILE": str(address),
        "PYTHONWARNINGS": "default",
    }
    words = ("check", "--deploy", "--fail-level", "WARNING")
    done = manage(*words, database="", var=tmp_path, **production)
    assert done.returncode == 0 and "no issues (0 silenced)" in done.stdout + done.stderr, done.stderr


def test_it_is_not_clean_without_tls(settings: Any) -> None:
    settings.HTTPS = False
    assert [found.id for found in https_on(None)] == ["vasculum.W001"]


def test_a_secret_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("  a secret\n")
    found = {"REDIS_URL_FILE": str(file), "REDIS_URL": ""}
    secret_files.read_into(found)
    assert found == {"REDIS_URL": "a secret"}
    secret_files.read_into(found)
    for wrong, words in (
        ({"REDIS_URL_FILE": str(file), "REDIS_URL": "redis://x"}, "both set"),
        ({"REDIS_URL_FILE": str(tmp_path / "none")}, "No such file"),
    ):
        with pytest.raises(ImproperlyConfigured, match=words):
            secret_files.read_into(wrong)
    file.write_text("\n")
    with pytest.raises(ImproperlyConfigured, match="empty"):
        secret_files.read_into({"REDIS_URL_FILE": str(file)})
