"""Freezing in Chromium: the numbers follow the form, the address holds it; by keys, and without scripts."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from benchmarks.queue_rows import fill
from curation.models import Candidate, Job, Project, Release, Source, User
from curation.services.jobs import execute
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_pages import RULES
from tests.factories import make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
PAGE = "/projects/herbariograph/freeze/"
SIX = f"{PAGE}?by=class&per_class=6&ratio=8:1:1"


@pytest.fixture
def admin(transactional_db: None) -> User:
    return make_user("admin", username="ada", first_name="Ada Admin")


@pytest.fixture
def project(admin: User) -> Project:
    """17 classes of unequal number, 43 sources, half of the pictures decided."""
    project: Project = fill(500, decided=0.6, train=16, test=2, validate=2, audit_share=0.0)
    return project


def title(page: Page) -> Any:
    return page.locator("#supply .lead")


def width(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_the_numbers_follow_every_input(visit: Visit, admin: User, project: Project) -> None:
    page = visit(admin, PAGE)
    expect(title(page)).to_contain_text("of 17 classes lack pictures")
    # Written in one target, the other follows; the address holds it, without what is usual.
    page.get_by_label("Per class").fill("10")
    expect(page.get_by_label("To train")).to_have_value("8")
    expect(page.get_by_role("radio", name="A number for each class")).to_be_checked()
    expect(title(page)).to_contain_text("Every class has enough.")
    page.get_by_label("Train : test : validate").fill("70/20/10")
    expect(page.get_by_label("To test")).to_have_value("2")
    expect(page.get_by_label("To train")).to_have_value("7")
    assert page.url.endswith("?by=class&per_class=10&ratio=70%2F20%2F10")
    page.get_by_label("To validate").fill("2")
    expect(page.get_by_label("Per class")).to_have_value("11")
    expect(page.get_by_label("Train : test : validate")).to_have_value("7:2:2")
    page.get_by_label("Even over sources").check()
    expect(page.get_by_text("Exact by number;")).to_be_visible()
    page.get_by_label("To validate").fill("-1")
    expect(page.locator("#supply").get_by_role("alert").first).to_be_visible()
    # The address is a bookmark: it brings all of it back.
    page.goto(page.url)
    expect(page.get_by_label("Even over sources")).to_be_checked()
    expect(page.get_by_label("Per class")).to_have_value("11")


def test_sources_are_searched_and_set_together(visit: Visit, admin: User, project: Project) -> None:
    Source.objects.filter(code="S7").update(name="Jardín Botánico")
    page = visit(admin, PAGE)
    expect(page.locator("[data-source]:visible")).to_have_count(43)
    page.get_by_label("Search sources").fill("jardin")
    expect(page.locator("[data-source]:visible")).to_have_count(1)
    with page.expect_response(lambda answer: "use-S7=out" in answer.url):
        page.get_by_role("button", name="All out").click()
    expect(page.locator("[data-source]:visible")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?use-S7=out$"))
    page.get_by_label("Search sources").fill("nowhere")
    expect(page.get_by_text("No source is called so.")).to_be_visible()
    page.get_by_label("Search sources").fill("")
    page.get_by_role("group", name="S7").get_by_label("Test").check()
    expect(page.get_by_text("Test set: all there is of S7.")).to_be_visible()


def test_by_keyboard_alone_to_the_release(visit: Visit, admin: User, project: Project) -> None:
    page = visit(admin, PAGE)
    page.get_by_label("Per class").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("6")
    expect(page.get_by_role("link", name="Freeze 17 × 6")).to_be_visible()
    page.get_by_role("link", name="Freeze 17 × 6").focus()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Freeze 17 × 6")
    expect(button).to_be_focused()
    assert not Job.objects.exists()
    page.go_back()  # what was chosen is still there
    expect(page.get_by_label("Per class")).to_have_value("6")
    page.go_forward()
    # A page that comes back need not take the focus again; a key pressed before it is there goes nowhere.
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/jobs/" in address)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Freeze herbariograph-6-s1")
    assert execute(Job.objects.get().pk)
    page.get_by_role("link", name="See what it made").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("herbariograph-6-s1")
    assert Release.objects.get().per_class == 6


def test_a_lead_sends_ahead_and_takes_back(visit: Visit, project: Project) -> None:
    page = visit(make_user("lead"), PAGE)
    scroll = page.get_by_role("button", name=re.compile(r"^Send \d+ to the front")).first
    wanted = int(re.findall(r"\d+", scroll.inner_text())[0])
    scroll.press("Enter")
    expect(page.locator(".messages")).to_contain_text(str(wanted))
    expect(page.locator("#short")).to_be_in_viewport()
    assert Candidate.objects.filter(urgent=True).count() == wanted
    page.get_by_role("button", name=re.compile("^Send .* pictures to the front of the queue")).click()
    expect(page.get_by_text("still wait at the front of the queue")).to_be_visible()
    assert Candidate.objects.filter(urgent=True).count() > wanted
    page.get_by_role("button", name="Take all back").click()
    expect(page.locator(".messages")).to_contain_text("taken back")
    assert not Candidate.objects.filter(urgent=True).exists()


def test_without_scripts(visit: Visit, admin: User, project: Project) -> None:
    signed_in = visit(admin, "/").context.cookies()
    page = visit(None, "/sign-in/", java_script_enabled=False)
    page.context.add_cookies(signed_in)  # type: ignore[arg-type]
    page.goto(PAGE)
    page.get_by_label("Per class").fill("6")
    page.get_by_label("A number for each class").check()
    page.get_by_role("button", name="Show the numbers").click()
    expect(title(page)).to_contain_text("Every class has enough.")
    assert page.url.endswith("?by=class&per_class=6&ratio=8%3A1%3A1")
    expect(page.get_by_label("Search sources")).to_be_hidden()
    page.get_by_role("button", name="All out").click()
    expect(page.locator("#supply")).to_contain_text("Leave at least one source in.")


def test_it_is_accessible_and_fits(visit: Visit, admin: User, project: Project) -> None:
    make_project(2, key="other", title="Other")
    lead, problems = make_user("lead"), []
    rows = list(Candidate.objects.filter(project=project, state="open").values_list("pk", flat=True)[:40])
    Candidate.objects.filter(pk__in=rows).update(urgent=True)
    places = {
        "short": PAGE,
        "full": f"{SIX}&balance=even-sources&use-S3=test&use-S4=survey&use-S5=out",
        "wrong": f"{PAGE}?train=-1",
        "confirm": f"{SIX}&use-S3=test&use-S5=out&step=confirm",
        "start": "/releases/new/",
    }
    for who, size, scheme in ((admin, DESK, "light"), (lead, PHONE, "dark")):
        page = visit(who, "/", viewport=size, color_scheme=scheme)
        for name, place in places.items():
            page.goto(place)
            assert width(page) <= size["width"], f"{place} is {width(page)} px wide"
            if folder := os.environ.get("VASCULUM_SHOTS"):
                page.screenshot(
                    path=Path(folder) / f"freeze-{name}-{size['width']}-{scheme}.png", full_page=True
                )
            for found in Axe().run(page, options=RULES).response["violations"]:
                for node in found["nodes"]:
                    problems.append(f"{place}: {found['id']}: {node['target']} {node['failureSummary']}")
    assert not problems, "\n".join(problems)
