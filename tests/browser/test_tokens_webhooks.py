"""A token from its making to its end, and a message from its first try to the second, as people see them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.db import connections
from playwright.sync_api import Page, expect

from curation.models import User, Webhook
from curation.services.webhooks.deliver import deliver_due
from tests.browser.conftest import PHONE
from tests.browser.site import Site
from tests.curation.api.test_webhooks import Receiver, due_again, other  # noqa: F401
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture
def admin(transactional_db: None) -> User:
    return make_user("admin", username="ada")


def delivered() -> int:
    """In a thread of its own: sending begins an event loop, and Playwright has one in this one."""

    def work() -> int:
        try:
            return deliver_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(60)


def test_a_token_is_made_used_seen_and_taken_back(visit: Visit, admin: User, site: Site) -> None:
    page = visit(admin, "/account/tokens/")
    page.get_by_label("Name").focus()
    page.keyboard.type("laptop")
    page.keyboard.press("Enter")  # `read` is chosen already
    text = page.locator("#token").inner_text()
    row = page.get_by_role("row", name="laptop")
    expect(row).to_contain_text("never")

    def asked() -> httpx.Response:
        return httpx.get(f"{site.url}/api/v1/", headers={"Authorization": f"Bearer {text}"}, timeout=60)

    answer = asked()
    assert (answer.status_code, answer.json()["user"], answer.json()["scopes"]) == (200, "ada", ["read"])
    page.goto(f"{site.url}/account/tokens/")
    expect(page.locator("#token")).to_have_count(0)
    expect(row).to_contain_text("just now")
    expect(row).not_to_contain_text("never")
    row.locator("summary").press("Enter")
    row.get_by_role("button", name="Take it back").press("Enter")
    expect(row).to_contain_text("taken back")
    assert asked().status_code == 401


def test_a_message_and_its_second_try_appear_by_themselves(
    visit: Visit,
    admin: User,
    site: Site,
    other: Receiver,  # noqa: F811
) -> None:
    page = visit(admin, "/webhooks/", viewport=PHONE)
    page.get_by_label("Address").fill("https://hooks.test/in")
    page.get_by_label("A job is done").check()
    page.get_by_role("button", name="Add it").press("Enter")
    expect(page.locator("#secret")).to_contain_text("whk_")
    Webhook.objects.update(url=other.url)  # the other side here speaks no TLS, which the page insists on
    page.get_by_role("link", name="hooks.test").press("Enter")
    other.status = 500
    page.get_by_role("button", name="Send a test").press("Enter")
    row = page.locator("#messages tbody tr")
    expect(row).to_contain_text("Waiting")
    page.locator("#messages summary").click()  # its text stays open while the list renews itself
    assert delivered() == 0
    expect(row).to_contain_text("next try at")
    expect(row).to_contain_text("500")
    expect(page.locator("#messages pre")).to_be_visible()
    other.status = 204
    due_again()
    assert delivered() == 1
    expect(row).to_contain_text("Delivered")
    assert [headers["X-Vasculum-Attempt"] for headers, _body in other.got] == ["1", "2"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_programs_can_do_is_found_from_the_tokens(visit: Visit, admin: User, site: Site) -> None:
    page = visit(admin, "/account/tokens/")
    page.get_by_role("link", name="What programs can do").press("Enter")
    page.get_by_role("link", name="Freeze a release").press("Enter")
    operation = page.locator("#projects_freeze_create")
    expect(operation).to_be_in_viewport()
    expect(operation).to_contain_text("Role: admin or above")
    expect(operation.locator("pre")).to_contain_text(f'-d \'{{"seed": 1}}\' \\\n  "{site.url}/api/v1/')
    expect(operation).to_contain_text("Idempotency-Key")
