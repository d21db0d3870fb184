"""Inviting, assigning and choosing keys in Chromium: as a person does it, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from curation.models import Assignment, Image, Project, User
from curation.services import assignments
from curation.services.audit import record
from tests.browser.conftest import DESK, PHONE
from tests.factories import decide, make_candidate, make_model, make_prediction, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture
def project(transactional_db: None, picture_of: Callable[[int], Image]) -> Project:
    """Votes of two curators, and open pictures that are suggested as A."""
    project = make_project(classes=6, key="sheets", title="Sheets")
    ana, model = make_user(username="ana", first_name="Ana"), make_model(list("ABCDEF"))
    make_user(username="ben", first_name="Ben")
    for number in range(5):
        candidate = make_candidate(project, picture_of(number))
        make_prediction(candidate, model, [0.5] + [0.1] * 5)
        if number > 2:
            decide(candidate, project.classes.get(key="A"), ana)
    return project


def wide(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_an_invitation_from_link_to_account(visit: Visit, project: Project) -> None:
    admin = visit(make_user("admin"), "/people/invitations/")
    admin.get_by_label("For whom").fill("Inês")
    admin.get_by_label("Project").select_option("sheets")
    admin.get_by_role("button", name="Make a link").press("Enter")
    link = admin.locator("#link").inner_text()

    stranger = visit(None, link, viewport=PHONE)
    expect(stranger.get_by_role("heading", level=1)).to_have_text("You are invited")
    assert wide(stranger) <= PHONE["width"]
    expect(stranger.get_by_label("User name")).to_be_focused()
    stranger.keyboard.type("ines")
    stranger.get_by_label("Your name").fill("Inês")
    stranger.get_by_label("Password").fill("nine herbaria under one roof")
    stranger.keyboard.press("Enter")
    expect(stranger.get_by_text("Welcome, Inês.")).to_be_visible()
    assert Assignment.objects.get().user.username == "ines"


def test_a_lead_assigns_a_class_and_the_curator_finds_it(visit: Visit, project: Project) -> None:
    page = visit(make_user("lead"), "/projects/sheets/team/")
    page.get_by_label("Person").select_option("ben")
    page.get_by_label("Suggested class").select_option("class-a")
    page.get_by_role("button", name="Assign these pictures").click()
    row = page.get_by_role("row", name="Ben")
    expect(row).to_contain_text("Class A 3 open")
    expect(page.get_by_role("row", name="Ana")).to_contain_text("2")
    row.get_by_role("link", name="3", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 pictures")

    own = visit(User.objects.get(username="ben"), "/work/", viewport=PHONE)
    expect(own.get_by_role("link", name="Class A")).to_be_visible()
    assert wide(own) <= PHONE["width"]
    own.get_by_label("Sheets", exact=True).select_option("newest")
    own.get_by_role("button", name="Keep this order in Sheets").click()
    expect(own.get_by_label("Sheets", exact=True)).to_have_value("newest")


def test_a_key_is_pressed_into_its_field(visit: Visit, project: Project) -> None:
    ben = User.objects.get(username="ben")
    page = visit(ben, "/account/keys/")
    skip = page.get_by_label("Skip; it comes again later")
    skip.focus()
    page.keyboard.press("a")
    expect(skip).to_have_value("A")
    page.keyboard.press("Tab")  # nobody is caught in a field
    expect(skip).not_to_be_focused()
    page.get_by_role("button", name="Keep these keys").press("Enter")
    expect(page.get_by_text("A is the class Class A of Sheets.")).to_be_visible()
    skip.press("z")
    page.get_by_label("Zoom in and back").press("Home")
    page.get_by_role("button", name="Keep these keys").press("Enter")
    expect(page.locator("#sheet")).to_contain_text("Z Skip")
    ben.refresh_from_db()
    assert ben.keys == {"skip": "Z", "zoom-toggle": "Home"}
    page.emulate_media(media="print")
    expect(page.locator("#sheet")).to_be_visible()
    expect(page.locator("form[data-keys]")).to_be_hidden()
    expect(page.get_by_role("banner")).to_be_hidden()


@pytest.fixture
def shots(request: pytest.FixtureRequest) -> Path | None:
    """Where pictures of the pages go when VASCULUM_SHOTS names a folder."""
    import os

    return Path(os.environ["VASCULUM_SHOTS"]) if os.environ.get("VASCULUM_SHOTS") else None


def test_pages_fit_a_phone_and_a_desk(visit: Visit, project: Project, shots: Path | None) -> None:
    admin, ben = make_user("admin", username="ada", first_name="Ada"), User.objects.get(username="ben")
    assignments.assign(admin, ben, project, label=project.classes.get(key="A"))
    assignments.assign(admin, ben, project, source=Image.objects.earliest("id").source)
    change: dict[str, Any] = {"before": {"order": "entropy"}, "after": {"order": "margin"}}
    record(admin, "policy.change", "sheets", project=project, **change)
    page = visit(admin, "/")
    for view in (DESK, PHONE):
        page.set_viewport_size({"width": view["width"], "height": view["height"]})
        for path in (
            *("/projects/sheets/team/", "/work/", "/work/?person=ana", "/people/invitations/"),
            *("/audit/", "/account/keys/"),
        ):
            page.goto(path)
            assert wide(page) <= view["width"], f"{path} at {view['width']} px"
            if shots:
                name = path.strip("/").replace("/", "-").replace("?", "-")
                page.screenshot(path=shots / f"{name}-{view['width']}.png", full_page=True)
