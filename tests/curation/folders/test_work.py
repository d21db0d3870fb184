"""Work that goes from machine to machine: what one has begun, another goes on with, and a third shows."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from curation import storage_s3
from curation.models import Batch, Candidate, FeatureSet, Job, Release, Screening, SheetScore, StoredFile
from curation.services import folders
from curation.services.condition import screen
from curation.services.condition.places import TABLE, folder_of_screening
from curation.services.condition.request import request_screening
from curation.services.deliveries import request_import
from curation.services.export import request_export
from curation.services.freeze import freeze
from curation.services.jobs import execute, resume
from curation.services.progress import JobCancelled
from curation.services.representation.places import POINT, folder_of_set, name_of_set
from curation.services.representation.request import request_map, request_near
from tests.curation.condition.conftest import Sheets, make_sheets  # noqa: F401
from tests.curation.condition.test_screening import Stops
from tests.curation.imports.lists import jpeg
from tests.curation.pages.test_uploads import form, send
from tests.curation.releases.conftest import AsRole
from tests.curation.representation.conftest import Planted, make_planted, planted  # noqa: F401
from tests.factories import decide, make_project
from tests.machines import Machines

pytestmark = pytest.mark.django_db(transaction=True)


def done(job: Job | None) -> Job:
    assert job is not None and execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", ""), list(job.log.values_list("line", flat=True))
    return job


def reader(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_from_an_upload_to_a_download(machines: Machines, as_role: AsRole) -> None:
    """Each file of the upload comes to another web server, and each step is done by another machine."""
    project, admin, upload = make_project(2, key="flora"), as_role("admin"), uuid.uuid4()
    for n in range(6):
        machines.on(f"web-{n % 2}")
        assert send(admin, upload, f"{'AB'[n % 2]}/{n}.jpg", jpeg(n)).status_code == 201
    machines.on("web-2")
    assert admin.post(reverse("batch_new"), form(project, upload, do="check")).status_code == 302
    batch = Batch.objects.get()
    assert batch.path == f"uploads/{upload}"
    again = admin.post(reverse("batch_new"), form(project, upload))
    assert "handed in already" in again.content.decode()
    machines.on("worker-1")
    done(batch.job)
    batch.refresh_from_db()
    request_import(batch, batch.created_by)
    batch.refresh_from_db()
    machines.on("worker-2")
    done(batch.job)
    batch.refresh_from_db()
    assert (batch.seen, batch.added, batch.refused) == (6, 6, 0)
    assert not StoredFile.objects.exists() and not machines.keys()
    assert batch.created_by is not None
    labels = list(project.classes.order_by("index"))
    for candidate in Candidate.objects.select_related("image"):
        decide(candidate, labels["AB".index(candidate.image.original_name[0])], batch.created_by)
    release = freeze(project, seed=1, name="first", train=1, test=1, validate=1)
    export = request_export(release, "tfrecord")
    done(export.job)
    export.refresh_from_db()
    machines.on("web-1")
    for file in export.files:
        response = as_role("reader").get(reverse("export_file", args=[export.pk, file["name"]]))
        assert hashlib.sha256(b"".join(response)).hexdigest() == file["sha256"]  # type: ignore[arg-type]


def test_an_archive_is_looked_into_where_it_did_not_arrive(machines: Machines, as_role: AsRole) -> None:
    admin, upload = as_role("admin"), uuid.uuid4()
    machines.on("web-1")
    text = b"url\tlicence\nhttps://example.org/1.jpg\tCC0\n"
    assert send(admin, upload, "list.tsv", text).status_code == 201
    machines.on("web-2")
    answer = admin.post(reverse("batch_new"), form(make_project(key="flora"), upload))
    assert answer.status_code == 302, answer.content.decode()[:3000]
    batch = Batch.objects.get()
    assert (batch.kind, batch.path) == ("list", f"uploads/{upload}/list.tsv")
    machines.on("worker")
    done(batch.job)
    batch.refresh_from_db()
    assert (batch.preview or {}).get("rows") == 1
    page = admin.get(reverse("batch", args=[batch.pk]))
    assert page.context["of_upload"] is True


@pytest.fixture
def made(machines: Machines, planted: Planted) -> FeatureSet:  # noqa: F811
    """Features as one machine has made and sent them."""
    folders.Sender(name_of_set(planted.features)).send()
    shutil.rmtree(folder_of_set(planted.features))
    return planted.features


def test_map_neighbours_and_pairs(machines: Machines, made: FeatureSet, planted: Planted) -> None:  # noqa: F811
    machines.on("b")
    job = done(request_map(made, planted.lead))
    made.refresh_from_db()
    assert made.map_file == f"map-{job.pk}-1.bin"
    assert not [path for path in folder_of_set(made).rglob("*") if path.is_file()]
    machines.on("c")
    client = reader(planted.lead)
    points = np.frombuffer(client.get(reverse("map_points", args=["flora"])).content, POINT)
    assert sorted(points["id"]) == [one.pk for one in planted.candidates]
    page = client.get(reverse("similar", args=["flora", planted.candidates[0].image.sha256]))
    assert len(page.context["near"]) >= 10
    before = StoredFile.objects.count()
    found = done(request_near(made, planted.lead, 0.2))
    assert found.result is not None and found.result["index"]["kind"] == "exact"
    assert StoredFile.objects.count() == before + 1  # the index
    machines.on("d")
    second = done(request_near(made, planted.lead, 0.1))
    assert second.result is not None and second.result["index"] == found.result["index"]
    machines.on("b")
    done(request_map(made, planted.lead))
    names = [entry.name for entry in folders.entries(name_of_set(made), "map-*")]
    made.refresh_from_db()
    assert names == [made.map_file]  # the old one is gone, for all machines


def test_a_screening_goes_on_elsewhere_and_is_shown_by_a_third(
    machines: Machines,
    make_sheets: Callable[..., Sheets],  # noqa: F811
) -> None:
    sheets = make_sheets()
    job = request_screening(sheets.project, sheets.tiles, sheets.whole, sheets.lead)
    with pytest.raises(JobCancelled):
        screen.run(job, Stops(2))
    found = Screening.objects.get(job=job)
    part = f"{TABLE}.part"
    assert part in {entry.name for entry in folders.entries(f"screenings/{found.folder}")}
    machines.on("b")
    assert done(job).result == {"sheets": 6, "unreadable": 0, "blank": 0}
    assert not folder_of_screening(found).exists()
    machines.on("c")
    client = reader(sheets.lead)
    for candidate in sheets.candidates:
        where = ["sheets", found.pk, candidate.image.sha256]
        picture = client.get(reverse("screening_heatmap", args=where))
        assert b"".join(picture).startswith(b"\x89PNG")  # type: ignore[arg-type]
        tiles = client.get(reverse("screening_tiles", args=where)).json()
        assert len(tiles["boxes"]) == len(tiles["condition"]) > 0
    names = {entry.name for entry in folders.entries(f"screenings/{found.folder}")}
    assert part not in names and TABLE in names


def test_a_bucket_that_is_down_fails_a_job_that_is_resumed_elsewhere(
    machines: Machines,
    make_sheets: Callable[..., Sheets],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    sheets = make_sheets()
    job = request_screening(sheets.project, sheets.tiles, sheets.whole, sheets.lead)
    monkeypatch.setattr(storage_s3, "ATTEMPTS", 1)
    settings.STORAGES = settings.STORAGES | {}
    # All sheets are looked at; then, before what was found is sent, the bucket is gone.
    send_all = folders.Sender.send

    def down(sender: folders.Sender) -> int:
        machines.line.down = True
        return send_all(sender)

    monkeypatch.setattr(folders.Sender, "send", down)
    assert execute(job.pk)
    job.refresh_from_db()
    assert job.state == "failed" and "did not do what was asked of it" in job.error
    assert not SheetScore.objects.exists()
    machines.line.down = False
    machines.stored.silent_until = 0.0
    monkeypatch.setattr(folders.Sender, "send", send_all)
    resume(job, None)
    machines.on("b")
    assert done(job).result == {"sheets": 6, "unreadable": 0, "blank": 0}


def test_folders_of_before_are_brought_into_the_bucket(
    machines: Machines, settings: Any, request: pytest.FixtureRequest
) -> None:
    shared = settings.STORAGES
    local = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    settings.STORAGES = shared | {name: local for name in ("default", "folders")}
    settings.STORAGES["exports"] = local | {"OPTIONS": {"location": settings.EXPORTS_DIR}}
    release: Release = request.getfixturevalue("release")  # its pictures lie on the disk, too
    export = request_export(release, "tfrecord", acknowledged=True)
    done(export.job)
    for name in ("runs/one/metrics.jsonl", "models/m/model.json", "features/p/m/l/store.json"):
        path = folders.work_of(name.rpartition("/")[0]) / name.rpartition("/")[2]
        path.parent.mkdir(parents=True)
        path.write_text(name)
    settings.STORAGES = shared
    call_command("fill_bucket")
    machines.on("b")
    assert folders.file("runs/one", "metrics.jsonl").read_text() == "runs/one/metrics.jsonl"
    assert folders.file("features/p/m/l", "store.json").is_file()
    export.refresh_from_db()
    assert {f"exports/{export.folder}/{file['name']}" for file in export.files} == set(
        machines.keys("exports")
    )
    rows = StoredFile.objects.count()
    machines.on("a")
    call_command("fill_bucket")
    assert rows == StoredFile.objects.count() == 3
