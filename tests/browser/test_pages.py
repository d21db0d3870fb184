"""The pages as a person sees them: accessible, light and dark, on a phone; and bringing pictures in."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from curation.drawing import draw
from curation.models import Batch, BatchProblem, Image, Job, Project, User
from curation.services.jobs import execute
from curation.services.review import NewVote, record_votes
from tests.browser.conftest import PHONE
from tests.factories import make_candidate, make_image, make_model, make_prediction, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
# Whatever axe calls a violation of WCAG 2.2 AA or of good practice.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def admin(transactional_db: None) -> User:
    return make_user("admin", username="ada", first_name="Ada Admin")


@pytest.fixture
def places(admin: User, picture_of: Callable[[int], Image]) -> list[str]:
    """Addresses of all pages, on a site that has something of everything."""
    project = make_project(classes=17, key="sheets", title="Sheets", question="What is it?")
    model = make_model([label.name for label in project.classes.all()])
    pictures = [picture_of(number) for number in range(6)]
    for number, picture in enumerate(pictures):
        candidate = make_candidate(project, picture)
        make_prediction(candidate, model, [0.84] + [0.01] * 16)
        answer: dict[str, Any] = {"kind": "label", "label": "B"}
        if number == 5:
            answer = {"kind": "flag", "reason": "blurred"}
        if number:
            record_votes(admin, [NewVote(id=uuid.uuid4(), candidate=candidate.pk, **answer)])
    first = pictures[0]
    BatchProblem.objects.create(
        batch=first.batch,
        kind="duplicate",
        file="twin.jpg",
        rule="duplicate",
        message="twin.jpg is the same file as another one.",
        twin=first,
    )
    Image.objects.filter(pk=pictures[1].pk).update(group=first.sha256)
    return [
        "/",
        "/projects/sheets/",
        "/projects/sheets/candidates/",
        "/projects/sheets/candidates/?state=disputed",
        f"/images/{first.sha256}/",
        f"/images/{pictures[2].sha256}/",
        f"/sources/{first.source.code}/",
        "/batches/",
        f"/batches/{first.batch_id}/",
        "/batches/new/",
        "/people/",
        "/people/new/",
        "/people/ada/",
        "/account/password/",
        "/help/",
        "/nowhere/",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(scheme: str, visit: Visit, admin: User, places: list[str]) -> None:
    problems = []
    stranger = visit(None, "/sign-in/", color_scheme=scheme)
    page = visit(admin, "/", color_scheme=scheme)
    for place, shown in [("/sign-in/", stranger), *((place, page) for place in places)]:
        if shown is page:
            page.goto(place)
        for found in Axe().run(shown, options=RULES).response["violations"]:
            for node in found["nodes"]:
                problems.append(f"{place}: {found['id']}: {node['target']} {node['failureSummary']}")
    assert not problems, "\n".join(problems)


def test_nothing_is_wider_than_a_phone(visit: Visit, admin: User, places: list[str]) -> None:
    page = visit(admin, "/", viewport=PHONE, has_touch=True)
    for place in places:
        page.goto(place)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], f"{place} is {width} px wide"


def test_the_menu_of_a_phone(visit: Visit, admin: User, places: list[str]) -> None:
    page = visit(admin, "/", viewport=PHONE)
    people = page.get_by_role("navigation", name="Site").get_by_role("link", name="People")
    expect(people).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    people.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("People")
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_the_theme_is_kept_and_set_before_anything_is_painted(
    visit: Visit, admin: User, places: list[str]
) -> None:
    page = visit(admin, "/", color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Switch between light and dark").click()
    dark = page.evaluate(ground)
    assert dark != light
    # Seen from a script that runs when the body begins to exist, long before the first paint.
    page.add_init_script(
        """new MutationObserver((changes, observer) => {
             if (!document.body) return;
             window.themeAtBody = document.documentElement.dataset.theme;
             observer.disconnect();
           }).observe(document, { childList: true, subtree: true });"""
    )
    page.goto("/help/")
    assert page.evaluate("window.themeAtBody") == "dark"
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Switch between light and dark").click()
    page.goto("/")
    assert page.evaluate(ground) == light
    # Back to what the system says: nothing is stored, so the page follows the system again.
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) == dark


def test_the_keyboard_reaches_the_content_first(visit: Visit, admin: User, places: list[str]) -> None:
    page = visit(admin, "/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.evaluate("node => document.querySelector('main').contains(node)")
    assert focused.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"


def pictures_in(folder: Path) -> Path:
    """Three drawn pictures in a folder with a folder in it, a hidden file and one that is no picture."""
    (folder / "box 1").mkdir(parents=True)
    for number, name in enumerate(["a.jpg", "box 1/b.jpg", "box 1/ç & d.jpg"]):
        draw("live-plants", 40 + number, short_side=240).save(folder / name, quality=85)
    (folder / ".hidden").write_bytes(b"x")
    (folder / "notes.jpg").write_bytes(b"not a picture")
    return folder


def test_a_folder_is_brought_in_and_the_report_fills_itself(
    visit: Visit, admin: User, tmp_path: Path
) -> None:
    make_project(key="sheets", title="Sheets")
    page = visit(admin, "/batches/new/")
    submit = page.locator("[data-submit]")
    page.locator("[data-folder]").set_input_files(pictures_in(tmp_path / "loan"))
    expect(page.locator("[data-words]")).to_contain_text("4 files are sent")
    expect(submit).to_have_text("Bring in 4 files")
    page.get_by_label("Code of the new source").fill("HERB")
    page.get_by_label("Name of the new source").fill("A herbarium")
    page.get_by_label("Licence").select_option("CC-BY-4.0")
    submit.click()
    page.wait_for_url("**/batches/*/")
    batch = Batch.objects.get()
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
    assert execute(batch.job_id or 0)
    expect(page.get_by_text("3 of 4 files are added; 1 was refused.")).to_be_visible()
    expect(page.get_by_role("row", name="loan/notes.jpg")).to_contain_text("disguised")
    names = set(Image.objects.values_list("original_name", flat=True))
    assert names == {"loan/a.jpg", "loan/box 1/b.jpg", "loan/box 1/ç & d.jpg"}
    # The answer that shows the end asks for no other: nothing goes out any more.
    expect(page.locator("#report:not([hx-get])")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(1500)
    assert [url for url in asked if "/batches/" in url] == []  # pictures may still be on their way
    assert Job.objects.get().state == Job.State.DONE


def test_a_broken_connection_is_tried_again_and_said(visit: Visit, admin: User, tmp_path: Path) -> None:
    make_project(key="sheets", title="Sheets")
    page = visit(admin, "/batches/new/")
    folder = pictures_in(tmp_path / "loan")
    failures = iter([True, False])

    def unsteady(route: Any) -> None:
        if next(failures, False):
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/batches/uploads/**", unsteady)
    page.locator("[data-files]").set_input_files([folder / "a.jpg"])
    expect(page.locator("[data-words]")).to_contain_text("1 file is sent")
    page.unroute("**/batches/uploads/**")
    page.route("**/batches/uploads/**", lambda route: route.abort("connectionreset"))
    page.locator("[data-files]").set_input_files([folder / "box 1" / "b.jpg"])
    expect(page.locator("[data-problems]")).to_contain_text("b.jpg: the connection broke")
    expect(page.locator("[data-submit]")).to_have_text("Bring in 1 file")


def test_numbers_lead_to_their_rows(visit: Visit, admin: User, places: list[str]) -> None:
    page = visit(admin, "/")
    page.get_by_role("row", name="B Class B").get_by_role("link", name="4", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("4 pictures")
    page.locator(".thumb").first.click()
    expect(page.locator(".verdict")).to_contain_text("Class B")
    shown = page.locator(".image-stage img")
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")


def test_classes_past_the_seventeenth_have_a_colour(visit: Visit, admin: User) -> None:
    project: Project = make_project(classes=20, key="many", title="Many")
    make_candidate(project, make_image())
    page = visit(admin, "/projects/many/")
    bars = page.locator(".class-list > li")
    expect(bars).to_have_count(20)
    colour = "node => getComputedStyle(node).getPropertyValue('--c').trim()"
    assert bars.nth(17).evaluate(colour) == bars.nth(0).evaluate(colour) != bars.nth(1).evaluate(colour)
