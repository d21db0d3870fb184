"""The network goes while somebody judges: every vote arrives, once, in the order it was cast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle, islice

import pytest
from playwright.sync_api import Page, expect

from curation.models import Candidate, Claim, Image, User, Vote
from curation.services.clock import Clock
from tests.browser.faults import Cable, fetched, judge, on_record
from tests.browser.review_steps import saved, suggested
from tests.browser.site import Site
from tests.factories import make_project, make_user
from tests.worker import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
REVIEW = "/projects/sheets/review/"
PICTURES = 50


@pytest.fixture
def user(transactional_db: None) -> User:
    return make_user(username="ines")


@pytest.fixture
def rows(transactional_db: None, picture_of: Callable[[int], Image]) -> list[Candidate]:
    return suggested(make_project(classes=4, key="sheets", title="Sheets"), picture_of, PICTURES)


@pytest.fixture
def cable(site: Site) -> Iterator[Cable]:
    cable = Cable(site)
    yield cable
    cable.close()


def some_keys(number: int) -> str:
    return "".join(islice(cycle("abcdbac"), number))


def test_fifty_votes_through_a_cut_and_a_closed_tab(visit: Visit, user: User, rows: list[Candidate]) -> None:
    page = visit(user, REVIEW)
    said = judge(page, some_keys(12))
    with page.expect_response("**/claims/"):  # it has few left, and gets twenty more
        said += judge(page, "a")
    said += judge(page, some_keys(4))
    saved(page)
    fetched(page, 40)  # two claims of twenty
    page.context.set_offline(True)
    said += judge(page, some_keys(13))
    expect(page.locator("[data-saved]")).to_have_text("offline, 13 waiting")
    assert on_record() == said[:17]
    # The tab is closed while there is no network; what was said waits in the browser.
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    again = page.context.new_page()
    again.context.set_offline(False)
    assert on_record() == said[:17]
    wait_for(lambda: not Claim.objects.filter(expires_at__gt=Clock()).exists(), 15)  # of the closed tab
    again.goto(REVIEW)
    saved(again)
    assert on_record() == said
    # Cut once more, and this time the page stays open until the network is back.
    said += judge(again, some_keys(5))
    saved(again)
    fetched(again, 20)
    again.context.set_offline(True)
    said += judge(again, some_keys(9))
    expect(again.locator("[data-saved]")).to_have_text("offline, 9 waiting")
    again.context.set_offline(False)
    said += judge(again, some_keys(6))
    expect(again.locator("[data-empty]")).to_contain_text("Every picture has been judged")
    saved(again)
    assert on_record() == said
    assert sorted(candidate for candidate, _ in said) == sorted(row.pk for row in rows)
    assert Vote.objects.count() == PICTURES and not Claim.objects.exists()
    again.reload()
    saved(again)
    assert Vote.objects.count() == PICTURES  # nothing is left that a third visit would send


@pytest.mark.parametrize("fault", ["lose_answers", "tear_requests"])
def test_a_connection_that_breaks_in_the_middle_of_requests(
    visit: Visit, user: User, rows: list[Candidate], cable: Cable, fault: str
) -> None:
    page = visit(user, f"{cable.url}{REVIEW}")
    said = judge(page, "ab")
    saved(page)
    setattr(cable, fault, 5)
    said += judge(page, some_keys(6))
    expect(page.locator("[data-saved]")).to_have_text("saved ✓")  # its pauses add up
    said += judge(page, "cd")
    saved(page)
    assert cable.broken == 5
    assert on_record() == said and Vote.objects.count() == len(said) == 10
    expect(page.locator("[data-toast]")).to_be_hidden()  # nothing was refused
