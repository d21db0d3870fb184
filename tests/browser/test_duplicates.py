"""The page of duplicates in a browser: by keyboard, enlarged and flipped, without scripts, on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from curation.imaging.hashing import to_signed
from curation.models import Image, User
from curation.services.dedupe import group_images
from tests.browser.conftest import PHONE
from tests.browser.review_steps import until
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def lead(transactional_db: None) -> User:
    return make_user("lead", first_name="Lea Lead")


@pytest.fixture
def seven(transactional_db: None, picture_of: Callable[[int], Image]) -> list[Image]:
    """Three groups: of three, of two, of two."""
    rows = [picture_of(number) for number in range(7)]
    for image, dhash in zip(rows, (0, 0b111, 0b11, ~0 << 32, ~0 << 33, ~0 << 50, ~0 << 51), strict=True):
        Image.objects.filter(pk=image.pk).update(dhash=to_signed(dhash & (2**64 - 1)))
    group_images(rows)
    assert Image.objects.order_by().values("group").distinct().count() == 3
    return rows


def settled() -> int:
    return Image.objects.filter(group_settled=True).count()


def test_groups_are_ruled_on_by_keyboard(visit: Visit, lead: User, seven: list[Image]) -> None:
    page = visit(lead, "/duplicates/")
    expect(page.locator(".dup")).to_have_count(3)
    expect(page.locator(".dup").first).to_contain_text("3 pictures")
    expect(page.locator(".dup.now")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").or_(page.locator(".messages"))).to_contain_text("settled as it is")
    assert settled() == 3
    # The next group is in hand: the kept one went to the end.
    expect(page.locator(".dup").first).to_have_class("dup now")
    page.keyboard.press("j")
    expect(page.locator(".dup").nth(1)).to_have_class("dup now")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("r")
    expect(page.locator(".messages")).to_contain_text("stands for the group")
    assert Image.objects.filter(representative=True).count() == 1
    page.keyboard.press("u")
    expect(page.locator(".messages")).to_contain_text("taken back")
    assert not Image.objects.filter(representative=True).exists()
    page.keyboard.press("k")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    expect(page.locator(".messages")).to_contain_text("group of their own")
    assert Image.objects.order_by().values("group").distinct().count() == 4
    # And two groups together.
    page.keyboard.press("m")
    page.keyboard.press("j")
    page.keyboard.press("m")
    page.get_by_role("button", name="Join the ticked groups").click()
    expect(page.locator(".messages")).to_contain_text("one now")
    assert Image.objects.order_by().values("group").distinct().count() == 3


def test_two_pictures_flip_in_one_place(visit: Visit, lead: User, seven: list[Image]) -> None:
    page = visit(lead, "/duplicates/")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    one, other = page.locator("[data-one]"), page.locator("[data-other]")
    expect(one).to_be_visible()
    expect(other).to_be_hidden()
    expect(page.locator("dialog [data-words]")).to_contain_text("bits from the first")
    before = one.bounding_box()
    page.keyboard.press("Space")
    expect(other).to_be_visible()
    expect(one).to_be_hidden()
    assert other.bounding_box() == before
    assert one.get_attribute("src") != other.get_attribute("src")
    until(page, "document.querySelector('[data-other]').naturalWidth > 0")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert settled() == 0


def test_it_works_without_scripts(visit: Visit, lead: User, seven: list[Image]) -> None:
    page = visit(lead, "/duplicates/", java_script_enabled=False)
    first = page.locator(".dup").first
    first.locator("[data-picture]").nth(1).locator("img").click()
    first.get_by_role("button", name="Split off selected").click()
    expect(page.locator(".messages")).to_contain_text("group of their own")
    page.get_by_role("button", name="Undo my last ruling").click()
    assert settled() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_fit_a_phone(
    scheme: str, visit: Visit, lead: User, seven: list[Image]
) -> None:
    problems = []
    page = visit(lead, "/", color_scheme=scheme, viewport=PHONE)
    group = Image.objects.get(pk=seven[0].pk).group
    for place in ("/duplicates/", "/duplicates/?settled=settled", f"/duplicates/{group}/"):
        page.goto(place)
        for found in Axe().run(page, options=RULES).response["violations"]:
            problems += [f"{place}: {found['id']}: {node['html'][:200]}" for node in found["nodes"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problems.append(f"{place}: wider than the screen")
    assert not problems, "\n".join(problems)
