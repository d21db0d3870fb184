"""Figures in a browser: charts are drawn, lead to rows, and are saved; the data card prints by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from curation.models import Candidate, Image
from tests.browser.conftest import DESK, PHONE
from tests.browser.review_steps import until
from tests.factories import make_candidate, make_decided, make_project, make_source, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# What is wider than the screen, but for what scrolls in its own frame.
WIDE = """[...document.querySelectorAll('main *')]
    .filter(e => !e.closest('.table-scroll, svg'))
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .map(e => e.outerHTML.slice(0, 120))"""

# Width, ink and ground of each chart.
DRAWN = """() => [...document.querySelectorAll("[data-area]")].map(({ _fullLayout: drawn }) =>
    drawn ? [drawn.width, drawn.font.color, drawn.plot_bgcolor] : null)"""


@pytest.fixture
def figures(transactional_db: None, picture_of: Callable[[int], Image]) -> None:
    """Flora: six pictures of two sources, four decided."""
    user = make_user("lead", username="lea")
    project = make_project(classes=2, key="flora", title="Flora")
    sources = [make_source("HERB", name="A herbarium"), make_source("MUS")]
    for number in range(6):
        picture = picture_of(number)
        Image.objects.filter(pk=picture.pk).update(source=sources[number % 2])
        picture.refresh_from_db()
        if number < 4:
            make_decided(project, project.classes.get(index=number // 2), user, picture)
        else:
            make_candidate(project, picture)


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_charts_are_drawn_and_lead_to_rows(
    visit: Callable[..., Page], figures: None, screen: dict[str, int]
) -> None:
    scheme = "light" if screen is DESK else "dark"
    page = visit(make_user("lead"), "/dashboards/", viewport=screen, color_scheme=scheme)
    page.locator("#projects table").get_by_role("link", name="Flora").click()
    expect(page.locator(".lead")).to_contain_text("4 of 6 pictures are decided")
    for key in ("classes", "sources", "licences", "series"):
        figure = page.locator(f'[data-plot="{key}"]')
        figure.scroll_into_view_if_needed()
        expect(figure).to_have_attribute("data-drawn", "")
        expect(figure.locator("svg.main-svg").first).to_be_visible()
    assert page.evaluate(WIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page, options=RULES).response["violations"]
    assert not found, [(each["id"], each["nodes"][0]["html"][:200]) for each in found]
    # The first part of the first bar: open pictures of a source.
    figure = page.locator('[data-plot="sources"]')
    figure.scroll_into_view_if_needed()
    place = figure.locator("[data-area]").evaluate("""(area) => {
      const { xaxis, yaxis } = area._fullLayout;
      return { x: xaxis.d2p(0.4), y: yaxis.d2p(0) };
    }""")
    figure.locator(".nsewdrag").click(position=place)
    page.wait_for_url("**/candidates/?*state=open*")
    expect(page.locator("h1")).to_have_text("1 picture")
    assert Candidate.objects.filter(state="open").count() == 2


def test_a_chart_is_saved_filters_stand_in_the_address_and_the_card_is_a_file(
    visit: Callable[..., Page], figures: None
) -> None:
    page = visit(make_user("lead"), "/dashboards/projects/flora/", color_scheme="light")
    page.get_by_label("Source", exact=True).select_option("HERB")
    page.get_by_role("button", name="Count", exact=True).click()
    page.wait_for_url("**/dashboards/projects/flora/?source=HERB*")
    expect(page.locator(".lead")).to_contain_text("2 of 3 pictures are decided")
    figure = page.locator('[data-plot="classes"]')
    figure.scroll_into_view_if_needed()
    with page.expect_download() as download:
        figure.get_by_role("button", name="Save as PNG").click()
    assert download.value.suggested_filename == "project-flora-classes.png"
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    page.locator("#sources table").get_by_role("link", name="HERB").first.click()
    page.get_by_role("link", name="Data card").click()
    expect(page.locator("h1")).to_contain_text("A herbarium")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as a page").click()
    text = Path(download.value.path()).read_text()
    assert "A herbarium" in text and "<script" not in text


def test_charts_are_printed_in_the_colours_and_the_width_of_paper(
    visit: Callable[..., Page], figures: None, tmp_path: Path
) -> None:
    """From a dark and wide screen, also charts that were not in view yet; afterwards all is as before."""
    page = visit(make_user("lead"), "/dashboards/projects/flora/", color_scheme="dark")
    expect(page.locator('[data-plot="classes"]')).to_have_attribute("data-drawn", "")
    [(wide, dark, _ground), *_rest] = page.evaluate(DRAWN)
    page.evaluate(f"""() => addEventListener("beforeprint", () => {{
      document.body.dataset.printed = JSON.stringify(({DRAWN})());
    }})""")
    file = tmp_path / "page.pdf"
    page.pdf(path=file, format="A4")
    assert file.read_bytes().startswith(b"%PDF")
    printed = json.loads(page.locator("body").get_attribute("data-printed") or "[]")
    assert len(printed) == page.locator("[data-plot]").count() >= 4
    for width, ink, ground in printed:
        assert width <= 700 < wide and ground == "#fff"
        assert ink != dark and ink == printed[0][1]
    until(
        page,
        f"([wide, dark]) => {{ const [a, b] = ({DRAWN})()[0]; return a === wide && b === dark; }}",
        [wide, dark],
    )
