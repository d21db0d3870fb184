"""The whole way with a second factor, and by an institution, as people go it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.site import Site
from tests.browser.test_axe import WCAG, WORST
from tests.curation.sign_in.codes import code_of
from tests.factories import PASSWORD, make_user
from tests.oidc import OidcProvider

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = 60_000


def looked_at(page: Page) -> None:
    """Nothing serious that axe finds, in either theme, and nothing wider than a telephone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
        serious = [one["id"] for one in found if one["impact"] in WORST]
        assert not serious, f"{page.url} ({scheme}): {serious}"
    page.emulate_media(color_scheme="light")
    size = page.viewport_size
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url
    page.set_viewport_size(size)  # type: ignore[arg-type]


def scanned(page: Page) -> str:
    """What a camera reads from the drawn code."""
    picture = cv2.imdecode(np.frombuffer(page.locator("svg.qr").screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return cv2.QRCodeDetector().detectAndDecode(picture)[0]


def test_a_second_factor_is_set_up_and_asked_for(visit: Callable[..., Page]) -> None:
    ada = make_user("curator", username="ada")
    page = visit(ada, "/")
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("link", name="Second factor").click()
    # The session was not begun by the form.
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible(timeout=LONG)
    looked_at(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible(timeout=LONG)
    looked_at(page)
    secret = page.locator("#secret").inner_text()
    assert f"secret={secret.replace(' ', '')}&" in scanned(page)
    page.emulate_media(color_scheme="dark")  # on white ground there, too
    assert scanned(page).startswith("otpauth://totp/ada?")
    page.get_by_label("Code").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code")).to_have_attribute("aria-invalid", "true", timeout=LONG)
    looked_at(page)
    page.get_by_label("Code").fill(code_of(secret, -1))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible(timeout=LONG)
    looked_at(page)
    codes = page.locator("#codes li").all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_text().split() == codes and len(codes) == 10
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.goto("/account/second-factor/")
    looked_at(page)
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code/", timeout=LONG)
    looked_at(page)
    page.goto("/jobs/")
    assert "/sign-in/" in page.url  # the password alone opens nothing
    page.goto("/sign-in/code/")
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.type(code_of(secret))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Account of")).to_be_visible(timeout=LONG)


@pytest.fixture
def museum() -> Iterator[OidcProvider]:
    provider = OidcProvider()
    yield provider
    provider.stop()


@pytest.fixture
def linked_site(site: Site, museum: OidcProvider) -> Iterator[Site]:
    """A second server on the same data, with an institution."""
    server = Site(Path(settings.VAR_DIR), **museum.environment())
    server.start()
    yield server
    server.stop()


def test_an_institution_signs_somebody_in(
    linked_site: Site, museum: OidcProvider, chromium: Browser, visit: Callable[..., Page]
) -> None:
    make_user("curator", username="ada", email="ada@museum.example")
    museum.knows("s-1", email="ada@museum.example", email_verified=True)
    museum.knows("s-2", email="eve@museum.example", email_verified=True)
    context = chromium.new_context(base_url=linked_site.url)
    page, said = context.new_page(), []
    page.on(
        "console", lambda line: said.append(line.text) if "Content Security Policy" in line.text else None
    )
    for subject, words in (("s-2", "You are not signed in"), ("s-1", "Help")):
        page.goto("/help/")
        looked_at(page)
        page.get_by_role("button", name="Sign in with Test Museum").click()
        page.wait_for_url(f"{museum.url}/**", timeout=LONG)
        page.get_by_placeholder("sub").fill(subject)
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url(f"{linked_site.url}/**", timeout=LONG)
        expect(page.get_by_role("heading", level=1)).to_contain_text(words, timeout=LONG)
        looked_at(page)
    assert page.url == f"{linked_site.url}/help/"
    context.close()
    assert not said, said
