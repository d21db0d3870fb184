"""Steps that tests of the grid share: many predicted pictures with files, and what the page shows of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect

from curation.models import Batch, Candidate, Image, Prediction, Project
from curation.services.files import store
from tests.browser.pictures import Pictures
from tests.factories import make_licence, make_model, make_source

DRAWN = 17


def predicted(
    project: Project, pictures: Pictures, sure: Sequence[float], label: int = 0, name: str = "p"
) -> list[Candidate]:
    """Candidates suggested as the class with the index `label`, each as sure as `sure` says, in that order.

    A few drawn pictures under many names: the pages look at thumbnails, not at what is on them.
    """
    classes = list(project.classes.order_by("index"))
    model = make_model([row.name for row in classes])
    batch, source, licence = Batch.objects.create(origin="tests"), make_source("S"), make_licence()
    images = []
    for number in range(len(sure)):
        drawn, original = pictures.files(number % DRAWN)
        image = Image(
            sha256=hashlib.sha256(f"{name}-{number}".encode()).hexdigest(), dhash=number, format="JPEG",
            extension="jpg", width=drawn.info.width, height=drawn.info.height, bytes=drawn.info.bytes,
            original_name=f"{name}-{number:03d}.jpg", catalog_number=f"{name}-{number:05d}", source=source,
            licence=licence, batch=batch, group=hashlib.sha256(f"{name}-{number}".encode()).hexdigest(),
        )  # fmt: skip
        store(image.file_name("original"), original)
        for rendition in ("thumb", "review"):
            store(image.file_name(rendition), drawn.renditions[rendition])
        images.append(image)
    Image.objects.bulk_create(images)
    rows = Candidate.objects.bulk_create(Candidate(project=project, image=image) for image in images)
    predictions = Prediction.objects.bulk_create(
        Prediction(
            candidate=row, model=model, label=classes[label], confidence=share,
            probabilities=_probabilities(len(classes), label, share),
        )
        for row, share in zip(rows, sure, strict=True)
    )  # fmt: skip
    for row, prediction in zip(rows, predictions, strict=True):
        row.prediction = prediction
    Candidate.objects.bulk_update(rows, ["prediction"])
    return rows


def _probabilities(classes: int, label: int, share: float) -> list[float]:
    rest = (1 - share) / (classes - 1)
    return [share if index == label else rest for index in range(classes)]


def shown(page: Page, row: Candidate, pictures: int | None = None) -> None:
    """The page that begins with `row` is decoded and on the screen."""
    expect(page.locator(f'[data-grid][data-shown="{row.pk}"]')).to_have_count(1)
    if pictures is not None:
        expect(page.locator(".cell")).to_have_count(pictures)


def cell(page: Page, row: Candidate) -> Locator:
    return page.locator(f"#cell-{row.pk}")


def said_of(page: Page) -> list[str]:
    """What is said of each picture on the table: sure, left or other."""
    return [str(node.get_attribute("data-mark")) for node in page.locator(".cell").all()]
