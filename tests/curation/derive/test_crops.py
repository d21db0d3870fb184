"""Parts cut out of pictures that are here."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import default_storage
from PIL import Image as Pillow

from curation.errors import Refused
from curation.models import Batch, Candidate, Image, Job, Licence, Project
from curation.services import derive, folders
from curation.services.derive_crops import request_crops
from curation.services.ingest import ingest_folder
from curation.services.progress import JobCancelled, NullProgress
from tests.curation.derive.conftest import MakeSheets
from tests.curation.derive.test_corruptions import StopsAfter
from tests.factories import make_licence, make_source

pytestmark = pytest.mark.django_db
LABEL, RULER = [3, 0.7, 0.8, 0.5, 0.3, 0.9], [0, 0.5, 0.2, 0.8, 0.3]


def lm2(**sheets: list[list[float]]) -> bytes:
    return json.dumps(
        {name: {"Detections_Archival_Components": rows} for name, rows in sheets.items()}
    ).encode()


def crop(project: Project, content: bytes, name: str = "found.json", **options: Any) -> Batch:
    job = request_crops(project, content, name, **options)
    derive.run(job, NullProgress())
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)
    return Batch.objects.get(job=job)


def pixels(image: Image) -> np.ndarray:
    with default_storage.open(image.file_name("original")) as file:
        return np.asarray(Pillow.open(io.BytesIO(file.read())).convert("RGB"), int)


def problems(batch: Batch) -> dict[str, str]:
    return dict(batch.problems.values_list("file", "rule"))


def test_a_crop_is_its_box_of_the_parent_at_full_size(project: Project, make_sheets: MakeSheets) -> None:
    [parent] = make_sheets(1, original_name="in/Sheet.1.JPG", catalog_number="K7", source="MICH")
    batch = crop(project, lm2(**{"sheet.1": [LABEL, RULER]}), parts=["label"])
    assert (batch.kind, batch.state, batch.added, batch.refused) == ("derived", "done", 1, 0)
    image = batch.images.get()
    left, top = round(0.45 * parent.width), round(0.65 * parent.height)
    right, bottom = round(0.95 * parent.width), round(0.95 * parent.height)
    assert image.box == [left, top, right - left, bottom - top]
    assert (image.width, image.height) == (right - left, bottom - top)
    assert (image.parent, image.made_by) == (parent, "crop")
    assert image.making == {"part": "label", "confidence": 0.9}
    assert (image.source, image.licence, image.catalog_number) == (parent.source, parent.licence, "K7")
    assert image.original_name == f"Sheet.1 [{parent.sha256[:8]}] label 1.jpg"
    assert np.abs(pixels(image) - pixels(parent)[top:bottom, left:right]).mean() < 3
    candidate = Candidate.objects.get(image=image)
    assert (candidate.project, candidate.proposed) == (project, None)
    assert not folders.file(*batch.path.split("/")).exists()


def test_boxes_are_those_of_the_upright_picture(project: Project, tmp_path: Path) -> None:
    stored = np.zeros((300, 400, 3), np.uint8)
    stored[:, :200] = (250, 40, 40)  # left in the file, on top once it is turned upright
    exif = Pillow.Exif()
    exif[0x0112] = 6
    (tmp_path / "in").mkdir()
    Pillow.fromarray(stored).save(tmp_path / "in" / "turned.jpg", exif=exif, quality=95)
    ingest_folder(tmp_path / "in", source=make_source("S"), licence=make_licence(), project=project)
    batch = crop(project, lm2(turned=[[3, 0.5, 0.25, 1, 0.5]]))
    image = batch.images.get()
    assert image.parent is not None and (image.parent.width, image.parent.height) == (300, 400)
    assert image.box == [0, 0, 300, 200]
    assert np.abs(pixels(image).mean(axis=(0, 1)) - (250, 40, 40)).max() < 5


def test_what_cannot_be_cut_is_reported_by_name(project: Project, make_sheets: MakeSheets) -> None:
    [good, _, _] = [make_sheets(1, original_name=f"{name}.jpg")[0] for name in ("good", "twice", "x/twice")]
    make_sheets(1, original_name="closed.jpg", licence=Licence.objects.create(code="CC-BY-ND", version="4.0"))
    [gone] = make_sheets(1, original_name="gone.jpg")
    default_storage.delete(gone.file_name("original"))
    rows = {
        "good": [RULER, [3, 0.5, 0.5, 0.05, 0.05], [99, 0.5, 0.5, 0.1, 0.1]],
        "twice": [RULER],
        "closed": [RULER],
        "gone": [RULER],
        "absent": [RULER],
    }
    batch = crop(project, lm2(**rows), min_side=30)
    assert [image.parent for image in batch.images.all()] == [good]
    assert problems(batch) == {
        f"good [{good.sha256[:8]}] label 1.jpg": "too-small",
        "good, Detections_Archival_Components, row 3": "bad-box",
        "twice": "ambiguous",
        "closed": "licence",
        "gone": "unreadable",
        "absent": "not-here",
    }
    assert (batch.added, batch.refused) == (1, 6)
    assert "class 99 is unknown" in batch.problems.get(rule="bad-box").message


def test_the_same_file_again_makes_nothing_twice(project: Project, make_sheets: MakeSheets) -> None:
    make_sheets(1, original_name="a.jpg")
    first, second = (crop(project, lm2(a=[LABEL, RULER])) for _ in range(2))
    assert (first.added, second.added, second.duplicates) == (2, 0, 2)
    assert Image.objects.filter(made_by="crop").count() == 2
    # Crops are no pictures to be cut out of.
    assert f"made before (batch {first.pk})" in second.problems.all()[0].message


def test_a_run_that_was_cut_off_goes_on_without_doubles(
    project: Project, make_sheets: MakeSheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derive, "AT_ONCE", 1)
    for name in "abcd":
        make_sheets(1, original_name=f"{name}.jpg")
    job = request_crops(project, lm2(**{name: [LABEL, RULER] for name in "abcde"}), "found.json")
    with pytest.raises(JobCancelled):
        derive.run(job, StopsAfter(2))
    batch = Batch.objects.get(job=job)
    found = folders.file(*batch.path.split("/"))
    assert batch.images.count() == 4 and found.exists()
    Candidate.objects.filter(image=batch.images.last()).delete()
    derive.run(job, NullProgress())
    batch.refresh_from_db()
    assert (batch.added, batch.duplicates, batch.refused) == (8, 0, 1)
    assert Candidate.objects.filter(image__batch=batch).count() == 8
    assert not found.exists()


def test_requests_are_checked(project: Project) -> None:
    with pytest.raises(Refused, match=r"notes\.json was not taken: it is no JSON"):
        request_crops(project, b"notes", "notes.json")
    with pytest.raises(Refused, match=r"holds no leaf, map; it holds: label, ruler\."):
        request_crops(project, lm2(a=[LABEL, RULER]), "found.json", parts=["Label", "map", " leaf "])
    with pytest.raises(Refused, match="16 to 4096 pixels, not 2"):
        request_crops(project, lm2(a=[LABEL]), "found.json", min_side=2)
    assert not Batch.objects.exists() and not Job.objects.exists()
