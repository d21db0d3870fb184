"""Pictures set aside are settled by keyboard alone; nothing is settled by mistake."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from curation.models import Candidate, Image, Vote
from curation.services.adjudicate import adjudicate
from tests.browser.aside import Aside, set_aside_site
from tests.browser.conftest import PHONE
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
WHERE = "/projects/sheets/set-aside/"


@pytest.fixture
def aside(transactional_db: None, picture_of: Callable[[int], Image]) -> Aside:
    return set_aside_site(picture_of)


def on_screen(page: Page, row: Candidate) -> None:
    expect(page.locator(f'[data-adjudicate][data-ready="{row.pk}"]')).to_have_count(1)
    expect(page.locator("[data-stage]")).to_be_focused()


def state(row: Candidate) -> tuple[str, str]:
    row = Candidate.objects.select_related("label").get(pk=row.pk)
    return row.state, row.label.key if row.label else ""


def test_a_lead_settles_sends_back_and_remarks_by_keyboard(visit: Visit, aside: Aside) -> None:
    one, two, three, four = aside.disputed
    page = visit(aside.lead, WHERE)
    on_screen(page, one)
    keys = page.keyboard
    keys.press("n")
    on_screen(page, two)
    expect(page.get_by_text("is now Ordinary.")).to_be_visible()
    keys.press("r")  # no class has this letter here
    keys.type("Two plants: abnm")  # letters in a field settle nothing
    keys.press("Enter")  # leads back to the letters, and presses no class
    expect(page.locator("[data-stage]")).to_be_focused()
    on_screen(page, two)
    keys.press("m")
    on_screen(page, three)
    keys.press("q")
    keys.type("Is the stem cut?")
    keys.press("Enter")
    on_screen(page, four)
    keys.press(":")
    expect(page.get_by_role("dialog")).to_be_visible()
    keys.type("Seen by day, @ot")
    expect(page.get_by_role("option", name="@otto")).to_be_visible()
    keys.press("Enter")
    keys.type("agrees.")
    keys.press("Control+Enter")
    expect(page.locator(".comment-list")).to_contain_text("Seen by day, @otto agrees.")
    keys.press("Escape")
    expect(page.locator("[data-comments]")).to_contain_text("Seen by day, @otto agrees.")
    expect(page.locator("[data-stage]")).to_be_focused()
    keys.press("x")
    on_screen(page, aside.flagged)
    assert [state(row) for row in aside.disputed] == [
        *(("decided", "N"), ("decided", "M"), ("open", ""), ("decided", "X"))
    ]
    assert Vote.objects.get(candidate=two, via="lead").reason == "Two plants: abnm"
    assert three.comments.get().text == "Is the stem cut?"
    assert four.comments.get().mentions.get().user.username == "otto"


def test_backspace_takes_the_last_settlement_back(visit: Visit, aside: Aside) -> None:
    one, two, *_ = aside.disputed
    page = visit(aside.lead, WHERE)
    on_screen(page, one)
    page.keyboard.press("b")
    on_screen(page, two)
    page.keyboard.press("Backspace")
    on_screen(page, one)
    expect(page.get_by_text("waits to be settled again")).to_be_visible()
    assert state(one) == ("disputed", "")
    page.keyboard.press("Backspace")  # there is nothing more to take back
    page.keyboard.press("a")
    on_screen(page, two)
    assert state(one) == ("decided", "A")


def test_going_through_the_list_and_around_its_end(visit: Visit, aside: Aside) -> None:
    one, two, *_ = aside.disputed
    page = visit(aside.lead, f"{WHERE}?picture={aside.flagged.pk}")
    on_screen(page, aside.flagged)
    page.keyboard.press("k")  # the last one is left for later: the first comes
    on_screen(page, one)
    for key, row in [("j", two), ("ArrowLeft", one), ("ArrowRight", two), ("s", aside.disputed[2])]:
        page.keyboard.press(key)
        on_screen(page, row)
    page.keyboard.press(" ")
    expect(page.locator(".stage.zoomed")).to_have_count(1)
    page.keyboard.press("ArrowRight")  # moves the picture, not the list
    on_screen(page, aside.disputed[2])
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("n")  # under a dialog nothing is settled
    page.keyboard.press("Escape")
    assert state(aside.disputed[2]) == ("disputed", "")


def test_filters_stay_from_picture_to_picture(visit: Visit, aside: Aside) -> None:
    page = visit(aside.lead, WHERE)
    on_screen(page, aside.disputed[0])
    page.get_by_role("link", name="Bad image 1").click()
    on_screen(page, aside.flagged)
    page.keyboard.press("f")
    expect(page.get_by_role("heading", level=1)).to_have_text("None of these is set aside")
    expect(page.get_by_role("link", name="Show all that is set aside")).to_be_focused()
    page.keyboard.press("Enter")
    on_screen(page, aside.disputed[0])
    page.get_by_label("Reviewer", exact=True).select_option("ines")
    page.wait_for_url("**/?*reviewer=ines*")
    on_screen(page, aside.disputed[0])
    page.get_by_role("link", name="As a list").click()
    expect(page.locator(".thumb-grid li")).to_have_count(4)


def test_what_another_lead_settled_meanwhile_is_not_overruled_unseen(visit: Visit, aside: Aside) -> None:
    one, two, *_ = aside.disputed
    page = visit(aside.lead, WHERE)
    on_screen(page, one)
    adjudicate(make_user("lead"), one.pk, "A", "Mine")
    page.keyboard.press("n")
    on_screen(page, two)
    expect(page.get_by_text("Meanwhile it was decided as Animal.")).to_be_visible()
    expect(page.get_by_text("is set aside no more: it is Animal.")).to_be_visible()
    assert state(one) == ("decided", "A")


def test_it_can_be_read_and_used_on_a_phone(visit: Visit, aside: Aside) -> None:
    page = visit(aside.lead, WHERE, viewport=PHONE, has_touch=True, is_mobile=True)
    on_screen(page, aside.disputed[0])
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert page.evaluate(wide) is False
    page.get_by_role("button", name="Write a comment").tap()
    expect(page.get_by_role("dialog", name="Comments")).to_be_visible()
    page.get_by_role("button", name="Close comments").tap()
    page.locator('button.class[value="F"]').tap()
    on_screen(page, aside.disputed[1])
    assert state(aside.disputed[0]) == ("decided", "F")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_for_axe(visit: Visit, aside: Aside, scheme: str) -> None:
    page = visit(aside.lead, WHERE, color_scheme=scheme)
    on_screen(page, aside.disputed[0])
    page.locator(".messages").evaluate_all("nodes => nodes.map((node) => node.remove())")
    found = Axe().run(page).response["violations"]
    page.keyboard.press(":")
    page.keyboard.type("Look, @l")
    expect(page.get_by_role("listbox")).to_be_visible()
    found += Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
