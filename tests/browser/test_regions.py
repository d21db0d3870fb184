"""Regions on a sheet: by mouse and by keys, kept without a network, taken back, and no vote by mistake."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from curation.models import Candidate, Image, Region, User, Vote
from tests.browser.conftest import PHONE
from tests.browser.review_steps import saved, shown, suggested
from tests.factories import make_project, make_user
from tests.worker import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture
def rows(transactional_db: None, picture_of: Callable[[int], Image]) -> list[Candidate]:
    project = make_project(classes=4, key="sheets", title="Sheets", kind="condition")
    return suggested(project, picture_of, 2)


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user(username="ana")


def drag(page: Page, left: float, top: float, right: float, bottom: float) -> None:
    """With the mouse, in parts of the picture on the screen."""
    box = page.locator(".stage .layer").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + left * box["width"], box["y"] + top * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + right * box["width"], box["y"] + bottom * box["height"], steps=4)
    page.mouse.up()


def standing(count: int) -> list[Region]:
    """The regions that stand, once there are so many."""
    rows = Region.objects.filter(removed_at=None).order_by("pk")
    wait_for(lambda: rows.count() == count)
    return list(rows)


def test_a_region_is_drawn_where_the_mouse_was_and_comes_again(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    page.keyboard.press(":")
    page.keyboard.press("c")  # another condition than the first
    drag(page, 0.2, 0.3, 0.6, 0.7)
    region = standing(1)[0]
    assert [region.left, region.top, region.width, region.height] == pytest.approx(
        [0.2, 0.3, 0.4, 0.4], abs=0.01
    )
    assert (region.candidate, region.label.key, region.author) == (rows[0], "C", user)
    page.reload()
    shown(page, rows[0])
    expect(page.locator(".region")).to_have_count(1)
    page.keyboard.press(":")
    page.get_by_role("button", name="Take region 1 back").click()
    assert standing(0) == []
    assert Region.objects.count() == 1, "what was taken back stays on record"
    assert not Vote.objects.exists(), "letters choose the class of a region here, and judge nothing"


def test_by_keys_alone_and_then_the_letters_judge_again(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    page.keyboard.press(":")
    page.keyboard.press("ArrowRight")  # a rectangle in the middle
    for key in ("ArrowRight", "Shift+ArrowDown", "Enter"):
        page.keyboard.press(key)
    region = standing(1)[0]
    third = 1 / 3
    assert region.left == pytest.approx(third + 0.01) and region.top == pytest.approx(third)
    assert region.width == pytest.approx(third) and region.height == pytest.approx(third + 0.01)
    page.keyboard.press("a")
    expect(page.locator("[data-toast]")).to_contain_text("sound")
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    saved(page)
    assert Vote.objects.get().label_id == rows[0].project.classes.get(key="B").pk
    shown(page, rows[1])
    expect(page.locator(".region")).to_have_count(0)


def test_what_could_not_be_saved_stays_and_is_sent_later_on_a_phone(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, "/projects/sheets/review/", viewport=PHONE, has_touch=True)
    shown(page, rows[0])
    page.get_by_role("button", name="Mark").click()
    page.context.set_offline(True)
    drag(page, 0.1, 0.1, 0.5, 0.4)
    expect(page.locator("[data-toast]")).to_contain_text("not saved")
    expect(page.locator(".region.unsaved")).to_have_count(1)
    assert not Region.objects.exists()
    page.context.set_offline(False)
    assert standing(1)[0].width == pytest.approx(0.4, abs=0.02)
    expect(page.locator(".region.unsaved")).to_have_count(0)
