"""An encoder in Chromium: started, followed, looked at, and used for features and a map."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Page, expect

from curation.models import FeatureSet, Image, Job, ModelVersion, Release, User
from curation.services.freeze import freeze
from curation.services.representation.map import _keep
from curation.services.representation.places import POINT, folder_of_set
from tests.browser.conftest import PHONE
from tests.browser.test_axe import WCAG, WORST
from tests.browser.test_runs import lead, worker  # noqa: F401
from tests.factories import make_decided, make_project
from tests.worker import RealWorker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
GENERA = ["Quercus", "Rosa", "Salix"]
LONG = 180_000  # ms that a worker may take on a busy machine


@pytest.fixture
def herbarium(lead: User, picture_of: Callable[[int], Image]) -> Release:  # noqa: F811
    """3 genera x (4 train, 1 test, 1 validate), of pictures with files."""
    for place in (settings.FEATURES_DIR, settings.RUNS_DATA_DIR, settings.RUNS_DIR):
        shutil.rmtree(place, ignore_errors=True)  # of the test before
    project = make_project(3, key="herbarium", title="Herbarium")
    for number, label in enumerate(project.classes.order_by("index")):
        for n in range(6):
            image = picture_of(6 * number + n)
            Image.objects.filter(pk=image.pk).update(scientific_name=f"{GENERA[number]} alba L.")
            image.refresh_from_db()
            make_decided(project, label, lead, image)
    return freeze(project, seed=1, name="herbarium-6", train=4, test=1, validate=1)


def shown(page: Page, name: str) -> None:
    """Nothing wrong for people who do not see it, nothing wider than a phone; a picture where asked for."""
    page.evaluate("scrollTo(0, 0)")  # else the bar at the top lies over something
    found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
    worst = [one for one in found if one["impact"] in WORST]
    assert not worst, [(one["id"], node["target"], node["html"]) for one in worst for node in one["nodes"]]
    for size in (PHONE, {"width": 1440, "height": 900}):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), (name, size)
        if shots := os.environ.get("VASCULUM_SHOTS"):
            page.screenshot(path=Path(shots) / f"encoder-{name}-{size['width']}.png", full_page=True)


def test_an_encoder_is_trained_and_its_features_become_a_map(
    visit: Visit,
    worker: RealWorker,  # noqa: F811
    lead: User,  # noqa: F811
    herbarium: Release,
) -> None:
    page = visit(lead, "/training/new/?project=herbarium")
    page.get_by_label("Encoder, by triplets").check()
    expect(page.locator("[data-names]")).to_contain_text("of 3 species, 3 genera, 0 families, 0 orders")
    expect(page.get_by_label("Name", exact=True)).to_have_value("herbarium-6-encode-1")
    expect(page.get_by_label("Begins with")).to_have_value("")
    shown(page, "new")
    # What the release has not is said before anything is made.
    page.get_by_label("Names it learns from").select_option("family")
    page.get_by_role("button", name="Continue").last.click()
    expect(page.locator(".errorlist")).to_contain_text("at least 2 names at the level family")
    page.get_by_label("Names it learns from").select_option("genus")
    for label, value in (("Epochs", "3"), ("Pictures a batch", "4"), ("Image size", "32")):
        page.get_by_label(label).fill(value)
        page.keyboard.press("Tab")
    text = page.locator("#id_config")
    expect(text).to_have_value(re.compile(r'level = "genus"[\s\S]*image_size = 32[\s\S]*epochs = 3'))
    if not text.is_visible():  # it stays open where something was wrong in it
        page.get_by_text("The whole configuration").click()
    text.fill(text.input_value() + "filters = [64, 8]\nblocks = [1, 1]\n")
    page.get_by_role("button", name="Continue").last.click()
    expect(page.locator(".lead")).to_contain_text(
        "learns from 9 training pictures and is judged on 3 others of them, for 3 epochs"
    )
    shown(page, "confirm")
    page.get_by_role("button", name="Start herbarium-6-encode-1").click()
    page.wait_for_url("**/training/herbarium-6-encode-1/")
    expect(page.locator("#live .lead")).to_contain_text("Done in", timeout=LONG)
    expect(page.locator("#live .lead")).to_contain_text("loss on validation")
    for curve in ("loss", "right", "rate"):
        expect(page.locator(f"[data-curve={curve}]")).to_have_attribute("data-drawn", "3")
    shown(page, "run")

    page.get_by_role("link", name="See the model").click()
    expect(page.locator("h1")).to_have_text("herbarium-6-encode-1")
    expect(page.get_by_text("It names no class")).to_be_visible()
    expect(page.get_by_role("button", name="Pre-classify")).to_have_count(0)
    shown(page, "model")
    page.get_by_role("button", name="Make features with it of Herbarium").click()
    page.wait_for_url("**/projects/herbarium/map/")
    draw = page.get_by_role("button", name="Draw the map of 18 pictures")
    expect(draw).to_be_visible(timeout=LONG)
    found = FeatureSet.objects.get()
    assert (found.layer, found.dimension, found.model.kind) == ("", 8, ModelVersion.Kind.ENCODER)

    # What UMAP would do (tests of the job do it): here two of the numbers themselves.
    rows = np.load(folder_of_set(found) / f"{found.near}.npy")
    points = np.empty(len(rows), POINT)
    points["x"], points["y"] = rows[:, :2].T
    points["id"] = np.load(folder_of_set(found) / f"{found.near}-ids.npy")
    job = Job.objects.create(kind="map", title="Map", state="done", params={"features": found.pk})
    _keep(found, job, points, {"pictures": 18, "fitted": 18, "seed": 89})
    page.goto("/models/herbarium-6-encode-1/")
    page.get_by_role("link", name="18 pictures with features").click()
    page.wait_for_url(f"**/map/?features={found.pk}*")
    expect(page.locator("[data-map]")).to_have_attribute("data-ready", re.compile("webgl|2d"))
    expect(page.locator("[data-said]")).to_have_text("18 pictures")
    expect(page.get_by_text("18 pictures as herbarium-6-encode-1 sees them")).to_be_visible()
    shown(page, "map")
