"""The job pages in a browser: they follow the job by themselves and let the hand rest where it is."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from curation.models import Job, JobLog, User
from tests.browser.conftest import PHONE
from tests.factories import make_candidate, make_model, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def admin(transactional_db: None) -> User:
    return make_user("admin", first_name="Ada Admin")


def make_job(state: str, **fields: Any) -> Job:
    values: dict[str, Any] = {"kind": "preclassify", "title": f"A {state} job", "state": state}
    values |= {"done": 128, "total": 512, "started_at": timezone.now() - timedelta(minutes=2)}
    if state == "running":
        # A heartbeat of the near future: no worker writes it here.
        values |= {"lease": uuid.uuid4(), "heartbeat_at": timezone.now() + timedelta(minutes=10)}
    else:
        values["finished_at"] = timezone.now()
    job = Job.objects.create(**(values | fields))
    JobLog.objects.create(job=job, line="Started on a machine.")
    return job


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_fit_a_phone(scheme: str, visit: Visit, admin: User) -> None:
    project = make_project(3)
    make_candidate(project)
    make_model([label.name for label in project.classes.all()])
    result = {"predicted": 512, "classes": {"Class A": 512}}
    jobs = [
        make_job("running"),
        make_job("failed", error="ValueError: broken"),
        make_job("done", result=result, params={"project": project.key}),
    ]
    places = ["/jobs/", "/models/", *(f"/jobs/{job.pk}/" for job in jobs)]
    problems = []
    page = visit(admin, "/", color_scheme=scheme, viewport=PHONE)
    for place in places:
        page.goto(place)
        for found in Axe().run(page, options=RULES).response["violations"]:
            problems += [f"{place}: {found['id']}: {node['html'][:200]}" for node in found["nodes"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problems.append(f"{place}: wider than the screen")
    assert not problems, "\n".join(problems)


def test_a_job_is_followed_to_its_end_without_reloading(visit: Visit, admin: User) -> None:
    job = make_job("running")
    page = visit(admin, f"/jobs/{job.pk}/")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    expect(page.locator("#job .lead")).to_contain_text("Running")
    expect(page.get_by_text("128 of 512")).to_be_visible()
    # The confirmation stays open, and has the focus, while the region under it changes.
    page.locator("summary", has_text="Cancel the job").click()
    button = page.get_by_role("button", name=f"Cancel job {job.pk}")
    button.focus()
    Job.objects.filter(pk=job.pk).update(done=256)
    expect(page.get_by_text("256 of 512")).to_be_visible()
    expect(button).to_be_focused()

    Job.objects.filter(pk=job.pk).update(
        state="done", done=512, finished_at=timezone.now(), result={"predicted": 512}, result_url="/"
    )
    expect(page.locator("#job .lead")).to_contain_text("Done in")
    expect(page.get_by_role("link", name="See what it made")).to_be_visible()
    expect(button).to_have_count(0)
    # It has ended: nobody asks any more.
    page.wait_for_timeout(300)
    before = len(requests)
    page.wait_for_timeout(2500)
    assert len(requests) == before


def test_a_job_is_cancelled_and_resumed_by_hand(visit: Visit, admin: User) -> None:
    job = make_job("queued", started_at=None, finished_at=None, dispatched_at=timezone.now())
    page = visit(admin, "/jobs/")
    page.get_by_role("link", name="A queued job").click()
    page.locator("summary", has_text="Cancel the job").press("Enter")
    page.get_by_role("button", name=f"Cancel job {job.pk}").press("Enter")
    expect(page.locator("#job .lead")).to_contain_text("Cancelled")
    page.get_by_role("button", name=f"Resume job {job.pk}").click()
    expect(page.locator("#job .lead")).to_contain_text("Waiting")
    job.refresh_from_db()
    assert job.state == "queued"
