"""What comes first, chosen on the page itself."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from curation.models import Claim, Comment, Image, Membership, Vote
from curation.services.claims import claim_batch
from tests.browser.review_steps import saved, shown, suggested
from tests.factories import make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


def test_an_order_is_chosen_by_key_and_the_queue_begins_anew(
    visit: Visit, transactional_db: None, picture_of: Callable[[int], Image]
) -> None:
    rows = suggested(make_project(classes=4, key="sheets", title="Sheets"), picture_of, 6)
    user = make_user()
    page = visit(user, "/projects/sheets/review/")
    shown(page, rows[0])
    page.evaluate("() => (window.same = true)")
    page.keyboard.press("a")
    shown(page, rows[1])
    page.get_by_role("button", name="Order").focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[data-order]")
    expect(dialog.get_by_role("button", name="As the project says")).to_be_focused()
    page.keyboard.press("ArrowUp")  # the last one: newest first
    page.keyboard.press("Enter")
    shown(page, rows[5])
    assert page.evaluate("() => window.same")
    assert Membership.objects.get(user=user).order == "newest"
    page.keyboard.press("b")
    shown(page, rows[4])
    saved(page)
    assert list(Vote.objects.values_list("candidate", flat=True)) == [rows[0].pk, rows[5].pk]
    page.reload()
    shown(page, rows[4])
    page.get_by_role("button", name="Order").click()
    expect(dialog.locator('[aria-pressed="true"]')).to_have_text("Newest first")
    page.keyboard.press("Escape")
    shown(page, rows[4])


def test_what_a_page_gives_back_late_comes_soon(
    visit: Visit, transactional_db: None, picture_of: Callable[[int], Image]
) -> None:
    """As after loading anew, where the page that is left gives its pictures back behind the first look."""
    project = make_project(classes=4, key="sheets", title="Sheets")
    rows, user = suggested(project, picture_of, 2), make_user()
    left = uuid4()
    assert len(claim_batch(user, project, left)) == 2
    page = visit(user, "/projects/sheets/review/")
    expect(page.get_by_text("Nothing is free at this moment")).to_be_visible()
    Claim.objects.filter(tab=left).delete()
    expect(page.locator(f'[data-review][data-shown="{rows[0].pk}"]')).to_have_count(1, timeout=4000)


def test_a_remark_is_made_by_key_and_counted(
    visit: Visit, transactional_db: None, picture_of: Callable[[int], Image]
) -> None:
    rows = suggested(make_project(classes=4, key="sheets", title="Sheets"), picture_of, 2)
    page = visit(make_user(), "/projects/sheets/review/")
    shown(page, rows[0])
    page.keyboard.press("q")
    page.keyboard.type("Is that a label?")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comment-text")).to_have_text("Is that a label?")
    page.keyboard.press("Escape")
    expect(page.locator("[data-caption]")).to_contain_text("1 remark (Q)")
    assert Comment.objects.get().candidate == rows[0]
    page.keyboard.press("a")
    shown(page, rows[1])
