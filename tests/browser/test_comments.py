"""Comments over the picture: colleagues named by key, and nothing that was written lost on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from curation.models import Candidate, Comment, Image, Mention, User
from tests.browser.review_steps import shown, suggested
from tests.factories import make_project, make_user
from tests.worker import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture
def rows(transactional_db: None, picture_of: Callable[[int], Image]) -> list[Candidate]:
    return suggested(make_project(classes=4, key="sheets", title="Sheets"), picture_of, 2)


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user(username="ana")


def opened(visit: Visit, user: User, row: Candidate) -> Page:
    page = visit(user, "/projects/sheets/review/")
    shown(page, row)
    page.keyboard.press("q")
    expect(page.locator("dialog.comments")).to_be_visible()
    return page


def test_a_colleague_is_named_by_key(visit: Visit, user: User, rows: list[Candidate]) -> None:
    make_user("lead", username="lena")
    make_user(username="leo")
    page = opened(visit, user, rows[0])
    page.keyboard.type("Look, @le")
    expect(page.get_by_role("option")).to_have_text(["@lena", "@leo"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("please")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comment-text")).to_have_count(1)
    assert Comment.objects.get().text.split() == ["Look,", "@leo", "please"]
    assert Mention.objects.get().user.username == "leo"


def test_what_was_not_sent_is_there_again(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = opened(visit, user, rows[0])
    page.keyboard.type("Half a thought")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.comments")).to_have_count(0)
    shown(page, rows[0])  # its letters judged nothing
    page.reload()
    shown(page, rows[0])
    page.keyboard.press("q")
    expect(page.locator("dialog.comments textarea")).to_have_value("Half a thought")
    assert not Comment.objects.exists()


def test_without_a_network_the_words_stay_and_are_sent_when_it_is_back(
    visit: Visit, user: User, rows: list[Candidate]
) -> None:
    page = opened(visit, user, rows[0])
    page.keyboard.type("Is that a label?")
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comment-trouble")).to_contain_text("Not sent; your text is kept here.")
    expect(page.locator("dialog.comments textarea")).to_have_value("Is that a label?")
    assert not Comment.objects.exists()
    page.context.set_offline(False)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comment-text")).to_have_text("Is that a label?")
    expect(page.locator("dialog.comments textarea")).to_have_value("")
    assert Comment.objects.get().text == "Is that a label?"


def test_a_comment_whose_answer_is_lost_is_kept_once(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = opened(visit, user, rows[0])
    lost: list[object] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    page.route("**/comments/", lose)
    page.keyboard.type("Once only")
    page.keyboard.press("Control+Enter")
    wait_for(lambda: page.evaluate("1") and lost)
    if page.locator("dialog.comments textarea").input_value():
        expect(page.locator(".comment-trouble")).to_be_visible()
        page.keyboard.press("Control+Enter")
    expect(page.locator(".comment-text")).to_have_text("Once only")
    assert Comment.objects.count() == 1
