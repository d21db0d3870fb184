"""A batch is taken back whole, as long as nobody relies on it."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from curation.errors import Refused
from curation.models import AuditEntry, Batch, Candidate, Image, MediaRecord, Project, Vote
from curation.services.ingest import ingest_folder
from curation.services.undo import undo_batch, why_not
from tests.curation.imports.lists import bring_in, jpeg, row, write_list
from tests.factories import make_licence, make_project, make_source, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for seed in range(3):
        (pictures / f"{seed}.jpg").write_bytes(jpeg(seed))
    return pictures


def ingest(folder: Path, project: Project) -> Batch:
    return ingest_folder(folder, project=project, source=make_source("K"), licence=make_licence())


def test_pictures_files_and_candidates_go_and_the_report_stays(folder: Path, project: Project) -> None:
    (folder / "broken.jpg").write_bytes(b"no picture")
    batch = ingest(folder, project)
    names = [image.file_name(kind) for image in batch.images.all() for kind in Image.Rendition.values]
    assert len(names) == 12
    assert all(default_storage.exists(name) for name in names)
    admin = make_user("admin")
    assert why_not(batch) == ""
    assert undo_batch(batch, admin) == 3
    assert not Image.objects.exists()
    assert not Candidate.objects.exists()
    assert not any(default_storage.exists(name) for name in names)
    batch.refresh_from_db()
    assert (batch.state, batch.undone_by) == (Batch.State.UNDONE, admin)
    assert batch.problems.count() == 1
    assert AuditEntry.objects.filter(action="batch.undo", actor=admin).count() == 1
    with pytest.raises(Refused, match="taken back"):
        undo_batch(batch, admin)


def test_what_was_taken_back_can_come_in_again(folder: Path, project: Project) -> None:
    undo_batch(ingest(folder, project), None)
    assert ingest(folder, project).added == 3


def test_a_vote_keeps_the_batch(folder: Path, project: Project) -> None:
    batch = ingest(folder, project)
    candidate = Candidate.objects.filter(image__batch=batch).first()
    assert candidate is not None
    Vote.objects.create(id=uuid.uuid4(), candidate=candidate, user=make_user(), kind="skip")
    with pytest.raises(Refused, match="1 of its pictures was voted on"):
        undo_batch(batch, None)
    assert Image.objects.count() == 3
    assert "voted on" in why_not(batch)


def test_the_database_refuses_where_the_check_came_too_early(
    folder: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = ingest(folder, project)
    candidate = Candidate.objects.filter(image__batch=batch).first()
    assert candidate is not None
    Vote.objects.create(id=uuid.uuid4(), candidate=candidate, user=make_user(), kind="skip")
    monkeypatch.setattr("curation.services.undo._check_unused", lambda batch: None)
    with pytest.raises(Refused, match="at this moment"):
        undo_batch(batch, None)
    assert Image.objects.count() == 3
    assert Candidate.objects.count() == 3
    assert default_storage.exists(Image.objects.all()[0].file_name("original"))


def test_another_batch_that_names_its_pictures_goes_first(
    folder: Path, project: Project, tmp_path: Path
) -> None:
    first = ingest(folder, project)
    second_folder = tmp_path / "second"
    shutil.copytree(folder, second_folder)
    second = ingest(second_folder, project)
    assert second.duplicates == 3
    with pytest.raises(Refused, match=f"batch {second.pk} names its pictures"):
        undo_batch(first, None)
    undo_batch(second, None)
    undo_batch(first, None)
    assert not Image.objects.exists()


def test_records_that_were_not_fetched_go_too(tmp_path: Path) -> None:
    batch = bring_in(write_list(tmp_path, [row(1), row(2)]), source=make_source("K"))
    undo_batch(batch, None)
    assert not MediaRecord.objects.exists()
    again = bring_in(write_list(tmp_path, [row(1)]), source=make_source("K"))
    assert again.records.get().state == MediaRecord.State.WAITING
