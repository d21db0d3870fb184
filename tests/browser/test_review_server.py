"""The server is killed, between requests and in the middle of them: nothing is lost, nothing counts twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from curation.models import Candidate, Decision, Image, User, Vote
from tests.browser.faults import fetched, judge, kill, on_record
from tests.browser.review_steps import saved, shown, suggested
from tests.browser.site import Site
from tests.curation.review.locks import held, wait_at_the_lock
from tests.factories import make_project, make_user
from tests.worker import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
REVIEW = "/projects/sheets/review/"
PICTURES = 18


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user(username="ines")


@pytest.fixture
def rows(transactional_db: None, picture_of: Callable[[int], Image]) -> list[Candidate]:
    return suggested(make_project(classes=4, key="sheets", title="Sheets"), picture_of, PICTURES)


@pytest.fixture
def site_again(site: Site) -> Iterator[Site]:
    """The site, which the test may leave killed."""
    yield site
    if site.process is None or site.process.poll() is not None:
        site.start()


def check_the_books(said: list[tuple[int, str]]) -> None:
    """Each vote is there once, in the order it was cast, and each picture was decided once."""
    assert on_record() == said and Vote.objects.count() == len(said)
    assert Decision.objects.count() == len(said)
    decided = Candidate.objects.filter(state="decided").values_list("pk", "label__key", "votes")
    assert sorted(decided) == sorted((candidate, key, 1) for candidate, key in said)


def test_killed_again_and_again_between_votes(
    visit: Visit, site_again: Site, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, REVIEW)
    said = judge(page, "ab")
    saved(page)
    fetched(page, PICTURES)
    for number in range(1, 4):
        kill(site_again)
        said += judge(page, "cda")
        expect(page.locator("[data-saved]")).to_contain_text("3 waiting")
        assert on_record() == said[:-3]
        site_again.start()
        said += judge(page, "bc"[: number % 3])  # while it tries to reach the server, or has just done so
        expect(page.locator("[data-saved]")).to_have_text("saved ✓")
        check_the_books(said)


def test_killed_while_it_saves(visit: Visit, site_again: Site, user: User, rows: list[Candidate]) -> None:
    page = visit(user, REVIEW)
    shown(page, rows[0])
    fetched(page, PICTURES)
    # The first vote is in the hands of the server, which is killed before it has saved it.
    with held(rows[0]):
        said = judge(page, "a")
        wait_at_the_lock(1)
        said += judge(page, "bc")
        kill(site_again)
        expect(page.locator("[data-saved]")).to_contain_text("3 waiting")
    wait_at_the_lock(0)
    assert Vote.objects.count() == 0
    # All three go in one request, and the server is killed when it has saved the first and not the second.
    with held(rows[1]):
        site_again.start()
        wait_for(lambda: on_record() == said[:1], 15)
        wait_at_the_lock(1)
        kill(site_again)
        expect(page.locator("[data-saved]")).to_contain_text("3 waiting")  # the page knows of none
    wait_at_the_lock(0)
    assert on_record() == said[:1]
    site_again.start()
    expect(page.locator("[data-saved]")).to_have_text("saved ✓")
    said += judge(page, "d")
    saved(page)
    check_the_books(said)
    assert [candidate for candidate, _ in said] == [row.pk for row in rows[:4]]
    expect(page.locator("[data-toast]")).to_be_hidden()  # what was saved before is no news to the person


def test_killed_while_it_takes_a_vote_back(
    visit: Visit, site_again: Site, user: User, rows: list[Candidate]
) -> None:
    page = visit(user, REVIEW)
    judge(page, "a")
    saved(page)
    fetched(page, PICTURES)
    with held(rows[0]):
        page.keyboard.press("Backspace")
        shown(page, rows[0])
        wait_at_the_lock(1)
        judge(page, "b")
        kill(site_again)
    wait_at_the_lock(0)
    site_again.start()
    expect(page.locator("[data-saved]")).to_have_text("saved ✓")
    said = Vote.objects.filter(candidate=rows[0]).order_by("created_at")
    assert [(vote.kind, vote.label and vote.label.key) for vote in said] == [
        ("label", "A"),
        ("undo", None),
        ("label", "B"),
    ]
    rows[0].refresh_from_db()
    assert (rows[0].state, rows[0].label and rows[0].label.key, rows[0].votes) == ("decided", "B", 1)
