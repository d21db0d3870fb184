"""Keys of one's own in review, flags by digit, the original by one key, and pictures fetched ahead."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from curation.models import Candidate, DataIssue, Image, Project, User, Vote
from tests.browser.review_steps import until
from tests.browser.test_review import saved, shown, suggested
from tests.factories import make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture
def rows(transactional_db: None, picture_of: Callable[[int], Image]) -> list[Candidate]:
    project: Project = make_project(classes=4, key="sheets", title="Sheets")
    return suggested(project, picture_of, 16)


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user(username="ines", keys={"skip": "J"})


def test_own_keys_digits_in_the_flag_dialog_and_what_is_fetched(
    visit: Visit, rows: list[Candidate], user: User
) -> None:
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    # Every claimed picture is fetched, those after the sixth at leisure.
    until(
        page,
        "() => performance.getEntriesByType('resource').filter((e) => e.name.includes('/review/')"
        " && e.initiatorType === 'img').length >= 16",
    )
    page.keyboard.press("?")
    expect(page.locator("dialog[data-help]")).to_contain_text("Skip; it comes again later")
    line = page.locator("dialog[data-help] dl > div", has_text="Skip; it comes again later")
    expect(line.locator("kbd")).to_have_text(["J"])
    page.keyboard.press("Escape")
    page.keyboard.press("k")  # no longer anything
    shown(page, rows[0])
    page.keyboard.press("j")
    shown(page, rows[1])
    page.keyboard.press("!")
    page.keyboard.press("2")
    page.keyboard.type("See page 4")
    page.keyboard.press("Enter")
    shown(page, rows[2])
    page.keyboard.press("1")
    shown(page, rows[3])
    saved(page)
    assert Vote.objects.get(candidate=rows[0]).kind == "skip"
    issue = DataIssue.objects.get(candidate=rows[1])
    assert (issue.kind, issue.text) == ("licence", "See page 4")
    label = Vote.objects.get(candidate=rows[2]).label
    assert label is not None and label.key == "B"


def test_one_key_shows_the_original_and_goes_back(visit: Visit, rows: list[Candidate], user: User) -> None:
    page = visit(user, "/projects/sheets/review/", viewport={"width": 390, "height": 700})
    shown(page, rows[0])
    expect(page.locator("[data-zoom]")).to_have_text("Fit")
    page.keyboard.press("o")
    expect(page.locator("[data-zoom]")).to_have_text("100 %")
    page.keyboard.press("o")
    expect(page.locator("[data-zoom]")).to_have_text("Fit")
