"""A real Chromium on the real web server. Mark the tests `browser` and `django_db(transaction=True)`.

site        the server: site.url, site.stop(), site.start()
chromium    the browser, one for all tests here
visit       visit(user, path, ...) -> Page, signed in; every visitor has a browser context of their own.
            A script error on any page fails the test at its end.
picture_of  picture_of(number) -> Image with real files in every rendition
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from curation.models import Image, User
from tests.browser.pictures import Pictures
from tests.browser.site import Site
from tests.factories import PASSWORD

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CLAIM_SECONDS = 8  # short, so that heartbeats happen within a test
WAIT = 60_000  # milliseconds: a slow machine is no error
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


# Server and browser end with the tests of this folder: Playwright keeps an event loop in this thread, which
# later tests that fork must not inherit.
@pytest.fixture(scope="package")
def site(django_db_setup: None) -> Iterator[Site]:
    """The server of all browser tests; it ends before the test database is dropped."""
    call_command("collectstatic", interactive=False, verbosity=0)
    server = Site(Path(settings.VAR_DIR), VASCULUM_CLAIM_SECONDS=str(CLAIM_SECONDS))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("VASCULUM_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).exists():
        if os.environ.get("CI"):
            pytest.fail(f"no browser at {path}; set VASCULUM_CHROMIUM")
        pytest.skip(f"no browser at {path}; set VASCULUM_CHROMIUM")
    # Playwright runs an event loop in this thread; Django then takes every query for one from a coroutine.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        expect.set_options(timeout=WAIT)
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(autouse=True)
def no_brake() -> None:
    """Wrong passwords of other tests, which come from this address too, keep nobody out here."""
    cache.clear()


@pytest.fixture(scope="session")
def pictures() -> Pictures:
    return Pictures()


@pytest.fixture
def picture_of(pictures: Pictures) -> Callable[[int], Image]:
    return pictures.row


def sign_in(page: Page, user: User, password: str = PASSWORD) -> None:
    """Through the form, as a person does."""
    page.locator('input[name="username"]').fill(user.username)
    page.locator('input[name="password"]').fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/sign-in/" not in address)


def with_session(context: BrowserContext, user: User, url: str) -> None:
    """Signed in by a session made here; the form, with its slow hash, is tried where it is the subject."""
    client, name = Client(), settings.SESSION_COOKIE_NAME
    client.force_login(user)
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])


def until_quiet() -> None:
    """Until the server has done what pages asked of it while they were closed.

    Emptying the tables after the test would otherwise meet it in a deadlock. Quiet is what was seen to be
    so for a quarter of a second, for such a request may still be on its way.
    """
    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
    quiet, deadline = 0, time.monotonic() + 10
    while quiet < 5 and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(f"{busy} AND pid <> pg_backend_pid()")
            quiet = quiet + 1 if cursor.fetchone()[0] == 0 else 0
        time.sleep(0.05)


@pytest.fixture
def visit(site: Site, chromium: Browser, transactional_db: None) -> Iterator[Callable[..., Page]]:
    contexts: list[Any] = []
    errors: list[str] = []

    def open_page(user: User | None, path: str = "/", **options: Any) -> Page:
        context = chromium.new_context(base_url=site.url, **({"viewport": DESK} | options))
        context.set_default_timeout(WAIT)
        contexts.append(context)
        page = context.new_page()
        # What a page's scripts get wrong; the network's own complaints while it is cut off are not of them.
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda line: (
                errors.append(f"{page.url}: {line.text}")
                if line.type == "error" and "Failed to load resource" not in line.text
                else None
            ),
        )
        if user is not None:
            with_session(context, user, site.url)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    until_quiet()
    assert not errors, "script errors:\n" + "\n".join(errors)
