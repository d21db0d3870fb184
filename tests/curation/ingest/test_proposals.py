"""Folders called like classes say what their pictures are; reviewers see it as a hint, never a vote."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.models import Batch, Candidate, LabelClass, Project
from curation.services.ingest import ingest_folder
from tests.curation.imports.lists import jpeg
from tests.factories import make_licence, make_project, make_source

pytestmark = pytest.mark.django_db


def bring(folder: Path, project: Project | None) -> Batch:
    return ingest_folder(folder, project=project, source=make_source("K"), licence=make_licence())


def lay(folder: Path, *names: str) -> Path:
    for seed, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(seed))
    return folder


def test_subfolders_named_like_a_class_propose_it(tmp_path: Path) -> None:
    project = make_project()
    LabelClass.objects.filter(project=project, index=1).update(plural="Grey plates")
    names = ("class-a/1.jpg", "Class B/2.jpg", "grey_plates/deep/3.jpg", "elsewhere/4.jpg", "5.jpg")
    bring(lay(tmp_path / "in", *names), project)
    proposed = {
        candidate.image.original_name: (candidate.proposed and candidate.proposed.slug, candidate.proposed_by)
        for candidate in Candidate.objects.select_related("image", "proposed")
    }
    assert proposed == {
        "class-a/1.jpg": ("class-a", "folder"),
        "Class B/2.jpg": ("class-b", "folder"),
        "grey_plates/deep/3.jpg": ("class-b", "folder"),
        "elsewhere/4.jpg": (None, ""),
        "5.jpg": (None, ""),
    }
    assert set(Candidate.objects.values_list("state", "votes")) == {("open", 0)}


def test_pictures_that_are_here_already_get_the_proposal_in_a_new_project(tmp_path: Path) -> None:
    folder = lay(tmp_path / "in", "class-a/1.jpg")
    bring(folder, None)
    project = make_project()
    assert bring(folder, project).duplicates == 1
    candidate = Candidate.objects.get(project=project)
    assert candidate.proposed is not None
    assert candidate.proposed.slug == "class-a"


def test_an_interrupted_run_leaves_no_picture_without_its_candidate(tmp_path: Path) -> None:
    project = make_project()
    folder = lay(tmp_path / "in", "class-a/1.jpg", "2.jpg")
    batch = bring(folder, project)
    Candidate.objects.all().delete()  # as if it had died between picture and candidate
    from curation.services.ingest import fill_batch, folder_items, folder_names
    from curation.services.progress import NullProgress

    items = folder_items(
        folder, source=make_source("K"), licence=make_licence(), classes=folder_names(project)
    )
    fill_batch(batch, items, NullProgress())
    assert Candidate.objects.filter(project=project).count() == 2
    assert batch.images.count() == 2
