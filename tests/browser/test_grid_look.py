"""The grid on a phone and for a screen reader."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from curation.models import Candidate, Project, User
from tests.browser.conftest import PHONE
from tests.browser.grid_steps import cell, predicted, said_of, shown
from tests.browser.pictures import Pictures
from tests.browser.review_steps import saved
from tests.browser.test_grid import GRID, press, standing, strip
from tests.browser.test_review_look import problems
from tests.factories import make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
ON_PHONE = {"viewport": PHONE, "has_touch": True, "is_mobile": True}


@pytest.fixture
def project(transactional_db: None) -> Project:
    return make_project(classes=4, key="sheets", title="Sheets")


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user(username="ines", first_name="Ines", last_name="Juncus")


@pytest.fixture
def rows(project: Project, pictures: Pictures) -> list[Candidate]:
    return predicted(project, pictures, [0.995 - n / 1000 for n in range(60)])


def press_long(page: Page, row: Candidate) -> None:
    """A finger that lies on the picture for a while, as the browser gets it from a screen."""
    wire = page.context.new_cdp_session(page)
    box = cell(page, row).bounding_box()
    assert box is not None
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "id": 0}
    wire.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    page.wait_for_timeout(700)
    wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_by_finger_tap_marks_and_a_long_press_enlarges(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, GRID, **ON_PHONE)
    shown(page, rows[0], 12)  # fewer at a time than on a desk
    cell(page, rows[1]).tap()
    expect(page.locator("[data-confirm]")).to_have_text("Confirm 11 Class A")
    large = page.locator("[data-enlarged]")
    page.wait_for_timeout(600)
    expect(large).to_be_hidden()  # no mouse rests here
    press_long(page, rows[5])
    expect(large).to_be_visible()
    assert said_of(page)[5] == "sure"  # enlarging says nothing
    page.get_by_role("button", name="Another class").tap()
    page.locator(".letters").get_by_text("Class C").tap()
    expect(page.locator(".letters")).to_be_hidden()
    expect(large).to_be_hidden()
    assert said_of(page)[:7] == ["sure", "left", "sure", "sure", "sure", "other", "sure"]
    press_long(page, rows[6])
    expect(large).to_be_visible()
    cell(page, rows[0]).tap()  # only closes it
    expect(large).to_be_hidden()
    assert said_of(page)[0] == "sure"
    button = page.get_by_role("button", name="Confirm 10 Class A")
    box = button.bounding_box()
    assert box is not None and box["height"] >= 48 and box["y"] > PHONE["height"] * 0.75
    button.tap()
    shown(page, rows[12], 12)
    saved(page)
    assert standing(rows[:6])[1] == ("skip", "") and standing(rows[:6])[5] == ("label", "C")
    strip(page).get_by_role("button").tap()
    shown(page, rows[0], 12)
    assert said_of(page)[1] == "left"


def test_a_page_that_scrolls_is_confirmed_when_all_of_it_was_seen(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, f"{GRID}?size=48", **ON_PHONE | {"viewport": {"width": 390, "height": 560}})
    shown(page, rows[0], 48)
    button = page.locator(".confirm")
    steps = 0
    while page.locator("[data-confirm]").inner_text() == "Show the rest of the page":
        button.tap()
        page.wait_for_timeout(400)
        steps += 1
        assert steps < 12
    assert steps > 0
    expect(page.locator("[data-confirm]")).to_have_text("Confirm 48 Class A")
    button.tap()
    shown(page, rows[48], 12)
    saved(page)


def test_nothing_overflows_a_phone(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, GRID, **ON_PHONE)
    shown(page, rows[0], 12)
    page.locator(".confirm").tap()
    shown(page, rows[12], 12)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for control in page.locator(".bottom button, .bottom a").all():
        box = control.bounding_box()
        assert box is None or box["height"] >= 44


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(visit: Visit, user: User, rows: list[Candidate], scheme: str) -> None:
    page = visit(user, f"{GRID}?size=24", color_scheme=scheme)
    shown(page, rows[0], 24)
    grid = page.locator("[data-table]")
    expect(grid).to_be_focused()
    expect(grid).to_have_attribute("aria-label", "24 predicted Class A, 97–99 % sure. 60 left")
    press(page, "ArrowRight", "x")
    expect(cell(page, rows[0])).to_have_attribute("aria-checked", "false")
    said = page.locator("[data-said]")
    expect(said).to_have_text("p-00000: left for the single view")
    press(page, "ArrowRight", "b")
    expect(cell(page, rows[1])).to_have_attribute("aria-label", "p-00001: given Class B")
    assert problems(page) == []
    press(page, "Enter")
    shown(page, rows[24], 24)
    expect(said).to_contain_text(
        "22 confirmed Class A, 1 given another class, 1 left for the single view. 24"
    )
    saved(page)
    assert problems(page) == []
    press(page, "?")
    assert problems(page) == []
    press(page, "Escape", "d")
    expect(page.locator("[data-empty]")).to_contain_text("Nothing is left of Class D")
    assert problems(page) == []


def test_nothing_moves_from_page_to_page(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, f"{GRID}?size=24")
    shown(page, rows[0], 24)
    places = (
        "['[data-table]', '.confirm', '.letters', '.bottom', '.lines', '.class-button'].map((name) => {"
        " const box = document.querySelector(name).getBoundingClientRect();"
        " return [box.top, box.left, box.width, box.height] })"
    )
    saved(page)
    first = page.evaluate(places)
    press(page, "ArrowRight", "x", "ArrowRight", "c")
    assert page.evaluate(places) == first
    press(page, "Enter")
    shown(page, rows[24], 24)
    saved(page)
    assert page.evaluate(places) == first
