"""Exports as jobs: asked for, written by a real worker, verified, written again after kill -9."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.models import AuditEntry, Export, Job, Release
from curation.services import export as service
from curation.services.exports.content import LicenceGate
from curation.services.freeze import freeze
from curation.services.jobs import execute
from curation.services.progress import NullProgress
from tests.curation.releases.conftest import Garden
from tests.factories import make_user
from tests.worker import RealWorker, wait_for


@pytest.mark.django_db
def test_asking_makes_rows_and_an_audit_entry(release: Release) -> None:
    admin = make_user("admin")
    export = service.request_export(release, "dryad", licences=["CC0"], created_by=admin)
    assert export.job is not None
    assert (export.licences, export.finished_at, export.job.kind) == (["CC0-1.0"], None, "export")
    assert export.job.total == release.members.filter(licence="CC0-1.0").count()
    assert AuditEntry.objects.get(action="release.export").detail["licences"] == ["CC0-1.0"]


@pytest.mark.django_db
def test_the_gate_stops_the_request_and_leaves_no_row(release: Release) -> None:
    with pytest.raises(LicenceGate):
        service.request_export(release, "dryad")
    assert not Export.objects.exists() and not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_runner_writes_lists_and_verifies(release: Release, settings: object) -> None:
    export = service.request_export(release, "dryad", acknowledged=True)
    assert export.job is not None and execute(export.job.pk)
    export.refresh_from_db()
    export.job.refresh_from_db()
    folder = service.export_folder(export)
    assert export.job.state == Job.State.DONE, export.job.error
    assert export.job.result_url == f"/exports/{export.pk}/"
    assert export.folder == f"first/dryad-{export.pk}"
    assert {file["name"] for file in export.files} == {path.name for path in folder.iterdir()}
    assert export.job.result["verified"]["ok"] is True
    # A damaged file is found by a later check, which is a job of its own.
    (folder / "README.md").write_text("changed")
    again = service.request_verify(export)
    assert execute(again.pk)
    again.refresh_from_db()
    assert again.state == Job.State.DONE
    assert [fault["file"] for fault in again.result["verified"]["faults"]] == ["README.md"]
    # Writing again puts it right.
    service.run(export.job, NullProgress())
    assert service.verify(folder).ok


@pytest.mark.django_db(transaction=True)
def test_leftovers_of_another_export_are_swept(release: Release) -> None:
    export = service.request_export(release, "tfrecord")
    assert export.job is not None
    folder = service.export_folder(export)
    left = folder.parent / f".{folder.name}.part" / "files"
    left.mkdir(parents=True)
    (left / "of-another-release.tfr").touch()
    assert execute(export.job.pk)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert not (folder / "of-another-release.tfr").exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle(real_worker: RealWorker, garden: Garden, tmp_path: Path) -> None:
    release = freeze(garden.project, seed=1, train=3, test=1, validate=1)
    export = service.request_export(release, "tfrecord")
    assert export.job is not None
    job = export.job

    def begun() -> bool:
        job.refresh_from_db()
        return job.state == Job.State.RUNNING

    wait_for(begun)
    real_worker.kill()
    assert not service.export_folder(export).exists()
    real_worker.start_worker()

    def done() -> bool:
        job.refresh_from_db()
        return job.state == Job.State.DONE

    wait_for(done, 90)
    export.refresh_from_db()
    assert job.result["verified"]["ok"] is True
    assert [path.name for path in service.export_folder(export).parent.iterdir()] == [f"tfrecord-{export.pk}"]
