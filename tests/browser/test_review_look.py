"""The review pages on a phone, for a screen reader, and for the lead curator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, Page, expect

from curation.models import Candidate, Image, Project, User, Vote
from curation.services.review import record_votes
from tests.browser.conftest import PHONE
from tests.browser.test_review import saved, shown, states, suggested
from tests.curation.review.votes import new_vote, say
from tests.factories import make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
ON_PHONE = {"viewport": PHONE, "has_touch": True, "is_mobile": True}


@pytest.fixture
def project(transactional_db: None) -> Project:
    return make_project(classes=4, key="sheets", title="Sheets", guidelines="Look twice.")


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user(username="ines", first_name="Ines", last_name="Juncus")


@pytest.fixture
def rows(project: Project, picture_of: Callable[[int], Image]) -> list[Candidate]:
    return suggested(project, picture_of, 6)


class Finger:
    """Touches as the browser gets them from a screen."""

    def __init__(self, page: Page) -> None:
        self.wire: CDPSession = page.context.new_cdp_session(page)
        box = page.locator("[data-stage]").bounding_box()
        assert box is not None
        self.x, self.y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": self.x + x, "y": self.y + y, "id": place} for place, (x, y) in enumerate(points)]
        self.wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def swipe(self, dx: float, dy: float = 0, hold: bool = False) -> None:
        self.send("touchStart", (0, 0))
        for step in range(1, 7):
            self.send("touchMove", (dx * step / 6, dy * step / 6))
        if not hold:
            self.send("touchEnd")

    def pinch(self, apart: float) -> None:
        self.send("touchStart", (-20, 0), (20, 0))
        for step in range(1, 7):
            self.send("touchMove", (-20 - apart * step / 6, 0), (20 + apart * step / 6, 0))
        self.send("touchEnd")


def test_on_a_phone_swipes_buttons_drawer_and_undo(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, "/projects/sheets/review/", **ON_PHONE)
    shown(page, rows[0])
    finger = Finger(page)
    finger.swipe(140, hold=True)
    expect(page.locator("[data-swipe]")).to_have_text("Class B")
    expect(page.locator("[data-swipe]")).to_have_attribute("data-side", "right")
    finger.send("touchEnd")
    shown(page, rows[1])
    finger.swipe(-140)
    shown(page, rows[2])
    finger.swipe(40)  # too short
    finger.swipe(60, 200)  # mostly downwards
    shown(page, rows[2])
    page.locator(".suggestion").nth(2).tap()
    shown(page, rows[3])
    page.get_by_role("button", name="Classes").tap()
    page.locator('[data-classes] [data-class="D"]').tap()
    shown(page, rows[4])
    expect(page.locator("[data-classes]")).to_be_hidden()  # the drawer has gone with the choice
    page.get_by_role("button", name="Undo").tap()
    shown(page, rows[3])
    saved(page)
    assert states(rows[:4]) == [("decided", "B"), ("open", ""), ("decided", "A"), ("open", "")]
    assert list(Vote.objects.values_list("kind", flat=True)) == ["label", "skip", "label", "label", "undo"]


def test_on_a_phone_two_fingers_zoom_and_then_one_pans(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, "/projects/sheets/review/", **ON_PHONE)
    shown(page, rows[0])
    finger = Finger(page)
    finger.pinch(80)
    expect(page.locator("[data-stage]")).to_have_class("stage zoomed")
    before = page.locator(".layer").get_attribute("style")
    finger.swipe(-140)  # moves the picture now, and skips nothing
    assert page.locator(".layer").get_attribute("style") != before
    shown(page, rows[0])
    page.locator('[data-do="zoom-fit"]').tap()
    expect(page.locator("[data-stage]")).to_have_class("stage")
    assert Vote.objects.count() == 0


def test_nothing_overflows_a_phone(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, "/projects/sheets/review/", **ON_PHONE)
    shown(page, rows[0])
    for path in ("/projects/sheets/review/", "/projects/sheets/votes/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    for button in page.locator(".commands button, .suggestion").all():
        box = button.bounding_box()
        assert box is None or box["height"] >= 44


def test_nothing_moves_from_picture_to_picture(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    places = (
        "['[data-stage]', '[data-suggestions]', '[data-classes]', '.commands', '[data-saved]', '.strip']"
        ".map((name) => { const box = document.querySelector(name).getBoundingClientRect();"
        " return [box.top, box.left, box.width, box.height] })"
    )
    first = page.evaluate(places)
    for place, key in enumerate(["a", "k", "Enter"]):
        shown(page, rows[place])
        page.keyboard.press(key)
        shown(page, rows[place + 1])
        saved(page)
        now = page.evaluate(places)
        # The words "saved" and "saving" stand at the right and may differ in width; all else stays.
        assert now[:4] == first[:4] and now[5] == first[5]


def problems(page: Page) -> list[str]:
    found: dict[str, Any] = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}).response
    return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(visit: Visit, user: User, rows: list[Candidate], scheme: str) -> None:
    page = visit(user, "/projects/sheets/review/", color_scheme=scheme)
    shown(page, rows[0])
    page.keyboard.press("a")
    shown(page, rows[1])
    saved(page)
    assert problems(page) == []
    expect(page.locator("[data-said]")).to_contain_text(
        "Class A. Next: D-00001, suggested Class B, 72 percent."
    )
    page.keyboard.press("?")
    assert problems(page) == []
    page.keyboard.press("Escape")
    page.goto("/projects/sheets/votes/")
    assert problems(page) == []


def test_everything_can_be_reached_by_tab(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    page.locator('[data-classes] [data-class="C"]').focus()
    expect(page.locator("[data-definition]")).to_contain_text("A picture of class C.")
    page.keyboard.press("Enter")  # presses the button, does not confirm the suggestion
    shown(page, rows[1])
    saved(page)
    assert states(rows[:1]) == [("decided", "C")]


def test_the_lead_settles_by_key(visit: Visit, project: Project, user: User, rows: list[Candidate]) -> None:
    project.votes_needed = 2
    project.save()
    say(user, rows[0], "A")
    say(make_user(), rows[0], "B")
    record_votes(user, [new_vote(rows[1], "flag", reason="A face can be seen")])
    page = visit(make_user("lead"), "/projects/sheets/set-aside/")

    def shows(title: str) -> None:
        """Each picture is a page of its own, which hears keys when its scripts have run."""
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        page.wait_for_load_state("load")

    shows("Votes disagree")
    expect(page.locator(".stage .layer img")).to_have_count(1)
    assert problems(page) == []
    page.keyboard.press("ArrowRight")
    shows("Flagged")
    page.keyboard.press("ArrowLeft")
    shows("Votes disagree")
    page.get_by_label("Why (optional)").fill("abcd")  # letters in a field settle nothing
    page.locator("[data-stage]").focus()
    page.keyboard.press("d")
    shows("Flagged")
    expect(page.get_by_text("D-00000 is now Class D.")).to_be_visible()
    page.keyboard.press("a")
    shows("Nothing is set aside")
    assert states(rows[:2]) == [("decided", "D"), ("decided", "A")]
    assert Vote.objects.get(label__key="D").reason == "abcd"
