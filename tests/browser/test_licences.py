"""Settling licence texts by keyboard alone, and the pages about licences with axe's eyes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from curation.models import LicenceText, MediaRecord, User
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_pages import RULES
from tests.curation.pages.test_licences import make_records, make_text
from tests.factories import make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture
def admin(transactional_db: None) -> User:
    return make_user("admin", username="ada", first_name="Ada Admin")


@pytest.fixture
def texts(admin: User) -> list[LicenceText]:
    """Three texts under review, the one of most records first, and one that is clear."""
    project = make_project(key="flora")
    made = [make_text("CC BY-NC 3.52"), make_text("Public domain"), make_text("no rights reserved")]
    for text, n in zip(made, (5, 3, 1), strict=True):
        make_records(text, n, project, record_licence="CC0 1.0", scientific_name="Poa annua L.")
    make_records(make_text("CC BY-NC-SA 4.0"), 2, project, state="refused", rule="licence-refused")
    return made


def test_enter_settles_a_text_and_the_next_has_the_focus(
    admin: User, texts: list[LicenceText], visit: Visit
) -> None:
    page = visit(admin, "/licences/")
    current = page.locator("li:has(:focus) blockquote")
    expect(current).to_have_text("CC BY-NC 3.52")
    page.keyboard.type("cc by-nc 3.0")
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text("5 records will be fetched")
    expect(current).to_have_text("Public domain")
    page.keyboard.type("whatever")
    page.keyboard.press("Enter")
    expect(page.locator('[role="alert"]')).to_contain_text("no licence that is known here")
    expect(current).to_have_text("Public domain")
    page.keyboard.press("Control+A")
    page.keyboard.type("none")
    page.keyboard.press("Enter")
    expect(current).to_have_text("no rights reserved")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the button for no free licence
    expect(page.locator(".empty")).to_contain_text("Every text is settled")
    page.get_by_role("button", name="Undo the decision about Public domain").press("Enter")
    expect(page.locator(".messages")).to_contain_text("is taken back: 3 records still wait")
    rules = MediaRecord.objects.values_list("licence_text__verbatim", "state").distinct()
    assert set(rules) == {
        ("CC BY-NC 3.52", "waiting"),
        ("Public domain", "held"),
        ("no rights reserved", "refused"),
        ("CC BY-NC-SA 4.0", "refused"),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_are_in_order(
    admin: User, texts: list[LicenceText], visit: Visit, size: dict[str, int], scheme: str
) -> None:
    page = visit(admin, "/licences/", viewport=size, color_scheme=scheme)
    for path in ["/licences/", f"/licences/{texts[0].pk}/", "/licences/policy/flora/"]:
        page.goto(path)
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
