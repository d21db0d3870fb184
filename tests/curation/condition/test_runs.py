"""From decided sheets to models of tiles and of whole sheets, measured side by side, by their jobs."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from curation.errors import Refused
from curation.models import Evaluation, ModelVersion, Project, Release, Run, User
from curation.services.condition import sheets as sheets_of
from curation.services.condition.evaluate import request_condition_evaluation
from curation.services.freeze import freeze
from curation.services.progress import NullProgress
from curation.services.regions import mark_region
from curation.services.runs.request import request_run
from tests.curation.condition.conftest import STAIN, condition_project, make_sheet
from tests.factories import make_decided, make_user
from training import tasks

pytestmark = pytest.mark.django_db

SMALL = {"epochs": 2, "batch": 8, "patience": 2, "network": {"name": "cnn", "filters": [4, 4]}, "seed": 1}
SMALL |= {"schedule": {"name": "constant"}, "augment": {"ops": []}, "learning_rate": 0.01}


@pytest.fixture
def lead() -> User:
    return make_user("lead", username="lea")


@pytest.fixture
def project() -> Project:
    return condition_project()


@pytest.fixture
def release(project: Project, lead: User) -> Iterator[Release]:
    clean, bad = project.classes.order_by("index")
    for number in range(16):
        stained = number % 2 == 0
        row = make_decided(
            project, bad if stained else clean, lead, make_sheet(number, STAIN if stained else None)
        )
        if stained:
            mark_region(row, bad, 0.25, 1 / 3, 0.25, 1 / 3, by=lead)
    yield freeze(project, seed=3, name="sheets-1", train=4, test=2, validate=2)


def done(run: Run) -> dict[str, object]:
    return tasks.run(run.job, NullProgress())


def test_the_sheets_of_a_release_come_whole_with_splits_and_regions(release: Release, tmp_path: Path) -> None:
    folder = sheets_of.ready_sheets(release, tmp_path / "sheets", NullProgress())
    with (folder / "sheets.tsv").open(newline="") as file:
        rows = list(csv.DictReader(file, dialect="excel-tab"))
    assert {row["split"] for row in rows} == {"train", "test", "validate"} and len(rows) == 16
    member = release.members.get(sha256=rows[0]["id"])
    assert (folder / rows[0]["file"]).stat().st_size == member.image.bytes, "the original, not a small copy"
    with (folder / "regions.tsv").open(newline="") as file:
        regions = list(csv.DictReader(file, dialect="excel-tab"))
    assert {row["id"] for row in regions} == {row["id"] for row in rows if row["label"] == "Contaminated"}
    assert float(regions[0]["left"]) == 0.25


def test_both_models_are_trained_measured_side_by_side_and_shown(
    client: Client, release: Release, project: Project, lead: User
) -> None:
    tiles = request_run(
        project,
        release,
        Run.Kind.TILES,
        {**SMALL, "size": 64, "stride": 64, "most_per_sheet": 16},
        lead,
        name="tile-net",
    )
    whole = request_run(
        project, release, Run.Kind.SHEETS, {**SMALL, "image_size": 64}, lead, name="sheet-net"
    )
    assert done(tiles)["model"] == "tile-net" and done(whole)["model"] == "sheet-net"
    assert done(tiles)["model"] == "tile-net", "delivered twice"
    models = {row.name: row for row in ModelVersion.objects.all()}
    assert models["tile-net"].kind == "tiles" and models["sheet-net"].kind == "classifier"
    assert models["tile-net"].classes == ["Clean", "Contaminated"]
    run = request_condition_evaluation(models["tile-net"], models["sheet-net"], release, "test", lead)
    done(run)
    done(run)
    found = Evaluation.objects.get()
    assert (found.model.name, found.split) == ("tile-net", "test")
    assert found.metrics["data"]["sheets"] == {"train": 8, "validate": 4, "test": 4}
    assert (Path(settings.RUNS_DIR) / run.folder / "report.html").is_file()
    client.force_login(lead)
    page = client.get(reverse("evaluation", args=[found.pk]))
    assert page.status_code == 200 and b"sheet-net" in page.content
    cells = re.findall(r'<td class="num"><a href="(/evaluations/[^"]*)">(\d+)</a>', page.content.decode())
    assert sum(int(n) for _address, n in cells) == 2 * 4  # each sheet in a cell of either model
    for address, n in cells:
        listed = client.get(html.unescape(address)).content.decode()
        assert f"<h1>{n} sheet" in listed.replace("picture", "sheet") and listed.count(
            'class="thumb"'
        ) == int(n)
    assert client.get(reverse("run", args=["tile-net"])).status_code == 200
    shown = client.get(reverse("model", args=["tile-net"])).content.decode()
    assert 'name="sheet_model"' in shown
    asked = {"release": release.name, "split": "validate", "sheet_model": "sheet-net"}
    assert client.post(reverse("model_evaluate", args=["tile-net"]), asked).status_code == 302
    assert Run.objects.filter(kind="evaluate").count() == 2


def test_what_is_no_model_of_sheets_is_refused(release: Release, project: Project, lead: User) -> None:
    with pytest.raises(Refused, match="size must"):
        request_run(project, release, Run.Kind.TILES, {"size": 0}, lead)
    with pytest.raises(Refused, match="job fills it in"):
        request_run(project, release, Run.Kind.TILES, {"data": "/etc"}, lead)
    Project.objects.filter(pk=project.pk).update(kind="identification")
    project.refresh_from_db()
    with pytest.raises(Refused, match="condition of sheets"):
        request_run(project, release, Run.Kind.SHEETS, {}, lead)
