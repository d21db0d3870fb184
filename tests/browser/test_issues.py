"""An issue from the flag to its end, by two people; lists by keyboard, names, phones, without scripts."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from curation.models import Candidate, DataIssue, Image, Mention, Project, User
from curation.services.comments import add_comment
from curation.services.issues import open_issue
from tests.browser.conftest import PHONE
from tests.browser.review_steps import saved, shown, suggested
from tests.factories import make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def project(transactional_db: None) -> Project:
    return make_project(classes=4, key="sheets", title="Sheets", guidelines="Look twice.")


@pytest.fixture
def ines(transactional_db: None) -> User:
    return make_user(username="ines", first_name="Ines")


@pytest.fixture
def lead(transactional_db: None) -> User:
    return make_user("lead", username="lea", first_name="Lea")


def look(page: Page, name: str) -> None:
    """A picture of the page for whoever asks for one (VASCULUM_LOOK: a folder)."""
    if folder := os.environ.get("VASCULUM_LOOK"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def press(page: Page, key: str) -> None:
    """A key, once the page's script listens."""
    expect(page.locator("html[data-keys=on]")).to_have_count(1)
    page.keyboard.press(key)


def test_from_the_flag_to_the_question(
    visit: Visit, project: Project, ines: User, lead: User, picture_of: Callable[[int], Image]
) -> None:
    otto = make_user(username="otto", first_name="Otto")
    row, following = suggested(project, picture_of, 2)
    reviewer = visit(ines, "/projects/sheets/review/")
    shown(reviewer, row)
    reviewer.keyboard.press("!")
    reviewer.get_by_label("Doubtful licence").check()
    reviewer.get_by_label("What should the lead curator look at?").fill("The label says no copies")
    reviewer.keyboard.press("Enter")
    shown(reviewer, following)
    saved(reviewer)

    page = visit(lead, "/projects/sheets/")
    page.get_by_role("link", name="1", exact=True).and_(page.locator("[href$='kind=licence']")).click()
    expect(page.locator(".issue-row")).to_contain_text("The label says no copies")
    look(page, "issues-one")
    press(page, "j")
    expect(page.locator(".issue-row").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(row.image.title)
    field = page.get_by_label("Your remark or question")
    field.press_sequentially("@ot")
    expect(page.locator("[role=option]")).to_have_text("@otto")
    field.press("Enter")
    field.press_sequentially("please look")
    look(page, "discussion-lead")
    field.press("Control+Enter")
    expect(page.locator(".comment-list")).to_contain_text("@otto please look")

    other = visit(otto, "/")
    other.get_by_role("link", name="1 mention not seen").click()
    expect(other.locator(".issue-row")).to_contain_text("Lea named you")
    look(other, "for-you")
    other.locator(".issue-row").first.click()
    expect(other.locator(".comment-list")).to_contain_text("please look")
    expect(other.get_by_text("The label says no copies")).to_have_count(0)
    expect(other.get_by_role("link", name="mention not seen")).to_have_count(0)
    other.get_by_label("Your remark or question").fill("@lea it is only about the text")
    other.get_by_role("button", name="Send comment").click()
    expect(other.locator(".comment-list li")).to_have_count(2)
    look(other, "discussion-curator")

    reviewer.goto("/for-you/")  # else that tab would claim the picture as soon as it is back
    expect(reviewer.get_by_role("heading", name="Nothing for you yet")).to_be_visible()
    page.reload()
    expect(page.locator(".comment-list")).to_contain_text("only about the text")
    page.get_by_label("What came of it").fill("The licence holds. What is it?")
    page.get_by_role("button", name="Close and send back").click()
    expect(page.locator(".messages")).to_contain_text("with the reviewers again")
    expect(page.get_by_role("heading", name="No issue is open")).to_be_visible()
    row.refresh_from_db()
    assert row.state == Candidate.State.OPEN
    issue = DataIssue.objects.get()
    assert (issue.closed_by, issue.resolution) == (lead, "The licence holds. What is it?")
    asked = visit(otto, "/projects/sheets/review/")
    shown(asked, row)
    expect(asked.locator(".question")).to_contain_text("The licence holds. What is it?")
    reviewer.reload()
    expect(reviewer.locator(".issue-row")).to_contain_text("Lea asks about a picture you judged")


@pytest.fixture
def four(project: Project, ines: User, lead: User, picture_of: Callable[[int], Image]) -> list[DataIssue]:
    rows = suggested(project, picture_of, 4)
    kinds = ["licence", "duplicate", "bad-image", "other"]
    said = ["The label says no copies", "Scanned twice", "Out of focus", "The barcode is of another sheet"]
    issues = [
        open_issue(ines, row.pk, *words)
        for row, words in zip(rows, zip(kinds, said, strict=True), strict=True)
    ]
    Image.objects.filter(pk=rows[1].image_id).update(group=rows[0].image.group)
    add_comment(ines, rows[1].pk, "@lea the same sheet, I think.\nLook at the stamp.")
    add_comment(lead, rows[1].pk, "@ines which of them is the better one?")
    return issues


def test_several_are_chosen_and_closed_by_keyboard(visit: Visit, lead: User, four: list[DataIssue]) -> None:
    page = visit(lead, "/projects/sheets/issues/")
    button = page.locator("[data-chosen]")
    expect(button).to_be_disabled()
    look(page, "issues")
    press(page, "j")
    page.keyboard.press("x")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator(".issue-row").nth(1)).to_be_focused()
    page.keyboard.press("x")
    expect(button).to_have_text("Close the 2 chosen")
    button.click()
    expect(page.get_by_role("heading", name="Close 2 issues?")).to_be_visible()
    look(page, "close")
    assert DataIssue.objects.filter(closed_at=None).count() == 4
    page.get_by_label("What came of it").fill("Looked at both")
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text("2 issues are closed")
    assert set(DataIssue.objects.filter(closed_at=None)) == {four[0], four[1]}


def test_it_works_without_scripts(visit: Visit, lead: User, ines: User, four: list[DataIssue]) -> None:
    page = visit(lead, "/projects/sheets/issues/", java_script_enabled=False)
    page.locator(".issue-row").last.click()
    page.get_by_label("What came of it").fill("Fine")
    page.get_by_role("button", name="Close the issue").click()
    expect(page.locator(".messages")).to_contain_text("is closed")
    page.get_by_role("link", name="Look at it again").click()
    page.get_by_role("button", name="Open it again").click()
    expect(page.locator(".messages")).to_contain_text("open again")
    mine = visit(ines, "/for-you/", java_script_enabled=False)
    mine.get_by_role("button", name="Mark all as seen").click()
    expect(mine.get_by_role("link", name="mention not seen")).to_have_count(0)
    assert not Mention.objects.filter(user=ines, seen_at=None).exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_fit_a_phone(
    scheme: str, visit: Visit, lead: User, four: list[DataIssue]
) -> None:
    problems = []
    page = visit(lead, "/", color_scheme=scheme, viewport=PHONE)
    talk = f"/projects/sheets/discussion/{four[1].candidate_id}/"
    places = {
        "issues": "/projects/sheets/issues/",
        "close": f"/projects/sheets/issues/close/?issue={four[0].pk}",
        "for-you": "/for-you/",
        "discussion": talk,
    }
    for name, place in places.items():
        page.set_viewport_size(PHONE)
        page.goto(place)
        for found in Axe().run(page, options=RULES).response["violations"]:
            problems += [f"{place}: {found['id']}: {node['html'][:200]}" for node in found["nodes"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problems.append(f"{place}: wider than the screen")
        look(page, f"{name}-phone-{scheme}")
        if name == "discussion":
            page.goto(f"{place}#issue-{four[1].pk}")
            look(page, f"issue-phone-{scheme}")
            page.locator("#comments").scroll_into_view_if_needed()
            look(page, f"comments-phone-{scheme}")
        page.set_viewport_size({"width": 1440, "height": 900})
        look(page, f"{name}-desk-{scheme}")
    assert not problems, "\n".join(problems)
