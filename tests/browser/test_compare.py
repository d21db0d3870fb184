"""Two to four pictures side by side: zoomed together, judged by key, and no help for a blind vote."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from curation.models import Candidate, Image, Project, User, Vote
from curation.services.guidelines import NewExample, publish
from tests.browser.conftest import DESK, PHONE
from tests.browser.review_steps import saved, shown, suggested
from tests.browser.test_pages import RULES
from tests.factories import make_decided, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
REVIEW = "/projects/sheets/review/"


@pytest.fixture
def project(transactional_db: None) -> Project:
    return make_project(classes=4, key="sheets", title="Sheets")


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user(username="ines")


@pytest.fixture
def rows(project: Project, picture_of: Callable[[int], Image]) -> list[Candidate]:
    """Six open ones, suggested as B; two decided as B, one as D, one of which the guidelines show."""
    lead = make_user("lead")
    of = {label.key: label for label in project.classes.all()}
    decided = [make_decided(project, of[key], lead, picture_of(10 + n)) for n, key in enumerate("BBD")]
    publish(
        lead,
        project,
        intro="",
        sections={},
        examples={
            of["B"].pk: [
                NewExample(decided[0].image.sha256, False, "Flat and whole"),
                NewExample(decided[2].image.sha256, True, "A label alone"),
            ]
        },
        note="Pictures",
    )
    return suggested(project, picture_of, 6)


def pane(page: Page, place: int) -> Locator:
    return page.locator(f'[data-pane="{place}"]')


def holds(page: Page, place: int, row: Candidate) -> None:
    expect(pane(page, place)).to_have_attribute("data-shown", str(row.pk))


def scale(page: Page, place: int) -> str:
    return str(
        pane(page, place).locator(".layer").evaluate("(layer) => layer.style.transform.split(' ').at(-1)")
    )


def test_the_next_pictures_are_judged_side_by_side(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, REVIEW)
    shown(page, rows[0])
    page.keyboard.press("/")
    holds(page, 0, rows[0])
    holds(page, 1, rows[1])
    expect(pane(page, 0)).to_be_focused()
    page.keyboard.press("a")
    holds(page, 0, rows[2])  # the other stays where it is
    holds(page, 1, rows[1])
    page.keyboard.press("2")
    expect(pane(page, 1)).to_be_focused()
    page.keyboard.press("Enter")
    holds(page, 1, rows[3])
    page.keyboard.press("ArrowLeft")
    expect(pane(page, 0)).to_be_focused()
    page.keyboard.press("Backspace")
    holds(page, 0, rows[1])
    page.keyboard.press("k")
    page.keyboard.press("Escape")
    expect(page.locator(".compare")).to_be_hidden()
    shown(page, rows[2])
    page.keyboard.press("d")
    saved(page)
    said = [(v.kind, v.label and v.label.key, v.via) for v in Vote.objects.filter(user=user)]
    assert said[:2] == [("label", "A", "compare"), ("label", "B", "compare")]
    assert ("skip", None, "compare") in said and said[-1] == ("label", "D", "single")
    assert Vote.objects.filter(user=user, milliseconds=None).exclude(kind__in=["undo", "skip"]).count() == 0


def test_zoom_and_place_are_shared_until_unlinked(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, REVIEW)
    shown(page, rows[0])
    page.keyboard.press("/")
    holds(page, 1, rows[1])
    page.keyboard.press("Space")
    assert scale(page, 0) == scale(page, 1) != "scale(1)"
    page.keyboard.press("ArrowRight")  # moves what is zoomed
    expect(pane(page, 0)).to_be_focused()
    page.keyboard.press("0")
    assert scale(page, 0) == scale(page, 1) == "scale(1)"
    page.get_by_role("button", name="Zoom together").click()
    page.keyboard.press("+")
    assert scale(page, 0) != "scale(1)" and scale(page, 1) == "scale(1)"
    page.keyboard.press("d")
    holds(page, 0, rows[2])  # D is a class here; the surround has a sign
    saved(page)
    assert Vote.objects.filter(user=user).count() == 1


def test_examples_counter_examples_and_another_class(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, REVIEW)
    shown(page, rows[0])
    # The definition shows them, too.
    expect(page.locator(".definition .example")).to_have_count(3)
    expect(page.locator(".definition .example.not img")).to_have_attribute("title", "A label alone")
    page.keyboard.press("/")
    page.keyboard.press("/")
    page.keyboard.press("+")
    page.keyboard.press("3")
    expect(pane(page, 1)).to_contain_text("Class B: Flat and whole")
    expect(pane(page, 2)).to_contain_text("Class B")
    page.keyboard.press("2")
    page.keyboard.press("a")  # an example is not judged
    expect(page.locator("[data-toast]")).to_contain_text("here to be compared with")
    page.keyboard.press("1")
    page.keyboard.press("/")
    page.keyboard.press("4")
    expect(pane(page, 1)).to_contain_text("not Class B: A label alone")
    page.keyboard.press("/")
    page.keyboard.press("a")
    expect(pane(page, 1)).to_contain_text("There is no picture of Class A to show yet.")
    page.keyboard.press("b")
    holds(page, 0, rows[1])
    page.keyboard.press("/")
    page.keyboard.press("2")
    expect(pane(page, 1)).to_contain_text("Class B")
    saved(page)
    assert [v.candidate for v in Vote.objects.filter(user=user)] == [rows[0]]


def test_a_blind_picture_is_compared_with_guidelines_only(
    visit: Visit, project: Project, user: User, rows: list[Candidate]
) -> None:
    Project.objects.filter(pk=project.pk).update(audit_share=1.0)
    page = visit(user, REVIEW)
    expect(page.locator(".no-suggestion")).to_contain_text("Judge it blind")
    page.keyboard.press("/")
    page.keyboard.press("/")
    dialog = page.locator("dialog[data-beside]")
    expect(dialog.locator('[data-kind="class"]')).to_be_disabled()
    expect(dialog).not_to_contain_text("Class B")
    page.keyboard.press("+")
    page.keyboard.press("b")
    expect(pane(page, 1)).to_contain_text("Class B: Flat and whole")
    expect(pane(page, 2)).to_contain_text(
        "There is no picture of Class B to show yet."
    )  # none of the decided


def test_on_a_phone_a_swipe_changes_the_lower_one(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, REVIEW, viewport=PHONE, has_touch=True, is_mobile=True)
    shown(page, rows[0])
    page.get_by_role("button", name="More").tap()
    page.locator("#more").get_by_role("button", name="Compare side by side").tap()
    page.locator('.compare-bar [data-do="compare"]').tap()
    page.locator('dialog [data-count="3"]').tap()
    page.locator('dialog [data-kind="next"]').tap()
    expect(pane(page, 1)).to_be_visible()
    expect(pane(page, 2)).to_be_hidden()
    box = pane(page, 1).bounding_box()
    assert box is not None
    wire = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] - 60, box["y"] + box["height"] / 2
    for kind, dx in (("touchStart", 0), *(("touchMove", -30 * n) for n in range(1, 6)), ("touchEnd", None)):
        points = [] if dx is None else [{"x": x + dx, "y": y, "id": 0}]
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(pane(page, 2)).to_be_visible()
    expect(pane(page, 1)).to_be_hidden()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert Vote.objects.filter(user=user).count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_it_is_in_order(
    visit: Visit, user: User, rows: list[Candidate], size: dict[str, int], scheme: str
) -> None:
    page = visit(user, REVIEW, viewport=size, color_scheme=scheme)
    shown(page, rows[0])
    page.keyboard.press("/")
    holds(page, 1, rows[1])
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    page.keyboard.press("/")
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
