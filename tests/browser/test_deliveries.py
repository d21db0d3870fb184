"""A list of pictures from the browser to the pictures: checked, brought in, fetched by a real worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Page, expect

from curation.models import Batch, Candidate, Host, Image, MediaRecord, User
from tests.browser.conftest import PHONE
from tests.browser.site import Site
from tests.curation.fetching.server import Server, picture
from tests.curation.imports.lists import address, jpeg, row, write_list
from tests.factories import make_project, make_source, make_user
from tests.worker import RealWorker, purge

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SLOW = 60_000  # ms, for what a worker does


@pytest.fixture(scope="module")
def museum() -> Iterator[Server]:
    """The museum's web server. Its second picture is missing at first; the fifth is the fourth again."""
    with Server() as server:
        for n in range(1, 11):
            if n != 2:
                server.on(f"/{n}.jpg", picture(jpeg(4 if n == 5 else n)))
        yield server


@pytest.fixture(scope="module")
def environment(museum: Server) -> dict[str, str]:
    """Every host name leads to the museum's server, without waits."""
    return {
        "VASCULUM_FETCH_CONTACT": "tests@example.org",
        "VASCULUM_FETCH_WAIT_SECONDS": "0",
        "VASCULUM_FETCH_ALLOWED_NETWORKS": "127.0.0.0/8",
        "VASCULUM_FETCH_HOST_MAP": f"*={museum.address}",
    }


@pytest.fixture(scope="module")
def site(django_db_setup: None, environment: dict[str, str]) -> Iterator[Site]:
    """A server of its own: the one that the other tests share knows no contact."""
    call_command("collectstatic", interactive=False, verbosity=0)
    server = Site(Path(settings.VAR_DIR), **environment)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def worker(
    transactional_db: None, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[RealWorker]:
    """On the same var/ as the site, where uploads and pictures lie."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    purge()
    running = RealWorker(Path(settings.VAR_DIR))
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def admin(transactional_db: None) -> User:
    return make_user("admin", username="ada", first_name="Ada Admin")


def check_looks(page: Page, where: str) -> None:
    """Accessible in both themes, and not wider than a phone."""
    wide = page.viewport_size
    assert wide is not None
    for scheme in ("light", "dark"):
        # Without motion, so that no colour is met half-way.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        for found in Axe().run(page, options=RULES).response["violations"]:
            problems = [f"{node['target']} {node['failureSummary']}" for node in found["nodes"]]
            raise AssertionError(f"{where}, {scheme}: {found['id']}: {problems}")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], f"{where} is {width} px wide"
    page.set_viewport_size(wide)


def test_a_list_from_the_browser_to_the_pictures_and_back(
    visit: Visit, admin: User, worker: RealWorker, museum: Server, tmp_path: Path
) -> None:
    make_project(key="sheets", title="Sheets")
    make_source("GH")
    rows = [row(n) for n in range(1, 13)]
    rows[10] |= {"url": "ftp://pictures.example.org/11.jpg"}
    rows[11] |= {"license": "all rights reserved"}
    page = visit(admin, "/batches/new/")
    submit = page.locator("[data-submit]")
    page.locator("[data-files]").set_input_files([write_list(tmp_path, rows)])
    expect(page.locator("[data-words]")).to_contain_text("1 file is sent")
    expect(submit).to_have_text("Check first")
    expect(page.locator("[data-check]")).to_be_hidden()
    page.get_by_label("Source", exact=True).select_option(label="GH, Source GH")
    submit.click()
    page.wait_for_url("**/batches/*/")

    # The page follows the check by itself, and the next step has the focus.
    bring_in = page.get_by_role("button", name="Bring in 10 pictures")
    expect(bring_in).to_be_focused(timeout=SLOW)
    expect(page.get_by_text("12 rows: 10 pictures would be fetched from 1 host")).to_be_visible()
    expect(page.get_by_text("2 would be refused.")).to_be_visible()
    assert not MediaRecord.objects.exists()
    check_looks(page, "the dry run")
    bring_in.focus()
    page.keyboard.press("Enter")

    expect(page.locator("#report .lead")).to_have_text("8 of 12 rows are added.", timeout=SLOW)
    assert Image.objects.count() == Candidate.objects.count() == 8
    tallies = page.locator("#tallies")
    expect(tallies).to_contain_text("1 here already")
    expect(tallies).to_contain_text("2 refused")
    check_looks(page, "the account")
    page.locator(".reasons a", has_text="1").first.click()
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page.locator("#rows tbody tr")).to_contain_text(address(2))
    expect(page.locator("#rows tbody tr")).to_contain_text("404")

    museum.on("/2.jpg", picture(jpeg(2)))
    page.get_by_role("button", name="Try again what failed by http-404").click()
    expect(page.get_by_text("1 picture is fetched once more.")).to_be_visible()
    expect(page.locator("#report .lead")).to_have_text("9 of 12 rows are added.", timeout=SLOW)
    page.get_by_role("link", name="9 added").click()
    shown = page.locator("#rows .row-picture img").first
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")

    page.get_by_role("link", name="Take it back").click()
    expect(page.get_by_role("button", name="Take back 9 pictures")).to_be_focused()
    check_looks(page, "taking back")
    page.keyboard.press("Enter")
    expect(page.get_by_text("by Ada Admin.").first).to_contain_text("Taken back on")
    assert not Image.objects.exists()
    assert Batch.objects.get().state == "undone"
    page.goto("/batches/")
    expect(page.locator("tr.gone")).to_contain_text("Taken back")
    check_looks(page, "the list")


def test_the_pace_of_a_host_is_set_in_its_row(visit: Visit, admin: User, transactional_db: None) -> None:
    Host.objects.create(name="pictures.example.org")
    page = visit(admin, "/hosts/")
    wait = page.get_by_label("Seconds between two requests to pictures.example.org")
    wait.fill("0.5")
    wait.press("Enter")
    expect(page.get_by_text("is asked more often than once a second")).to_be_visible()
    check_looks(page, "hosts")
    page.get_by_role("button", name="As usual").click()
    expect(page.get_by_text("is treated as usual again")).to_be_visible()
    assert Host.objects.get().wait_seconds is None


def test_an_archive_is_sent_alone(visit: Visit, admin: User, tmp_path: Path) -> None:
    make_project(key="sheets", title="Sheets")
    (tmp_path / "a.jpg").write_bytes(jpeg(1))
    (tmp_path / "b.csv").write_text("url\nhttps://pictures.example.org/1.jpg\n")
    (tmp_path / "c.csv").write_text("url\nhttps://pictures.example.org/2.jpg\n")
    page = visit(admin, "/batches/new/")
    page.locator("[data-files]").set_input_files([tmp_path / "a.jpg", tmp_path / "b.csv"])
    expect(page.locator("[data-problems]")).to_contain_text("b.csv was not sent")
    expect(page.locator("[data-submit]")).to_have_text("Bring in 1 file")
    expect(page.locator("[data-check]")).to_be_visible()
    page.goto("/batches/new/")
    page.locator("[data-files]").set_input_files([tmp_path / "b.csv"])
    expect(page.locator("[data-submit]")).to_have_text("Check first")
    page.locator("[data-files]").set_input_files([tmp_path / "c.csv"])
    expect(page.locator("[data-problems]")).to_contain_text("c.csv was not sent: b.csv is sent already")
    expect(page.locator("[data-submit]")).to_have_text("Check first")
    check_looks(page, "the form")
