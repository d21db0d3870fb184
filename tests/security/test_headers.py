"""What every answer says to browsers, behind a proxy with TLS: asked of the server itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.test import override_settings

from curation.middleware import POLICY
from tests.browser.site import Site
from tests.factories import PASSWORD, make_user
from tests.worker import REPOSITORY, database_address

pytestmark = pytest.mark.django_db(transaction=True)
TLS = {"X-Forwarded-Proto": "https", "Host": "localhost"}


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("https"), VASCULUM_HTTPS="1", VASCULUM_DEBUG="1")
    site.start()
    yield site
    site.stop()


def test_every_answer_over_tls_has_the_headers(server: Site) -> None:
    with httpx.Client(base_url=server.url, headers=TLS) as client:
        for address in ("/sign-in/", "/", "/nowhere/", "/api/v1/none/", "/healthz"):
            headers = client.get(address).headers
            assert headers["Content-Security-Policy"] == POLICY, address
            assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
            assert headers["X-Frame-Options"] == "DENY"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "same-origin"
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "camera=()" in headers["Permissions-Policy"]
            assert "Server" not in headers or "/" not in headers["Server"]  # no version


def test_cookies_are_for_tls_and_for_this_site_alone(server: Site) -> None:
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"]):
        user = make_user("reader")  # with the hash that the server knows
    with httpx.Client(base_url=server.url, headers=TLS) as client:
        page = client.get("/sign-in/")
        token = page.cookies["vasculum_csrf"]
        data = {"username": user.username, "password": PASSWORD, "csrfmiddlewaretoken": token}
        sent = {"Referer": "https://localhost/sign-in/", "Cookie": f"vasculum_csrf={token}"}
        answer = client.post("/sign-in/", data=data, headers=sent)
    assert answer.status_code == 302
    cookies = {line.split("=")[0]: line for line in answer.headers.get_list("set-cookie")}
    assert set(cookies) == {"vasculum_session", "vasculum_csrf"}
    for line in cookies.values():
        assert "; Secure" in line and "; SameSite=Lax" in line and "Domain" not in line
    # The page's scripts read the other one, to send it back as a header.
    assert "; HttpOnly" in cookies["vasculum_session"]


def test_plain_http_is_sent_on_to_tls_but_for_the_health_check(server: Site) -> None:
    plain = httpx.get(f"{server.url}/sign-in/", headers={"Host": "localhost"})
    assert (plain.status_code, plain.headers["Location"]) == (301, "https://localhost/sign-in/")
    assert httpx.get(f"{server.url}/healthz").status_code in {200, 503}


def test_the_checks_for_deployment_find_nothing() -> None:
    environment = os.environ | {"VASCULUM_HTTPS": "1", "DATABASE_URL": database_address()}
    environment |= {"VASCULUM_VAR": str(Path(settings.VAR_DIR))}
    words = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(words, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
