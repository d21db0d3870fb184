"""Tags from the map in Chromium: by a lasso, by touch, and by keys alone; listed and taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from curation.models import Candidate, Tag, Tagging, User
from curation.services.tags import tag_candidates
from tests.browser.conftest import PHONE
from tests.browser.test_map import PICTURES, lead, serious, sheets, spread  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
LEFT = PICTURES // 2  # of the row of pictures, left of the middle of the map


def tagged() -> set[int]:
    return set(Tagging.objects.values_list("candidate_id", flat=True))


def opened(visit: Visit, user: User, **options: Any) -> Page:
    page = visit(user, "/projects/sheets/map/", **options)
    expect(page.locator("[data-map]")).to_have_attribute("data-ready", re.compile("."))
    return page


def left_half(page: Page) -> list[tuple[float, float]]:
    """A line around the left half of the map."""
    box = page.locator("canvas").bounding_box()
    assert box is not None
    left, top = box["x"] + 2, box["y"] + 100
    right, bottom = box["x"] + box["width"] / 2, box["y"] + box["height"] - 4
    return [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]


def listed(page: Page, name: str) -> list[str]:
    """SHA-256 of what the list shows that is filtered by the tag."""
    page.goto(f"/projects/sheets/candidates/?tag={name}")
    return [
        address.split("/")[-2]
        for address in page.locator(".thumb").evaluate_all("all => all.map((one) => one.href)")
    ]


def test_a_group_is_lassoed_tagged_listed_and_taken_back(
    lead: User,  # noqa: F811
    sheets: Any,  # noqa: F811
    visit: Visit,
) -> None:
    real = spread(sheets, PICTURES)
    tag_candidates(sheets.project, [real[0].pk], "Mould", lead)
    page = opened(visit, lead)
    page.get_by_role("button", name="Lasso").click()
    first, *others = left_half(page)
    page.mouse.move(*first)
    page.mouse.down()
    for x, y in others:
        page.mouse.move(x, y, steps=4)
    page.mouse.up()
    expect(page.get_by_text("10 pictures chosen")).to_be_visible()
    page.get_by_role("combobox", name="Tag", exact=True).fill("mould")
    page.get_by_role("button", name="Tag these").click()
    expect(page.get_by_text("9 pictures were tagged Mould. 1 had it already.")).to_be_visible()
    assert tagged() == {one.pk for one in real[:LEFT]}

    # Coloured by it, and the list that is filtered by it.
    page.get_by_label("Colour by").select_option(label="Mould")
    legend = page.get_by_role("list", name="Groups; press one to hide it")
    expect(legend.get_by_role("button", name="Mould 10")).to_be_visible()
    expect(legend.get_by_role("button", name="Without this tag 10")).to_be_visible()
    other = page.context.new_page()
    found = listed(other, "Mould")
    assert sorted(found) == sorted(one.image.sha256 for one in real[:LEFT])

    page.get_by_role("button", name="Take the tag off these again").click()
    expect(page.get_by_text("The tag was taken off 9 pictures.")).to_be_visible()
    expect(legend.get_by_role("button", name="Mould 1", exact=True)).to_be_visible()
    assert tagged() == {real[0].pk}  # what had it before keeps it
    assert listed(other, "Mould") == [real[0].image.sha256]


def test_by_keys_alone(lead: User, sheets: Any, visit: Visit) -> None:  # noqa: F811
    real = spread(sheets, PICTURES)
    Candidate.objects.filter(pk__in=[one.pk for one in real[:3]]).update(
        state="open", label=None, decision=None
    )
    page = opened(visit, lead)
    page.get_by_label("Colour by").select_option("state")
    page.get_by_role("button", name="Decided 17", exact=True).press("Enter")
    page.locator("canvas").focus()
    page.keyboard.press("v")
    expect(page.get_by_text("3 pictures chosen")).to_be_visible()
    page.keyboard.press("t")
    page.keyboard.type("To be looked at")
    page.keyboard.press("Enter")
    expect(
        page.get_by_role("status").filter(has_text="3 pictures were tagged To be looked at.")
    ).to_be_visible()
    assert tagged() == {one.pk for one in real[:3]}
    expect(page.locator("canvas")).to_be_focused()
    option = page.locator("[data-by] option", has_text="To be looked at")
    expect(option).to_have_count(1)
    page.keyboard.press("u")
    expect(page.get_by_text("The tag was taken off 3 pictures.")).to_be_visible()
    assert not Tag.objects.exists()  # it went with its last picture
    expect(option).to_have_count(0)


def test_by_touch_on_a_phone(lead: User, sheets: Any, visit: Visit) -> None:  # noqa: F811
    real = spread(sheets, PICTURES)
    page = opened(visit, lead, viewport=PHONE, has_touch=True)
    page.get_by_role("button", name="Lasso").tap()
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": x, "y": y} for x, y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    line = left_half(page)
    touch("touchStart", line[0])
    for (x0, y0), (x1, y1) in zip(line, line[1:], strict=False):
        for part in (0.5, 1):
            touch("touchMove", (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part))
            page.wait_for_timeout(30)
    # It rests before it is lifted: what is flung would swallow the next tap.
    page.wait_for_timeout(300)
    touch("touchMove", line[-1])
    touch("touchEnd")
    expect(page.get_by_text("10 pictures chosen")).to_be_visible()
    field = page.get_by_role("combobox", name="Tag", exact=True)
    field.tap()
    expect(field).to_be_focused()
    page.keyboard.type("Torn")
    page.keyboard.press("Enter")  # as the key of a phone that sends
    expect(page.get_by_text("10 pictures were tagged Torn.")).to_be_visible(timeout=15_000)
    assert tagged() == {one.pk for one in real[:LEFT]}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    serious(page)
    page.get_by_role("button", name="Take the tag off these again").tap()
    expect(page.get_by_text("The tag was taken off 10 pictures.")).to_be_visible()
    assert tagged() == set()

    tag_candidates(sheets.project, [one.pk for one in real[:2]], "Torn", lead)
    page.goto("/projects/sheets/tags/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    serious(page)
    page.goto(f"/images/{real[0].image.sha256}/")
    page.get_by_role("button", name="Take off the tag Torn").tap()
    expect(page.get_by_text("The tag was taken off 1 picture.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
