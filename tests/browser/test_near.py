"""Pairs almost alike and outliers in Chromium, by keyboard alone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from curation.models import DataIssue, FeatureSet, Image, Job, NearPair, Outlier, User
from curation.services.progress import NullProgress
from curation.services.representation import near, outliers
from tests.browser.conftest import PHONE
from tests.browser.test_map import serious
from tests.curation.representation.conftest import plant
from tests.factories import decide, make_candidate, make_model, make_project, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]


@pytest.fixture
def lead(transactional_db: None) -> User:
    return make_user("lead", username="lea", first_name="Lea Lead")


@pytest.fixture
def sheets(lead: User, picture_of: Callable[[int], Image]) -> FeatureSet:
    """Eight pictures in two clouds: of the first three each two are almost alike, the last is like none."""
    shutil.rmtree(settings.FEATURES_DIR, ignore_errors=True)  # of the test before
    project = make_project(2, key="sheets", title="Sheets")
    labels = list(project.classes.order_by("index"))
    random = np.random.default_rng(5)
    vectors = np.repeat(np.eye(2, 12), 4, axis=0) + 0.3 * random.normal(size=(8, 12))
    vectors[1], vectors[2] = vectors[0] * 1.001, vectors[0] + 0.02 * random.normal(size=12)
    vectors[7] = -vectors[:4].mean(axis=0)
    candidates = [
        decide(make_candidate(project, picture_of(place)), labels[place // 4], lead) for place in range(8)
    ]
    return plant(project, make_model(["Class A"], name="eye"), candidates, vectors.astype(np.float32))


def work(kind: str, run: Callable[..., Any]) -> None:
    job = Job.objects.get(kind=kind)
    result = run(job, NullProgress())
    Job.objects.filter(pk=job.pk).update(state="done", result=result)


def fits(page: Page) -> None:
    serious(page)
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    serious(page)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_pairs_are_judged_by_keyboard(lead: User, sheets: FeatureSet, visit: Visit) -> None:
    page = visit(lead, "/duplicates/")
    page.get_by_role("link", name="By model").click()
    expect(page.get_by_role("button", name="Look for pictures almost alike")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("no worker is awake")).to_be_visible()
    work("near", near.run)
    pairs = page.locator("[data-pair]")  # the region asks by itself and loads the page anew
    expect(pairs).to_have_count(3)
    expect(page.locator("[data-pair].now")).to_have_count(1)
    # The bar with the keys does not lie over the buttons of the pair in hand.
    middle = "one => { const {x, y, width, height} = one.getBoundingClientRect(); " + (
        "return document.elementFromPoint(x + width / 2, y + height / 2)?.closest('button') === one; }"
    )
    assert page.locator("[data-pair].now button").first.evaluate(middle)
    assert (
        page.locator(".near-two img").first.evaluate("one => one.decode().then(() => one.naturalWidth)") > 0
    )
    fits(page)

    page.keyboard.press("ArrowDown")
    expect(pairs.nth(1)).to_have_class(re.compile("now"))
    expect(pairs.nth(1)).to_be_focused()
    page.keyboard.press("d")
    expect(page.get_by_text("They are different.")).to_be_visible()
    expect(pairs).to_have_count(2)
    expect(pairs.nth(1)).to_be_focused()  # the hand stays where it was
    page.keyboard.press("ArrowUp")
    page.keyboard.press("s")
    expect(page.get_by_text("their groups are one now")).to_be_visible()
    assert Image.objects.filter(group_settled=True).count() == 2
    expect(pairs).to_have_count(1)
    page.keyboard.press("u")
    expect(page.get_by_text("The last verdict is taken back.")).to_be_visible()
    expect(pairs).to_have_count(2)
    assert not Image.objects.filter(group_settled=True).exists()
    assert sorted(NearPair.objects.values_list("verdict", flat=True)) == ["", "", "different"]


def test_outliers_are_skipped_and_sent_by_keyboard(
    lead: User, sheets: FeatureSet, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outliers, "K", 2)  # of eight pictures the tenth nearest is none
    page = visit(lead, "/projects/sheets/")
    page.get_by_role("link", name="Outliers").click()
    page.get_by_role("button", name="Search for outliers").press("Enter")
    expect(page.get_by_text("no worker is awake")).to_be_visible()
    work("outliers", outliers.run)
    rows = page.locator("[data-pair]")
    expect(rows).to_have_count(8)
    expect(rows.first).to_be_focused()
    expect(rows.first).to_contain_text("D-00007")
    expect(rows.first.locator(".out-near li")).to_have_count(6)
    fits(page)
    page.keyboard.press("s")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("r")
    expect(page.get_by_text("1 picture was sent to review as an issue.")).to_be_visible()
    expect(rows.nth(1)).to_be_focused()  # on to the next one
    issue = DataIssue.objects.get()
    assert issue.kind == "outlier" and issue.outlier == Outlier.objects.get(rank=1)
    page.get_by_role("link", name="Sent to review, open").click()
    expect(page.get_by_text("as is usual")).to_be_visible()
