"""The pages of exports: asking, watching, checking, downloading, and no way out of a folder."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.urls import reverse

from curation.models import AuditEntry, Export, Job, Release
from curation.services import export as service
from curation.services.jobs import execute
from curation.services.progress import NullProgress
from tests.curation.releases.conftest import AsRole, text

pytestmark = pytest.mark.django_db


def test_no_way_out_of_the_folder(export: Export, as_role: AsRole) -> None:
    client = as_role("reader")
    secret = Path(settings.EXPORTS_DIR) / "first" / "secret.txt"
    secret.write_text("secret")
    for path in (
        "../secret.txt",
        "../../../../etc/passwd",
        "..%2fsecret.txt",
        "%2e%2e/secret.txt",
        "./README.md",
        "sub/../README.md",
        "/etc/passwd",
        str(secret),
        "README.md/",
        "..\\secret.txt",
        "README.md%00",
    ):
        for url in (
            f"/exports/{export.pk}/files/{path}",
            f"/exports/{export.pk}/files/{quote(path, safe='')}",
        ):
            response = client.get(url)
            assert response.status_code in {404, 301}, url
            assert b"secret" not in b"".join(response) if response.streaming else True
    # A file that was listed and then replaced by a link is not followed either.
    listed = service.export_folder(export) / "README.md"
    listed.unlink()
    listed.symlink_to(secret)
    assert client.get(reverse("export_file", args=[export.pk, "README.md"])).status_code == 404


def test_files_come_whole_and_as_downloads(export: Export, as_role: AsRole) -> None:
    client = as_role("reader")
    for file in export.files:
        response = client.get(reverse("export_file", args=[export.pk, file["name"]]))
        content = b"".join(response)  # type: ignore[arg-type]
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert int(response["Content-Length"]) == file["bytes"] == len(content)
        assert response["Content-Disposition"] == f'attachment; filename="{file["name"]}"'
        assert response["Content-Type"] == "application/octet-stream"


def test_nothing_is_given_out_before_it_is_finished(release: Release, as_role: AsRole) -> None:
    export = service.request_export(release, "tfrecord")
    folder = service.export_folder(export)
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("half")
    client = as_role("admin")
    assert client.get(reverse("export_file", args=[export.pk, "README.md"])).status_code == 404
    page = text(client, reverse("export", args=[export.pk]))
    assert "It is being written" in page and 'hx-trigger="every 2s"' in page
    # What htmx asks for is the part that changes, and it stops asking at the end.
    part = text(client, reverse("export", args=[export.pk]), **{"HX-Request": "true"})
    assert part.lstrip().startswith('<div id="export-state" hx-get') and "<html" not in part
    Job.objects.filter(pk=export.job_id).update(state="failed", error="The disk is full.")
    part = text(client, reverse("export", args=[export.pk]), **{"HX-Request": "true"})
    assert "hx-get" not in part and "The disk is full." in part


def test_it_is_cancelled_and_resumed_from_its_page(release: Release, as_role: AsRole) -> None:
    export = service.request_export(release, "tfrecord")
    client, url = as_role("admin"), reverse("export", args=[export.pk])
    cancel, go_on = (reverse(name, args=[export.job_id]) for name in ("job_cancel", "job_resume"))
    assert f'action="{cancel}"' in text(client, url) and cancel not in text(as_role("lead"), url)
    assert client.post(cancel, {"next": url})["Location"] == url
    page = text(client, url)
    assert "It was not written: cancelled" in page and f'action="{go_on}"' in page
    assert go_on not in text(as_role("lead"), url)
    away = client.post(go_on, {"next": "https://elsewhere.example/"})
    assert away["Location"] == reverse("job", args=[export.job_id])
    assert "It is being written" in text(client, url)


def test_the_gate_is_explained_on_the_page(release: Release, as_role: AsRole) -> None:
    client, url = as_role("admin"), reverse("export_new", args=["first"])
    licences = list(service.licence_counts(release))
    response = client.post(url, {"format": "dryad", "licences": licences})
    assert (
        response.status_code == 400
        and "Dryad publishes everything under CC0, and" in response.content.decode()
    )
    assert "Choose at least one licence" in client.post(url, {"format": "dryad"}).content.decode()
    assert not Export.objects.exists()
    client.post(url, {"format": "dryad", "licences": licences, "acknowledged": "on"})
    client.post(url, {"format": "dryad", "licences": ["CC0-1.0"]})
    client.post(url, {"format": "tfrecord", "licences": licences})
    rows = Export.objects.order_by("id").values_list("format", "licences", "acknowledged_licences")
    assert list(rows) == [
        ("dryad", [], True),
        ("dryad", ["CC0-1.0"], False),
        ("tfrecord", [], False),
    ]


def test_what_a_format_can_be_told_is_told_to_it_alone(release: Release, as_role: AsRole) -> None:
    client, url = as_role("admin"), reverse("export_new", args=["first"])
    page = text(client, reverse("release", args=["first"]))
    assert all(f'data-format="{name}"' in page for name in ("labels", "label-studio", "tfrecord"))
    told = {
        "licences": list(service.licence_counts(release)),
        "form": "parquet",
        "images": "/data/local-files/?d=flora/",
        "shard_pictures": "2",
    }
    wanted = (
        ("labels", {"form": "parquet"}),
        ("label-studio", {"images": "/data/local-files/?d=flora/"}),
        ("tfrecord", {"shard_pictures": 2}),
        ("datacite", {}),
    )
    for format, options in wanted:
        place = client.post(url, told | {"format": format})["Location"]
        export = Export.objects.select_related("job").latest("pk")
        assert export.job is not None
        entry = AuditEntry.objects.get(action="release.export", detail__export=export.pk)
        assert export.options == export.job.params["options"] == entry.detail["options"] == options
        assert all(f"<code>{value}</code>" in text(client, place) for value in options.values())
    # The job hands them on.
    studio = Export.objects.get(format="label-studio")
    assert studio.job is not None
    service.run(studio.job, NullProgress())
    tasks = json.loads((service.export_folder(studio) / "tasks.json").read_text())
    assert all(task["data"]["image"].startswith("/data/local-files/?d=flora/") for task in tasks)
    labels = Export.objects.get(format="labels")
    assert labels.job is not None
    service.run(labels.job, NullProgress())
    found = {path.suffix for path in service.export_folder(labels).glob("votes.*")}
    assert found == {".parquet"}


@pytest.mark.parametrize(
    ("format", "field", "value", "status"),
    [
        ("labels", "form", "xlsx", 400),
        ("label-studio", "images", "x" * 501, 400),
        ("label-studio", "images", "a\0b", 400),
        ("tfrecord", "shard_pictures", "0", 400),
        ("tfrecord", "shard_pictures", "many", 400),
        # Not asked about: what is left in a field of another format does not stand in the way.
        ("datacite", "shard_pictures", "0", 302),
        ("tfrecord", "form", "xlsx", 302),
    ],
)
def test_what_it_is_told_is_checked(
    release: Release, as_role: AsRole, format: str, field: str, value: str, status: int
) -> None:
    told = {"licences": list(service.licence_counts(release)), "format": format, field: value}
    response = as_role("admin").post(reverse("export_new", args=["first"]), told)
    assert response.status_code == status
    assert Export.objects.exists() is (status == 302)


def test_faults_found_by_a_check_are_shown(export: Export, as_role: AsRole) -> None:
    client, url = as_role("admin"), reverse("export", args=[export.pk])
    assert "nothing is wrong" in text(client, url)
    client.post(reverse("export_verify", args=[export.pk]))
    job = Job.objects.order_by("-id")[0]
    assert "It is being verified" in text(client, url)
    client.post(reverse("export_verify", args=[export.pk]))  # one is enough
    assert Job.objects.count() == 2
    (service.export_folder(export) / "crosstab.md").unlink()
    Job.objects.filter(pk=job.pk).update(state="done", result=service.run(job, NullProgress()))
    page = text(client, url)
    assert "Not in order" in page and "<code>crosstab.md</code> is missing" in page
    assert "Not in order" in text(client, reverse("release", args=["first"]))


@pytest.mark.django_db(transaction=True)
def test_the_job_leads_to_the_export(release: Release, as_role: AsRole) -> None:
    client = as_role("admin")
    licences = list(service.licence_counts(release))
    response = client.post(
        reverse("export_new", args=["first"]), {"format": "tfrecord", "licences": licences}
    )
    export = Export.objects.get()
    assert response["Location"] == reverse("export", args=[export.pk])
    assert export.job_id is not None and execute(export.job_id)
    page = text(client, response["Location"])
    assert "Verified:" in page and "first-96-train.tfr" in page


def test_the_web_process_does_not_load_tensorflow() -> None:
    words = (
        "import sys, django; django.setup(); import curation.urls; "
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "curation.settings"}
    assert (
        subprocess.run([sys.executable, "-c", words], env=environment, cwd=settings.BASE_DIR).returncode == 0
    )
