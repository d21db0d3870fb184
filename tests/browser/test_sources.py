"""Mapping codes to sources by keyboard alone, and the pages about sources with axe's eyes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from curation.models import Batch, Image, Source, SourceRule, User
from curation.services.sources import ensure_published_sources
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_pages import RULES
from tests.curation.sources.conftest import make_records
from tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture
def admin(transactional_db: None) -> User:
    return make_user("admin", username="ada", first_name="Ada Admin")


@pytest.fixture
def waiting(admin: User, picture_of: Callable[[int], Image]) -> None:
    """Records with three combinations of codes and some with none; two sources have pictures."""
    ensure_published_sources()
    for number, code in enumerate(["MICH", "NY", "NY"]):
        Image.objects.filter(pk=picture_of(number).pk).update(source=Source.objects.get(code=code))
    address = "https://data.rbge.org.uk/living/images/{}/a-rather-long-name-of-a-picture-file.jpg"
    batch = Batch.objects.create(origin="0117680-220831081235567.zip", kind="dwca")
    for n, codes, name in [
        (5, {"institution_code": "MNHN", "collection_code": "P"}, "Bellis perennis L."),
        (4, {"institution_code": "RBGE", "collection_code": "E"}, "Poa annua L."),
        (3, {"institution_code": "Berlin Botanic Garden and Botanical Museum"}, "Acer campestre L."),
        (2, {"institution_code": "K", "dataset_key": "1d31211e-350e-492a-a597-34d24bbc1769"}, ""),
    ]:
        make_records(n, batch, scientific_name=name, access_uri=address.format(n), **codes)
    make_records(2, batch)
    SourceRule.objects.create(source=Source.objects.get(code="C"), institution_code="C", created_by=admin)


@pytest.mark.usefixtures("waiting")
def test_enter_saves_a_line_and_the_next_has_the_focus(admin: User, visit: Visit) -> None:
    page = visit(admin, "/sources/rules/")
    field = page.locator(":focus")
    expect(field).to_have_value("P")
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text("5 records now come from P")
    expect(field).to_have_value("E")
    page.keyboard.type("ny")  # the suggestion is selected, so that typing replaces it
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text("4 records now come from NY")
    expect(field).to_have_value("")
    made = SourceRule.objects.exclude(institution_code="C").order_by("id")
    assert list(made.values_list("institution_code", "collection_code", "source__code")) == [
        ("MNHN", "P", "P"),
        ("RBGE", "E", "NY"),
    ]


@pytest.mark.usefixtures("waiting")
def test_a_line_can_be_saved_without_scripts(admin: User, visit: Visit) -> None:
    page = visit(admin, "/sources/rules/", java_script_enabled=False)
    line = page.locator(".unmapped li").nth(1)
    line.get_by_label("Source").fill("E")
    line.get_by_role("checkbox", name="collection").uncheck()
    line.get_by_role("button", name="Save").click()
    expect(page.locator(".messages")).to_contain_text("4 records now come from E")
    assert SourceRule.objects.get(institution_code="RBGE").collection_code == ""


PLACES = [
    "/sources/",
    "/sources/?show=all",
    "/sources/rules/",
    "/sources/K/",
    "/sources/K/edit/",
    "/sources/new/",
]


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_are_accessible_and_fit(
    admin: User, visit: Visit, viewport: dict[str, int], scheme: str
) -> None:
    page = visit(admin, "/", viewport=viewport, color_scheme=scheme)
    rule = SourceRule.objects.get().pk
    for path in [*PLACES, f"/sources/rules/{rule}/", f"/sources/rules/{rule}/remove/"]:
        page.goto(path)
        result: Any = Axe().run(page, options=RULES)
        assert not result.response["violations"], f"{path}: {result.generate_report()}"
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= viewport["width"], f"{path} is {width} px wide"
        if folder := os.environ.get("SHOTS"):
            name = f"{path.strip('/').replace('/', '-').replace('?', '-')}-{viewport['width']}-{scheme}.png"
            page.screenshot(path=Path(folder) / name, full_page=True)
