from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as Pillow

from curation.models import Batch, Candidate, Image, ModelVersion, Project
from curation.services.models import import_model
from tests.factories import make_image, make_licence, make_source
from tests.tiny_model import make_tiny_model
from tests.worker import real_worker  # noqa: F401

MakePictures = Callable[..., list[Candidate]]


def jpeg(number: int, size: tuple[int, int] = (60, 80)) -> bytes:
    """A picture of noise, another for each number."""
    noise = np.random.default_rng(number).integers(0, 255, (8, 6, 3), dtype=np.uint8)
    file = io.BytesIO()
    Pillow.fromarray(noise).resize(size, Pillow.Resampling.BICUBIC).save(file, "JPEG", quality=80)
    return file.getvalue()


@pytest.fixture
def make_pictures() -> MakePictures:
    """Candidates of a project with their original files: `different` pictures, the rest are copies."""

    def make(project: Project, count: int, *, different: int = 8, **jpeg_options: Any) -> list[Candidate]:
        contents = [jpeg(number, **jpeg_options) for number in range(different)]
        shared = {"batch": Batch.objects.create(origin="tests"), "source": make_source("T")}
        shared["licence"] = make_licence()
        images = [make_image(**shared) for _ in range(count)]
        for number, image in enumerate(images):
            name = image.file_name(Image.Rendition.ORIGINAL)
            assert default_storage.save(name, ContentFile(contents[number % different])) == name
        return Candidate.objects.bulk_create(Candidate(project=project, image=image) for image in images)

    return make


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., ModelVersion]:
    """A tiny model with the given class names, imported under MODELS_DIR."""

    def make(classes: list[str], name: str = "tiny", seed: int = 0) -> ModelVersion:
        folder = make_tiny_model(tmp_path / "elsewhere", classes, seed=seed, name=f"{name}-source")
        return import_model(folder, name)

    return make
