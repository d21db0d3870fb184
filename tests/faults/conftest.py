from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from curation.models import Candidate, Image, Project
from tests.browser.site import Site
from tests.curation.conftest import english_again, plain_static_files  # noqa: F401
from tests.curation.releases.conftest import drawn, garden, make_garden  # noqa: F401
from tests.factories import make_licence, make_project, make_source
from tests.faults.services import bring_back, keep_commits
from tests.faults.workshop import Workshop
from tests.worker import RealWorker, purge, real_worker  # noqa: F401

MakeOpen = Callable[[int], Project]


@pytest.fixture
def make_open() -> MakeOpen:
    """A project with so many pictures that wait for a vote (rows without files)."""

    def make(pictures: int, **fields: Any) -> Project:
        project = make_project(3, **fields)
        shared = {"source": make_source("S"), "licence": make_licence()}
        batch = project.batches.create(origin="open")
        images = Image.objects.bulk_create(
            Image(
                sha256=f"{project.pk:08x}{n:056x}", dhash=n, batch=batch, format="JPEG", extension="jpg",
                width=800, height=1200, bytes=1000, original_name=f"{n}.jpg", group=f"{n:064x}", **shared,
            )
            for n in range(pictures)
        )  # fmt: skip
        Candidate.objects.bulk_create(Candidate(project=project, image=image) for image in images)
        return project

    return make


@pytest.fixture
def services_back(transactional_db: None) -> Iterator[None]:
    """For tests that take the services away: commits are kept, and afterwards everything is there again."""
    keep_commits()
    yield
    bring_back()


@pytest.fixture
def workshop(
    services_back: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workshop]:
    """Web servers and workers in processes of their own, which use the var/ of this process's settings."""
    var = tmp_path / "var"
    var.mkdir()
    for name, folder in (
        ("MEDIA_ROOT", "media"),
        ("MODELS_DIR", "models"),
        ("EXPORTS_DIR", "exports"),
        ("RUNS_DIR", "runs"),
        ("RUNS_DATA_DIR", "runs-data"),
    ):
        setattr(settings, name, var / folder)
    purge()
    made = Workshop(var)
    yield made
    made.stop()


__all__ = ["RealWorker", "Site"]
