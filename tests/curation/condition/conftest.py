"""Sheets with files: clean ones, and stained ones whose stain is known, in a project on condition."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from curation.imaging import process
from curation.models import Candidate, Image, ModelVersion, Project, User
from curation.services.files import store
from curation.services.models import import_model
from tests.factories import make_candidate, make_decided, make_image, make_project, make_user
from tests.inference.condition.models import make_dark_model, make_dark_tile_model, stained

CLASSES = ("Clean", "Contaminated")
STAIN = (128, 128, 256, 256)  # pixels of a sheet of 512 × 384
SIZE = (512, 384)


@dataclass
class Sheets:
    """candidates: stained and clean ones by turns; the first two are not judged."""

    project: Project
    candidates: list[Candidate]
    tiles: ModelVersion
    whole: ModelVersion
    lead: User


def make_sheet(number: int, box: tuple[int, int, int, int] | None) -> Image:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.jpg"
        picture = stained(SIZE, box)
        picture.putpixel((number, 0), (number, 0, 0))  # no two alike
        picture.save(path, quality=95)
        processed, original = process(path), path.read_bytes()
    info = processed.info
    image = make_image(
        sha256=info.sha256,
        width=info.width,
        height=info.height,
        bytes=info.bytes,
        catalog_number=f"H-{number:04d}",
        family=("Rosaceae", "Fagaceae")[number % 2],
        source=("KEW", "NY")[number % 2],
    )
    store(image.file_name("original"), original)
    for rendition, content in processed.renditions.items():
        store(image.file_name(rendition), content)
    return image


def condition_project(key: str = "sheets") -> Project:
    project = make_project(classes=2, key=key, title="Sheets", kind="condition")
    for label, name in zip(project.classes.order_by("index"), CLASSES, strict=True):
        label.name, label.slug = name, name.lower()
        label.save()
    return project


@pytest.fixture
def make_sheets(db: None, tmp_path: Path) -> Callable[..., Sheets]:
    def make(count: int = 6) -> Sheets:
        project, lead = condition_project(), make_user("lead", username="lea")
        clean, bad = project.classes.order_by("index")
        candidates = []
        for number in range(count):
            image = make_sheet(number, STAIN if number % 2 == 0 else None)
            if number < 2:
                candidates.append(make_candidate(project, image))
            else:
                candidates.append(make_decided(project, bad if number % 2 == 0 else clean, lead, image))
        tiles = import_model(make_dark_tile_model(tmp_path / "tiles", classes=CLASSES), "dark-tiles")
        whole = import_model(make_dark_model(tmp_path / "whole", classes=CLASSES), "dark-whole")
        return Sheets(project, candidates, tiles, whole, lead)

    return make
