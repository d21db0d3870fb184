"""A project with ordinary pictures that were decided, their files in storage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from curation.models import Image, LabelClass, Project, User
from tests.curation.derive.sheets import sheet
from tests.factories import make_decided, make_image, make_project, make_user

MakeSheets = Callable[..., list[Image]]


@pytest.fixture(autouse=True)
def own_places(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"


@pytest.fixture
def project(db: None) -> Project:
    project = make_project(classes=0, key="flora")
    for index, (name, slug) in enumerate(
        [("Ordinary specimen", "ordinary-pressed-specimens"), ("Corrupted image", "corrupted-images"),
         ("Slide", "microscope-slides")]
    ):  # fmt: skip
        LabelClass.objects.create(
            project=project, index=index, key="ABC"[index], name=name, slug=slug, plural=f"{name}s"
        )
    return project


@pytest.fixture
def curator(db: None) -> User:
    return make_user("curator")


@pytest.fixture
def make_sheets(project: Project, curator: User) -> MakeSheets:
    """`count` drawn sheets of a source, decided as the project's class with this key (None: open)."""

    def make(count: int, *, key: str | None = "A", **fields: Any) -> list[Image]:
        images = []
        for _ in range(count):
            number = Image.objects.count()
            data, size = sheet(number)
            image = make_image(width=size[0], height=size[1], bytes=len(data), **fields)
            name = image.file_name(Image.Rendition.ORIGINAL)
            assert default_storage.save(name, ContentFile(data)) == name
            if key:
                make_decided(project, project.classes.get(key=key), curator, image)
            images.append(image)
        return images

    return make
