"""The report of a release and the difference of two in a browser: plots are drawn, and lead to pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from curation.models import Image
from curation.services.freeze import freeze
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_decided, make_project, make_source, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What is wider than the screen, but for what scrolls in its own frame.
WIDE = """[...document.querySelectorAll('main *')]
    .filter(e => !e.closest('.table-scroll, .crosstab-scroll, .plot-frame, pre'))
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture
def releases(transactional_db: None, picture_of: Callable[[int], Image]) -> None:
    """Two releases of 2 classes x 3 pictures from two sources; pictures and splits differ by the seed."""
    user = make_user("lead")
    project = make_project(classes=2, key="flora", title="Flora")
    sources = [make_source("HERB"), make_source("MUS")]
    for number in range(10):
        picture = picture_of(number)
        Image.objects.filter(pk=picture.pk).update(source=sources[number % 2], group=picture.sha256)
        picture.refresh_from_db()
        make_decided(project, project.classes.get(index=number // 5), user, picture)
    for seed in (1, 2):
        freeze(project, seed=seed, name=f"flora-{seed}", train=1, test=1, validate=1, created_by=user)


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plots_are_drawn_and_lead_to_pictures(
    visit: Callable[..., Page], releases: None, screen: dict[str, int], scheme: str, tmp_path: Path
) -> None:
    page = visit(make_user("reader"), "/releases/flora-1/report/", viewport=screen, color_scheme=scheme)
    for key in ("crosstab", "class-licence", "class-split", "sources"):
        figure = page.locator(f'[data-plot="{key}"]')
        figure.scroll_into_view_if_needed()
        expect(figure).to_have_attribute("data-drawn", "")
        expect(figure.locator("svg.main-svg").first).to_be_visible()
    assert page.evaluate(WIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=tmp_path / "report.png", full_page=True)
    # A cell of the heat map: its middle, by what Plotly says of its axes.
    area = page.locator('[data-plot="crosstab"] [data-area]')
    area.scroll_into_view_if_needed()
    page.locator('[data-plot="crosstab"] .nsewdrag').click(position=_first_cell(page))
    page.wait_for_url("**/members/?category=*&source=*")
    expect(page.locator("h1")).to_contain_text("picture")


def _first_cell(page: Page) -> dict[str, float]:
    """Where the first cell with pictures is, in pixels of the plot."""
    found = page.evaluate("""() => {
      const plot = document.querySelector('[data-plot="crosstab"] [data-area]');
      const { counts } = JSON.parse(document.getElementById("plots").textContent).crosstab;
      const row = counts.findIndex((cells) => cells.some((n) => n));
      const column = counts[row].findIndex((n) => n);
      const { xaxis, yaxis } = plot._fullLayout;
      return { x: xaxis.d2p(xaxis._categories[column]), y: yaxis.d2p(yaxis._categories[row]) };
    }""")
    return {"x": found["x"], "y": found["y"]}


def test_a_plot_is_saved_and_follows_the_theme(visit: Callable[..., Page], releases: None) -> None:
    page = visit(make_user("reader"), "/releases/flora-1/report/#class-split", color_scheme="light")
    figure = page.locator('[data-plot="class-split"]')
    figure.scroll_into_view_if_needed()
    with page.expect_download() as download:
        figure.get_by_role("button", name="Save as PNG").click()
    assert download.value.suggested_filename == "flora-1-class-split.png"
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    letters = figure.locator(".ytick text").first
    before = letters.evaluate("e => getComputedStyle(e).fill")
    page.locator("[data-theme-toggle]").first.click()
    expect(letters).not_to_have_css("fill", before)


def test_without_scripts_the_tables_say_it(visit: Callable[..., Page], releases: None) -> None:
    reader = make_user("reader")
    page = visit(reader, "/releases/flora-1/report/", java_script_enabled=False)
    expect(page.locator("[data-plot]").first).to_be_hidden()
    expect(page.locator("#class-split tfoot")).to_contain_text("Total")


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_from_one_release_to_what_differs_from_another(
    visit: Callable[..., Page], releases: None, screen: dict[str, int], tmp_path: Path
) -> None:
    page = visit(make_user("reader"), "/releases/flora-1/", viewport=screen)
    page.get_by_role("link", name="Compare with…").click()
    expect(page.get_by_label("After")).to_be_focused()
    page.get_by_label("After").select_option("flora-2")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".lead")).to_contain_text("added")
    first = page.locator("#classes tbody td a").first
    expect(first).to_be_visible()
    assert page.evaluate(WIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=tmp_path / "diff.png", full_page=True)
    tab = page.locator("#pictures .tabs a", has_text="Same")
    n = int(tab.locator(".num").inner_text())
    tab.click()
    expect(page.locator("#pictures .tabs [aria-current]")).to_contain_text("same", ignore_case=True)
    expect(page.locator("#pictures .thumb")).to_have_count(n)
