"""Agreement in a browser, at a desk and on a phone: from a figure to the votes behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from curation.models import Image
from curation.services.aggregate import request_aggregation
from curation.services.agreement import request_agreement
from curation.services.gold import make_gold
from tests.browser.conftest import DESK, PHONE
from tests.curation.quality.conftest import say, work
from tests.factories import decide, make_candidate, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_from_a_figure_to_its_votes(
    visit: Callable[..., Page], picture_of: Callable[[int], Image], screen: dict[str, int], tmp_path: Any
) -> None:
    lead = make_user("lead", first_name="Lea Lead")
    people = [make_user("curator", username=name) for name in ("ada", "ben", "cyd")]
    project = make_project(classes=3, key="flora", votes_needed=2)
    for number, said in enumerate(("AAA", "BBB", "ABA", "CCC", "CCB", "BBB", "AAA", "CCC")):
        candidate = make_candidate(project, picture_of(number))
        for user, key in zip(people, said, strict=True):
            say(user, candidate, key)
    known = decide(make_candidate(project, picture_of(8)), project.classes.get(key="A"), lead)
    item = make_gold(lead, known.pk, "A whole sheet.")
    say(people[0], known, "A", gold=item)
    work(request_agreement(project))
    work(request_aggregation(project))
    page = visit(lead, "/projects/flora/agreement/", viewport=screen)
    expect(page.locator(".lead")).to_contain_text("Reviewers agree")
    page.screenshot(path=tmp_path / "agreement.png", full_page=True)
    wide = """[...document.querySelectorAll('main *')].filter(e => !e.closest('.table-scroll')
        && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 120))"""
    assert page.evaluate(wide) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    row = page.get_by_role("row").filter(has_text="ada · ben")
    row.get_by_role("link", name="1", exact=True).click()
    expect(page.locator("table.votes caption")).to_contain_text("1 vote")
    expect(page.locator("table.votes tbody")).to_contain_text("ada")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=tmp_path / "votes.png", full_page=True)
    page.goto("/projects/flora/gold/")
    expect(page.locator(".gold-list li")).to_contain_text("1 of 1 answer right")
    page.screenshot(path=tmp_path / "gold.png", full_page=True)
