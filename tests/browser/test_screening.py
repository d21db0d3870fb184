"""Screening in the browser: threshold, a bar that opens its sheets, the heat map by keys, the worklist."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from curation.models import Screening
from curation.services.condition import screen
from curation.services.condition.request import request_screening
from curation.services.progress import NullProgress
from tests.browser.conftest import PHONE
from tests.curation.condition.conftest import Sheets, make_sheets  # noqa: F401
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture
def screened(transactional_db: None, make_sheets: Callable[..., Sheets]) -> tuple[Sheets, Screening]:  # noqa: F811
    sheets = make_sheets()
    job = request_screening(sheets.project, sheets.tiles, sheets.whole, sheets.lead)
    screen.run(job, NullProgress())
    return sheets, Screening.objects.get(job=job)


def test_from_the_histogram_to_the_heat_map_and_the_worklist(
    visit: Visit, screened: tuple[Sheets, Screening], tmp_path: Path
) -> None:
    sheets, found = screened
    page = visit(make_user(username="ana"), f"/projects/sheets/condition/{found.pk}/?score=maximum")
    expect(page.locator('[data-plot="histogram"][data-drawn]')).to_be_visible()
    expect(page.locator("[data-flagged]")).to_contain_text("3 sheets of 6 would be flagged")
    page.locator("#threshold").focus()
    for _step in range(50):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-flagged]")).to_contain_text("0 sheets of 6")
    page.get_by_role("button", name="Show the sheets at this threshold").click()
    expect(page.locator("#wrong-title")).to_contain_text("2 sheets misclassified")
    page.goto(f"/projects/sheets/condition/{found.pk}/?score=maximum")
    # The bar of the stained sheets opens them.
    page.locator('[data-plot="histogram"][data-drawn]').scroll_into_view_if_needed()
    bars = [row.bounding_box() for row in page.locator('[data-plot="histogram"] .bars .point path').all()]
    box = next(box for box in bars if box and box["height"] > 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url("**/sheets/?*")
    expect(page.locator(".sheet").first).to_be_visible()
    page.locator(".sheet a").first.click()
    stage = page.locator("[data-heat][data-ready]")
    expect(stage).to_have_attribute("data-opacity", "60")
    page.keyboard.press("+")
    expect(stage).to_have_attribute("data-opacity", "70")
    page.keyboard.press("h")
    expect(stage).to_have_attribute("data-opacity", "0")
    page.keyboard.press("t")
    expect(page.locator("[data-hottest] li").first).to_contain_text("P =")
    assert page.locator(".tile-p").count() == page.locator(".tile").count(), "all tiles are wide enough here"
    page.goto(f"/projects/sheets/condition/{found.pk}/?score=maximum")
    page.locator("[data-worklist]").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    waiting.value.save_as(tmp_path / "list.csv")
    with (tmp_path / "list.csv").open(newline="") as file:
        assert [row["catalog_number"] for row in csv.DictReader(file)] == ["H-0000", "H-0002", "H-0004"]


def test_on_a_phone_nothing_hangs_over_the_edge(visit: Visit, screened: tuple[Sheets, Screening]) -> None:
    sheets, found = screened
    page = visit(sheets.lead, f"/projects/sheets/condition/{found.pk}/", viewport=PHONE)
    one = sheets.candidates[2].image.sha256
    for place in ("", "sheets/", f"sheets/{one}/", "worklist/"):
        page.goto(f"/projects/sheets/condition/{found.pk}/{place}")
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], f"{place} is {wide} px wide"
