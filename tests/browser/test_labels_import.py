"""Label Studio's file in the browser: sent, looked at and confirmed by the keyboard, on a phone as well."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from curation.models import Image, Vote
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_candidate, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"])
def test_a_file_is_sent_looked_at_and_saved(
    visit: Callable[..., Page],
    picture_of: Callable[[int], Image],
    tmp_path: Path,
    size: dict[str, int],
    scheme: str,
) -> None:
    project = make_project(3, key="sheets", title="Sheets")
    lead = make_user("lead", username="lea", first_name="Lea Lead")
    make_user("curator", username="ada", email="ada@example.org", first_name="Ada")
    file = tmp_path / "project-7-at-2026-11-28.json"
    file.write_text(
        json.dumps([task_of(number, make_candidate(project, picture_of(number))) for number in range(4)])
    )
    page = visit(lead, "/projects/sheets/labels/", viewport=size, color_scheme=scheme)
    page.get_by_role("link", name="Take a Label Studio file in…").focus()
    page.keyboard.press("Enter")
    page.get_by_label("File").set_input_files(file)
    wide(page)
    page.get_by_role("button", name="Check the file").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=file.name)).to_be_visible()
    expect(page.get_by_label("ada@example.org")).to_have_value("ada")
    expect(page.get_by_text("stands for nobody here")).to_have_count(1)
    wide(page)
    other = page.get_by_label("7", exact=True)
    other.focus()
    page.keyboard.press("L")  # as a list answers to the first letter of a name
    page.get_by_role("button", name="Check again").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("stands for nobody here")).to_have_count(0)
    assert not Vote.objects.exists()
    page.get_by_role("button", name="Save 3 votes").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("3 votes are saved. 1 row was left out.")).to_be_visible()
    assert sorted(Vote.objects.values_list("user__username", flat=True)) == ["ada", "ada", "lea"]


def wide(page: Page) -> None:
    """Nothing sticks out of the page."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def task_of(number: int, candidate: Any) -> dict[str, Any]:
    """By ada, but for the third; the last one names a class that there is not."""
    slug = "class-z" if number == 3 else "class-b"
    value = {"from_name": "label", "to_name": "image", "type": "choices", "value": {"choices": [slug]}}
    who: Any = 7 if number == 2 else {"email": "ada@example.org"}
    said = {"id": number, "completed_by": who, "result": [value], "lead_time": 1.5}
    return {"id": number, "data": {"image": f"{candidate.image.sha256}.jpg"}, "annotations": [said]}
