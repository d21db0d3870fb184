"""Sheets judged and marked by keys, a model of tiles, its heat map, and the list for the staff."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from curation.models import Candidate, Job, ModelVersion, Region, User
from curation.services.freeze import freeze
from tests.browser.review_steps import saved, until
from tests.curation.condition.conftest import STAIN, condition_project, make_sheet
from tests.factories import make_candidate, make_user
from tests.worker import RealWorker, purge, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
CONFIG = """\
size = 64
stride = 64
most_per_sheet = 24
epochs = 6
batch = 8
learning_rate = 0.02
patience = 6
seed = 1
network = {name = "cnn", filters = [4, 8]}
schedule = {name = "constant"}
augment = {ops = []}
"""


@pytest.fixture
def lead(transactional_db: None) -> User:
    return make_user("lead", username="lea")


@pytest.fixture
def stained(transactional_db: None) -> dict[int, bool]:
    """Candidate -> whether its sheet has a stain; nobody has judged any."""
    project = condition_project()
    rows = [make_candidate(project, make_sheet(n, STAIN if n % 2 == 0 else None)) for n in range(16)]
    return {row.pk: number % 2 == 0 for number, row in enumerate(rows)}


@pytest.fixture
def worker(transactional_db: None) -> Iterator[RealWorker]:
    purge()
    worker = RealWorker(Path(settings.VAR_DIR))
    worker.start()
    yield worker
    worker.stop()


def no_job_failed() -> None:
    failed = Job.objects.filter(state="failed").first()
    assert failed is None, f"{failed}: {failed.error}" if failed else ""


def test_from_the_first_key_to_the_list_for_the_staff(
    visit: Visit, lead: User, stained: dict[int, bool], worker: RealWorker, tmp_path: Path
) -> None:
    page = visit(lead, "/projects/sheets/review/")
    for _sheet in range(len(stained)):
        until(page, "() => document.querySelector('[data-review]').dataset.shown")
        here = int(page.locator("[data-review]").get_attribute("data-shown") or 0)
        if stained[here]:
            before = Region.objects.count()
            for key in (":", "ArrowLeft", "ArrowLeft", "Enter", "Escape"):
                page.keyboard.press(key)
            wait_for(lambda before=before: Region.objects.count() > before)
        page.keyboard.press("b" if stained[here] else "a")
        until(page, "(id) => document.querySelector('[data-review]').dataset.shown !== id", str(here))
    saved(page)
    wait_for(lambda: Candidate.objects.filter(state="decided").count() == len(stained))
    project = Candidate.objects.select_related("project").first().project  # type: ignore[union-attr]
    freeze(project, seed=3, name="sheets-1", train=4, test=2, validate=2)

    page.goto("/training/new/?preset=tiles&release=sheets-1")
    page.get_by_text("The whole configuration").click()
    page.locator("#id_config").fill(CONFIG)
    page.get_by_role("button", name="Continue").last.click()
    page.get_by_role("button", name=re.compile("^Start")).click()
    wait_for(lambda: ModelVersion.objects.exists() or Job.objects.filter(state="failed").exists(), 180)
    no_job_failed()
    page.get_by_role("link", name="Screen the sheets").click()
    page.get_by_role("button", name="Screen all sheets").click()
    job = Job.objects.get(kind="screen")
    wait_for(lambda: Job.objects.get(pk=job.pk).state in ("done", "failed"), 120)
    no_job_failed()

    page.goto("/projects/sheets/condition/")
    page.locator("table.data th a").first.click()
    expect(page.locator("h1")).to_have_text("16 sheets screened")
    expect(page.locator('[data-plot="histogram"][data-drawn]')).to_be_visible()
    page.get_by_role("link", name="All sheets").click()
    page.locator(".sheet a").first.click()
    stage = page.locator("[data-heat][data-ready]")
    expect(stage.locator(".heat-map")).to_be_visible()
    until(page, "() => document.querySelector('.heat-map').naturalWidth > 0")
    page.keyboard.press("t")
    expect(page.locator("[data-hottest] li").first).to_contain_text("P =")
    page.get_by_role("link", name="Screening").first.click()
    page.locator("[data-worklist]").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    waiting.value.save_as(tmp_path / "list.csv")
    with (tmp_path / "list.csv").open(newline="") as file:
        flagged = {row["catalog_number"] for row in csv.DictReader(file)}
    bad = {f"H-{number:04d}" for number in range(0, 16, 2)}
    assert flagged <= bad, "no clean sheet is on the list"
