"""The whole way of an image in the browser, on an installation as `make run` starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK
from tests.browser.review_steps import until
from tests.browser.site import free_port
from tests.shared import PUBLISHED_MODEL, SPECIMENS

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.browser


class Installation:
    """`manage.py up` with its own var/, database, Redis, worker, scheduler and web server."""

    def __init__(self, var: Path) -> None:
        own = {"VASCULUM_VAR": str(var), "VASCULUM_MODEL": str(PUBLISHED_MODEL)}
        foreign = {"DATABASE_URL", "REDIS_URL"}
        self.environment = {name: value for name, value in os.environ.items() if name not in foreign} | own
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        words = ["manage.py", "up", "--port", str(port), "--no-demo"]
        self.process = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.password = self._until_ready()

    def _until_ready(self) -> str:
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if "Vasculum is at" in line:
                break
        found = re.search(r"password\s+(\S+)", said)
        assert found, said
        return found[1]

    def manage(self, *words: object) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *map(str, words)],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    running = Installation(tmp_path_factory.mktemp("whole-way"))
    yield running
    running.stop()


@pytest.fixture
def page(installation: Installation, chromium: Browser) -> Iterator[Page]:
    """Signed in as the first admin."""
    context = chromium.new_context(base_url=installation.url, viewport=DESK, accept_downloads=True)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto("/")
    page.locator('input[name="username"]').fill("admin")
    page.locator('input[name="password"]').fill(installation.password)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{installation.url}/")
    yield page
    context.close()


def bring_in(page: Page, folder: Path, project: str) -> None:
    page.get_by_role("link", name="Batches").click()
    page.goto("/batches/new/")
    page.locator("[data-folder]").set_input_files(folder)
    page.get_by_label("Project").select_option(label=project)
    if page.get_by_label("Code of the new source").is_visible():
        page.get_by_label("Source", exact=True).select_option(label="A new source …")
    page.get_by_label("Code of the new source").fill(f"REAL-{project[:3].upper()}")
    page.get_by_label("Name of the new source").fill(f"Real photographs, {project}")
    page.get_by_label("Licence").select_option("CC-BY-4.0")
    page.locator("[data-submit]").click()
    page.wait_for_url("**/batches/*/")


def without_lots(page: Page, project: str) -> None:
    """No picture comes blind by lot: the keys of suggestions would do nothing on it."""
    page.goto(f"/projects/{project}/policy/")
    page.get_by_label("Audited, in %").fill("0")
    page.get_by_role("button", name="Save the policy").click()
    expect(page.get_by_text("The policy is saved.")).to_be_visible()


def judge(page: Page, keys: list[str]) -> list[str]:
    """Press one key a picture, each when the picture is there; the ids of the candidates judged."""
    judged = []
    stage = page.locator("[data-review][data-shown]")
    for key in keys:
        candidate = stage.get_attribute("data-shown") or ""
        judged.append(candidate)
        page.keyboard.press(key)
        until(
            page, "before => document.querySelector('[data-review]').dataset.shown != before", arg=candidate
        )
    return judged


def freeze(page: Page, project: str, sizes: tuple[int, int, int], name: str) -> None:
    page.goto(f"/projects/{project}/freeze/")
    for label, number in zip(("To train", "To test", "To validate"), sizes, strict=True):
        page.get_by_label(label).fill(str(number))
    page.get_by_label("Name").fill(name)
    # Every input changes the numbers and the address; the last one has come with the name.
    expect(page).to_have_url(re.compile(rf"[?&]name={name}(&|$)"))
    what = re.compile(rf"^Freeze \d+ × {sum(sizes)}")
    page.get_by_role("link", name=what).click()
    page.get_by_role("button", name=what).click()  # asked once more, since it cannot be undone
    page.wait_for_url("**/jobs/*/")
    page.get_by_role("link", name="See what it made").click()
    page.wait_for_url(f"**/releases/{name}/")


def export(page: Page, name: str, label: str, folder: Path) -> None:
    """Export, wait until the worker has written and verified it, download all of it."""
    page.goto(f"/releases/{name}/")
    page.get_by_role("radio", name=label).check()
    if label.startswith("Dryad"):
        page.get_by_label(re.compile("^I know that Dryad takes CC0 only")).check()
    page.get_by_role("button", name="Export this release").click()
    page.wait_for_url(re.compile(r"/exports/\d+/"))
    expect(page.get_by_text(re.compile("^Verified: "))).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("link", name="README.md").click()
    assert started.value.suggested_filename == "README.md"
    with page.expect_download() as started:
        page.get_by_role("link", name="Download all as one ZIP").click()
    with zipfile.ZipFile(started.value.path()) as archive:
        for member in archive.infolist():
            folder.mkdir(exist_ok=True)
            (folder / Path(member.filename).name).write_bytes(archive.read(member))


@pytest.mark.shared_data
def test_review_ten_undo_one_freeze_export_download(
    installation: Installation, page: Page, tmp_path: Path
) -> None:
    installation.manage("demo", "--per-class", 8, "--short-side", 200)
    bring_in(page, SPECIMENS, "Herbariograph")
    expect(page.get_by_text("25 of 26 files are added; 1 was refused.")).to_be_visible()

    # The model looks at what it has not seen; the job's page follows.
    page.goto("/models/")
    page.get_by_role("button", name="Pre-classify").click()
    page.wait_for_url("**/jobs/*/")
    expect(page.get_by_text(re.compile("^Done in"))).to_be_visible()

    without_lots(page, "herbariograph")
    page.goto("/projects/herbariograph/review/")
    judge(page, ["Enter", "n", "2", "x", "1", "3", "o", "Enter", "a"])
    tenth = judge(page, ["Enter"])[0]
    page.keyboard.press("Backspace")
    expect(page.locator(f'[data-review][data-shown="{tenth}"]')).to_have_count(1)
    judge(page, ["u"])
    expect(page.locator("[data-saved]")).to_have_text("saved ✓")
    page.goto("/projects/herbariograph/votes/?reviewer=admin")
    expect(page.locator("table tbody tr")).to_have_count(12)  # ten, the one taken back, and the taking back

    installation.manage("demo", "--per-class", 0, "--answer")
    freeze(page, "herbariograph", (1, 1, 1), "first")
    expect(page.get_by_text("17 × 3 = 51 pictures")).to_be_visible()
    for label, folder in (("Dryad archive", tmp_path / "dryad"), ("TFRecords", tmp_path / "records")):
        export(page, "first", label, folder)
        installation.manage("verify", folder)


@pytest.mark.shared_data
def test_all_25_photographs_go_from_folder_to_verified_export(
    installation: Installation, page: Page, tmp_path: Path
) -> None:
    table = tmp_path / "classes.tsv"
    table.write_text(
        "index\tkey\tname\tslug\tplural\tdefinition\n0\tS\tSheet\tsheet\tSheets\tA photograph of a sheet.\n"
    )
    installation.manage("create_project", "photographs", "--title", "Photographs", "--classes", table)
    bring_in(page, SPECIMENS, "Photographs")
    expect(page.get_by_text(re.compile("were here already|25 of 26 files are added"))).to_be_visible()
    page.goto("/projects/photographs/review/")
    judge(page, ["s"] * 25)
    expect(page.locator("[data-saved]")).to_have_text("saved ✓")
    freeze(page, "photographs", (15, 5, 5), "sheets")
    export(page, "sheets", "Dryad archive", tmp_path / "sheets")
    assert "25" in installation.manage("verify", tmp_path / "sheets")
