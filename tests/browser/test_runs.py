"""Model work in Chromium: started on the page, trained by a real worker, followed to the model it makes."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from curation.drawing import draw
from curation.imaging.renditions import make_renditions
from curation.models import Evaluation, Image, Job, Release, Run, User
from curation.services.files import store
from curation.services.freeze import freeze
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_decided, make_image, make_model, make_project, make_user
from tests.run_rows import metrics, report, write_folder
from tests.worker import RealWorker, purge, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
NAMES = ["Ordinary pressed specimens", "Live plants", "Text focused"]


@pytest.fixture
def lead(transactional_db: None) -> User:
    return make_user("lead", username="lea", first_name="Lea Lead")


@pytest.fixture
def release(lead: User) -> Release:
    """3 classes x (4 train, 1 test, 1 validate), with the files that training records are made of."""
    project = make_project(3, key="flora", title="Flora")
    for label, name in zip(project.classes.order_by("index"), NAMES, strict=True):
        label.name, label.slug = name, name.lower().replace(" ", "-")
        label.save()
        files = make_renditions(draw(label.slug, 1, short_side=192))
        for number in range(6):
            image = make_image(source=f"S{number % 2}")
            store(image.file_name(Image.Rendition.DATASET), files["dataset"])
            make_decided(project, label, lead, image)
    return freeze(project, seed=1, name="flora-6", train=4, test=1, validate=1)


@pytest.fixture
def worker(transactional_db: None) -> Iterator[RealWorker]:
    """On the folders of the site."""
    purge()
    worker = RealWorker(Path(settings.VAR_DIR))
    worker.start()
    yield worker
    worker.stop()


def make_run(release: Release, name: str, state: str = "done", **fields: Any) -> Run:
    lines = fields.pop("metrics", metrics(30, 3))
    now = timezone.now()
    job: dict[str, Any] = {"kind": "train", "title": f"Train {name}", "state": state}
    job |= {"started_at": now - timedelta(minutes=42), "total": 900, "done": 351, "unit": "steps"}
    if state == "running":
        job |= {"lease": uuid.uuid4(), "heartbeat_at": now + timedelta(hours=1)}
    else:
        job["finished_at"] = now
    folder = Path(settings.RUNS_DIR) / name
    if not folder.exists():
        write_folder(folder, lines)
    return Run.objects.create(
        **{
            "name": name,
            "folder": name,
            "project": release.project,
            "release": release,
            "kind": "train",
            "config": {"epochs": 30, "batch": 64, "stages": [{"unfreeze_after": "output_gap"}, {}]},
            "data_sha256": release.manifest_sha256,
            "job": Job.objects.create(**job),
            "summary": lines[-1] if lines else {},
        }
        | fields
    )


@pytest.fixture
def places(release: Release, lead: User) -> dict[str, str]:
    """One page of each kind, with something on it."""
    run = make_run(release, "flora-6-train-7", created_by=lead)
    make_run(release, "flora-6-train-8", "running", created_by=lead)
    make_run(release, "flora-6-train-6", "failed", metrics=metrics(12), created_by=lead)
    names = list(release.project.classes.order_by("index").values_list("name", flat=True))
    model = make_model(names, name=run.name)
    model.run, model.training_release = run, release
    model.metrics = {"validate_macro_f1": 0.9143, "validate_accuracy": 0.9231, "validate_loss": 0.3123}
    model.save()
    look = make_run(release, "flora-6-evaluate-1", kind="evaluate", started_from=model, metrics=[])
    evaluation = Evaluation.objects.create(
        model=model, release=release, split="test", metrics=report(names), folder=look.folder, run=look
    )
    return {
        "runs": "/training/",
        "run": f"/training/{run.name}/?with=flora-6-train-8",
        "live": "/training/flora-6-train-8/",
        "failed": "/training/flora-6-train-6/",
        "new": f"/training/new/?preset=from&model={model.name}",
        "model": f"/models/{model.name}/",
        "evaluation": f"/evaluations/{evaluation.pk}/",
        "models": "/models/",
    }


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_how_the_pages_look(
    visit: Visit, lead: User, places: dict[str, str], screen: dict[str, int], tmp_path: Path
) -> None:
    shots = Path(os.environ.get("VASCULUM_SHOTS") or tmp_path)
    page = visit(lead, "/", viewport=screen, color_scheme="light", reduced_motion="reduce")
    problems = []
    for name, address in places.items():
        page.goto(address)
        for area in page.locator("[data-curve], [data-plot]").all():
            expect(area.locator("svg.main-svg").first).to_be_visible()
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problems.append(f"{name}: wider than the screen")
        for scheme in ("light", "dark") if shots != tmp_path else ():
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=shots / f"{name}-{screen['width']}-{scheme}.png", full_page=True)
        page.emulate_media(color_scheme="light")
    page.goto(places["new"])
    page.get_by_role("button", name="Continue").last.click()
    expect(page.get_by_role("button", name="Start")).to_be_focused()
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        problems.append("confirm: wider than the screen")
    page.screenshot(path=shots / f"confirm-{screen['width']}-light.png", full_page=True)
    assert not problems, "\n".join(problems)


def test_a_run_is_started_by_keys_and_followed_to_its_model(
    visit: Visit, worker: RealWorker, lead: User, release: Release
) -> None:
    page = visit(lead, "/training/")
    # The empty page has the one step that fills it, in focus.
    expect(page.get_by_role("link", name="Train a model")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_have_value("flora-6-train-1")
    for label, value in (
        ("Epochs a stage", "3"),
        ("Pictures a batch", "4"),
        ("Image size", "32"),
        ("Width", "4"),
    ):
        page.get_by_label(label).fill(value)
        page.keyboard.press("Tab")
    text = page.locator("#id_config")
    page.get_by_text("The whole configuration").click()
    # The text has followed, and what is typed into it by hand stays.
    expect(text).to_have_value(re.compile(r"image_size = 32[\s\S]*width = 4"))
    text.fill(text.input_value().replace("blocks = [3, 3, 9, 3]", "blocks = [1, 1]  # quick"))
    page.get_by_label("Epochs a stage").fill("0")
    page.keyboard.press("Enter")
    expect(page.locator(".errorlist")).to_contain_text("epochs must be a whole number, at least 1, got 0")
    expect(text).to_have_value(re.compile("# quick"))
    page.get_by_label("Epochs a stage").fill("3")
    page.keyboard.press("Enter")
    expect(page.locator(".lead")).to_contain_text(
        "learns from 12 pictures and is chosen on 3, in 1 stage of 3"
    )
    expect(page.get_by_role("button", name="Start flora-6-train-1")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/training/flora-6-train-1/")
    # Its curves come by themselves, and so do the end and the way on.
    expect(page.locator("[data-curve=f1]")).to_have_attribute(
        "data-drawn", re.compile("[123]"), timeout=60_000
    )
    expect(page.locator("#live .lead")).to_contain_text("Done in")
    expect(page.locator("[data-curve=f1]")).to_have_attribute("data-drawn", "3")
    polls: list[str] = []
    page.on("request", lambda request: polls.append(request.url))
    expect(page.get_by_role("link", name="See the model")).to_be_focused()
    # Test is asked for only after a look at how often it was looked at.
    page.get_by_text("Evaluate on test …").click()
    expect(page.get_by_text("has not been looked at so far")).to_be_visible()
    page.wait_for_timeout(2500)
    assert polls == []
    page.get_by_role("link", name="See the model").click()
    expect(page.locator("h1")).to_have_text("flora-6-train-1")
    expect(page.get_by_role("button", name="Pre-classify")).to_have_count(0)  # every picture is decided
    page.get_by_role("button", name="to validate").click()
    wait_for(lambda: Evaluation.objects.exists() or Job.objects.filter(state="failed").exists())
    assert not Job.objects.filter(state="failed").exists(), Job.objects.get(state="failed").error
    page.wait_for_url("**/evaluations/*/")
    expect(page.locator("h1")).to_have_text("flora-6-train-1 on validate")
    expect(page.locator("[data-plot=confusion] svg.main-svg").first).to_be_visible()


def test_what_is_looked_up_is_folded_and_a_cell_opens_its_pictures(
    visit: Visit, lead: User, release: Release, places: dict[str, str]
) -> None:
    page = visit(lead, places["live"].replace("-8/", "-7/"))
    folds = page.locator("details.fold")
    expect(folds).to_have_count(4)
    expect(page.locator("details.fold[open]")).to_have_count(0)
    # State, curve, and then what is folded: by keys.
    page.locator("#checkpoints > summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="01-0001.npz")).to_be_visible()
    # An address that names a folded part opens it, also on the page that is open already.
    page.goto(places["live"].replace("-8/", "-7/") + "#files")
    expect(page.get_by_role("link", name="metrics.jsonl")).to_be_visible()
    page.evaluate("location.hash = 'told'")
    expect(page.get_by_text("manifest")).to_be_visible()

    run = Run.objects.get(name="flora-6-evaluate-1")
    first = release.members.filter(split="test").order_by("category_index")[0]
    row = [first.sha256, first.category_name, NAMES[1], "0.93"]
    table = "\n".join("\t".join(cells) for cells in (["id", "category", "prediction", "confidence"], row))
    (Path(settings.RUNS_DIR) / run.folder / "predictions.tsv").write_text(table + "\n")
    page.goto(places["evaluation"])
    cells = page.locator("[data-plot=confusion] .nsewdrag")
    box = cells.bounding_box()
    assert box
    cells.click(position={"x": box["width"] / 2, "y": box["height"] / 6})
    page.wait_for_url("**/pictures/?decided=*&said=*")
    expect(page.locator("h1")).to_have_text(f"1 picture: {NAMES[0]}, taken for {NAMES[1]}")
    expect(page.locator(f'.thumb[href="/images/{first.sha256}/"]')).to_be_visible()
