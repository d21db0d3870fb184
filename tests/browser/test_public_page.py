"""The public page of a release in a browser: without an account, without scripts, on desk and phone."""

from __future__ import annotations

import zipfile
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from curation.models import Image, Job
from curation.services import export as service
from curation.services.freeze import freeze
from curation.services.progress import NullProgress
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_decided, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_admin_opens_the_page_and_everyone_reads_it(
    visit: Callable[..., Page], picture_of: Callable[[int], Image]
) -> None:
    admin = make_user("admin", username="ada")
    project = make_project(classes=1, key="sheets", title="Sheets")
    for number in range(4):
        make_decided(project, project.classes.get(), admin, picture_of(number))
    release = freeze(project, seed=1, name="sheets-1", train=2, test=1, validate=1, created_by=admin)
    export = service.request_export(release, "tfrecord")
    assert export.job is not None
    result = service.run(export.job, NullProgress())
    Job.objects.filter(pk=export.job_id).update(state="done", result=result)

    page = visit(admin, "/releases/sheets-1/")
    page.get_by_role("link", name="Public page").click()
    page.get_by_label("Title").fill("Four sheets")
    page.get_by_role("button", name="Save and look at it").click()
    expect(page.get_by_role("heading", name="Four sheets")).to_be_visible()
    expect(page.get_by_text("Nobody but admins sees this page yet.")).to_be_visible()
    page.get_by_role("link", name="Back to the words").click()
    page.get_by_role("link", name="Open the page").click()
    expect(page.get_by_text("4 of 4 are shown as thumbnails")).to_be_visible()
    page.keyboard.press("Enter")  # the one action has the focus
    expect(page.get_by_text("Everyone can read the page of sheets-1 now.")).to_be_visible()

    for viewport in (DESK, PHONE):
        reader = visit(None, "/r/sheets-1/", viewport=viewport, java_script_enabled=False)
        expect(reader.get_by_role("heading", name="Four sheets")).to_be_visible()
        assert reader.get_by_role("img").count() == 4
        boxes = [each.bounding_box() for each in reader.get_by_role("img").all()]
        assert all(box and box["width"] == pytest.approx(box["height"], abs=1) for box in boxes)
        # Nothing sticks out: the page is as wide as the window.
        size = reader.locator("html").bounding_box()
        assert size is not None and size["width"] == viewport["width"]
        for each in reader.locator("main *:not(pre *, .table-scroll *, .crosstab-scroll *)").all():
            box = each.bounding_box()
            assert box is None or box["x"] + box["width"] <= viewport["width"] + 1, each.inner_text()
        # What is folded opens without a script.
        reader.get_by_text("Files and checksums").click()
        expect(reader.get_by_role("link", name="sheets-1-96-train.tfr")).to_be_visible()
        expect(reader.get_by_text(f'FOLDER = Path("tfrecord-{export.pk}")')).to_be_visible()
        with reader.expect_download() as download:
            reader.get_by_role("link", name="Download TFRecords as one ZIP").click()
        with zipfile.ZipFile(download.value.path()) as archive:
            assert f"tfrecord-{export.pk}/sheets-1-96-train.tfr" in archive.namelist()

    loaded = visit(None, "/r/sheets-1/")
    loaded.get_by_role("img").last.scroll_into_view_if_needed()
    for picture in loaded.get_by_role("img").all():
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("each => each.naturalWidth") > 0

    page.get_by_role("link", name="Close the page").click()
    page.get_by_role("button", name="Close the page").click()
    expect(page.get_by_text("The page of sheets-1 is closed.")).to_be_visible()
    answer = loaded.request.get("/r/sheets-1/")
    assert answer.status == 404
