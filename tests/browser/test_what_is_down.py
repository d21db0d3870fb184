"""What is down is said to the person at the screen, in words, with what goes on all the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from curation.models import Candidate, Image, Vote
from tests.browser.faults import fetched, judge, on_record
from tests.browser.review_steps import saved, suggested
from tests.factories import make_project, make_user
from tests.faults import services
from tests.faults.test_database_disk import no_room_for
from tests.worker import purge

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
REVIEW = "/projects/sheets/review/"
PICTURES = 12
SHOTS = os.environ.get("VASCULUM_SHOTS", "")  # a folder: what each page looked like is kept there


@pytest.fixture
def rows(transactional_db: None, picture_of: Callable[[int], Image]) -> list[Candidate]:
    return suggested(make_project(classes=4, key="sheets", title="Sheets"), picture_of, PICTURES)


@pytest.fixture
def all_back(transactional_db: None) -> Iterator[None]:
    yield
    services.bring_back()


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def test_redis_the_disk_and_the_database_one_after_the_other(
    all_back: None, visit: Visit, rows: list[Candidate]
) -> None:
    purge()
    user = make_user("lead", username="ines")
    review, other = visit(user, REVIEW), visit(user, "/jobs/")
    said = judge(review, "a")
    saved(review)
    fetched(review, PICTURES)
    expect(other.locator(".worker-line")).to_contain_text("No worker")  # there is none in these tests
    shot(other, "no-worker")

    services.kill_redis()
    for path in ("/jobs/", "/"):
        other.goto(path)
        expect(other.locator(".worker-line")).to_contain_text("The queue of jobs (Redis) does not answer")
        expect(other.locator(".worker-line")).to_contain_text("reviewing goes on")
        shot(other, f"redis-{len(path)}")
    said += judge(review, "b")
    saved(review)
    services.start_redis()

    with no_room_for("curation_vote"):
        said += judge(review, "cd")
        expect(review.locator("[data-saved]")).to_have_text("the server’s disk is full, 2 waiting")
        shot(review, "disk-review")
        assert on_record() == said[:2]
    expect(review.locator("[data-saved]")).to_have_text("saved ✓")
    other.goto(reverse("discussion", args=["sheets", rows[5].pk]))
    with no_room_for("curation_dataissue"):
        other.get_by_text("Something is wrong with it").click()
        other.locator('.open-issue [name="text"]').fill("A doubt that cannot be saved now.")
        other.get_by_role("button", name="Open an issue").click()
        expect(other.locator("h1")).to_have_text("The disk of the database is full")
        expect(other.locator("main")).to_contain_text("pages that only show things go on")
        shot(other, "disk")

    services.stop_postgres()
    other.goto("/")
    expect(other.locator("h1")).to_have_text("The database cannot be reached")
    shot(other, "database")
    said += judge(review, "a")
    expect(review.locator("[data-saved]")).to_have_text("the database is down, 1 waiting")
    shot(review, "database-review")
    services.start_postgres()
    expect(review.locator("[data-saved]")).to_have_text("saved ✓")
    assert on_record() == said and Vote.objects.count() == len(said)
    other.get_by_role("link", name="Go to the first page").click()
    expect(other.locator(".worker-line")).to_contain_text("No worker")
