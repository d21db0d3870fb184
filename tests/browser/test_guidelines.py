"""Guidelines by keyboard and mouse: a version with pictures, decisions sent back, a renamed class."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from curation.models import Candidate, Guideline, Image, Job, Project, User, Vote
from curation.services.guidelines import NewExample, publish
from curation.services.guidelines_reopen import run
from curation.services.progress import NullProgress
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_pages import RULES
from tests.factories import make_candidate, make_decided, make_project, make_user
from tests.worker import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
Pictures = Callable[[int], Image]


@pytest.fixture
def lead(transactional_db: None) -> User:
    return make_user("lead", username="lena", first_name="Lena Lead")


@pytest.fixture
def project(lead: User, picture_of: Pictures) -> Project:
    """Decided: two as A, two as B; one is open."""
    project = make_project(classes=3, key="flora", title="Flora", guidelines="Look twice.")
    a, b, _ = project.classes.all()
    for number, label in enumerate((a, a, b, b)):
        make_decided(project, label, lead, picture_of(number))
    make_candidate(project, picture_of(4))
    return project


def test_a_version_with_pictures_is_published_and_decisions_go_back(
    lead: User, project: Project, visit: Visit
) -> None:
    page = visit(lead, "/projects/flora/guidelines/")
    page.get_by_role("link", name="Write the next version").click()
    page.locator("summary", has_text="Class A").click()
    page.get_by_label("What makes a picture Class A").fill("The plant lies flat.")
    page.locator("details[open] [data-pick=shows]").click()
    # The first of the pictures has the focus: Enter takes it, and the caption is next.
    expect(page.locator(".pick-picture").first).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("Flat and whole")
    page.locator("details[open] [data-pick=counter]").click()
    page.locator(".pick-picture").first.click()
    page.keyboard.type("A label alone")
    page.get_by_label("What changes, and why").fill("A is told")
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Send decisions back")
    expect(page.locator(".lead")).to_contain_text("2 decisions were made")
    made = Guideline.objects.get(number=2)
    [plate, counter] = made.sections.get(label__key="A").examples.select_related("image")
    assert (plate.counter, plate.caption) == (False, "Flat and whole")
    assert (counter.counter, counter.caption) == (True, "A label alone")
    decided = dict(Candidate.objects.values_list("image", "label__key"))
    assert (decided[plate.image_id], decided[counter.image_id]) == ("A", "B")

    page.get_by_role("checkbox", name="Class B").check()
    page.get_by_role("button", name="Count them").click()
    expect(page.get_by_role("status")).to_contain_text("4 decisions fit the choice")
    page.get_by_role("checkbox", name="Class B").uncheck()
    page.get_by_role("button", name="Count them").click()
    confirm = page.get_by_role("button", name="Send 2 pictures back to review")
    expect(confirm).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/*/")
    run(Job.objects.get(kind="reopen"), NullProgress())
    states = Candidate.objects.order_by("pk").values_list("state", "round")
    assert list(states) == [("open", 2)] * 2 + [("decided", 1)] * 2 + [("open", 1)]

    page.goto("/projects/flora/guidelines/?version=2")
    expect(page.locator(".changes ins").first).to_have_text("The plant lies flat.")
    expect(page.locator(".guide .plate.not figcaption")).to_have_text("A label alone")


def test_a_vote_under_the_old_name_counts_for_the_renamed_class(
    lead: User, project: Project, visit: Visit
) -> None:
    reviewer = make_user("curator", username="cora")
    theirs = visit(reviewer, "/projects/flora/review/")
    expect(theirs.locator("img").first).to_be_visible()
    # Until the page is told, it calls the classes as before.
    theirs.route("**/heartbeat/", lambda route: route.abort())
    page = visit(lead, "/projects/flora/classes/class-a/")
    page.get_by_label("Key").fill("q")
    page.get_by_label("Name").first.fill("Pressed")
    page.get_by_role("button", name="Save the class").click()
    expect(page.locator(".messages")).to_contain_text("Pressed is saved")
    # The key that was A's is B's now: what the reviewer's page calls A must not become B.
    page.goto("/projects/flora/classes/class-b/")
    page.get_by_label("Key").fill("A")
    page.get_by_role("button", name="Save the class").click()
    expect(page.locator(".messages")).to_contain_text("Class B is saved")
    theirs.keyboard.press("a")
    wait_for(lambda: Vote.objects.filter(user=reviewer).exists())
    assert Vote.objects.get(user=reviewer).label == project.classes.get(slug="class-a")


def test_pictures_by_address_come_and_go_by_keyboard(
    lead: User, project: Project, picture_of: Pictures, visit: Visit
) -> None:
    page = visit(lead, "/projects/flora/guidelines/edit/")
    page.locator("summary", has_text="Class B").focus()
    page.keyboard.press("Enter")
    rows = page.locator("details[open] .example-row")
    rows.last.get_by_label("Address of the picture").fill(f"{page.url}images/{picture_of_sha(project, 0)}/")
    expect(rows).to_have_count(2)
    rows.last.get_by_label("Address of the picture").fill("nonsense")
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_role("alert")).to_contain_text("'nonsense' is no picture here")
    expect(rows).to_have_count(3)
    rows.nth(1).get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".preview .plate img")).to_have_count(1)
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.locator(".messages")).to_contain_text("Version 2 is published")


def picture_of_sha(project: Project, place: int) -> str:
    return project.candidates.select_related("image").order_by("pk")[place].image.sha256


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_are_in_order(
    lead: User, project: Project, visit: Visit, size: dict[str, int], scheme: str
) -> None:
    written(lead, project)
    page = visit(lead, "/projects/flora/guidelines/", viewport=size, color_scheme=scheme)
    for path in PATHS:
        page.goto(f"/projects/flora/{path}")
        if path == "guidelines/edit/":
            page.locator("summary", has_text="Class A").click()
            page.locator("details[open] [data-pick=shows]").click()
            expect(page.locator(".pick-picture").first).to_be_visible()
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


PATHS = [
    "guidelines/",
    "guidelines/?version=2",
    "guidelines/edit/",
    "guidelines/send-back/",
    "classes/class-a/",
    "policy/",
]


def written(lead: User, project: Project) -> None:
    """A second version, with pictures."""
    a, b, _ = project.classes.all()
    shas = [picture_of_sha(project, place) for place in range(4)]
    publish(
        lead,
        project,
        intro="Look twice, and once more where a packet hides the plant.",
        sections={a.pk: "The plant lies flat and fills the sheet.", b.pk: "Glass with a preparation on it."},
        examples={
            a.pk: [
                NewExample(shas[0], False, "Flat and whole"),
                NewExample(shas[1], False, "A packet beside it"),
                NewExample(shas[2], True, "More than one plant"),
            ],
            b.pk: [NewExample(shas[3], False, "The preparation shows")],
        },
        note="Packets are told apart",
    )
