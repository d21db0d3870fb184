"""Bringing pictures in through the browser's requests: real files, bad files, hostile names."""

from __future__ import annotations

import os
import time
import uuid
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as site_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image as Pillow

from curation.errors import Refused
from curation.models import Batch, Candidate, Image, Job, Project, Source
from curation.services import uploads
from curation.services.jobs import execute
from tests.factories import make_project, make_source

pytestmark = pytest.mark.django_db(transaction=True)


def jpeg(colour: tuple[int, int, int], size: tuple[int, int] = (240, 320)) -> bytes:
    """A JPEG with a gradient, so that no two colours give near-duplicates by chance."""
    picture = Pillow.linear_gradient("L").resize(size).convert("RGB")
    tinted = Pillow.blend(picture, Pillow.new("RGB", size, colour), 0.5)
    out = BytesIO()
    tinted.save(out, "JPEG", quality=90)
    return out.getvalue()


@pytest.fixture
def project() -> Project:
    return make_project(key="flora")


def send(client: Client, upload: uuid.UUID, name: str, content: bytes) -> Any:
    url = f"{reverse('upload_file', args=[upload])}?path={quote(name)}"
    return client.put(url, content, content_type="application/octet-stream")


def form(project: Project, upload: uuid.UUID, **fields: Any) -> dict[str, Any]:
    return {
        "upload": str(upload),
        "project": project.pk,
        "source": make_source("MICH").pk,
        "licence": "CC-BY-NC",
        "rights_holder": "University",
        "source_kind": "herbarium",
    } | fields


def run_job(batch: Batch) -> None:
    """What a worker does with the job."""
    assert batch.job_id is not None
    assert execute(batch.job_id)
    batch.refresh_from_db()


def test_good_and_bad_files_go_from_the_browser_to_the_report(as_role: Any, project: Project) -> None:
    admin, upload = as_role("admin"), uuid.uuid4()
    red, green = jpeg((200, 30, 30)), jpeg((30, 200, 30), (320, 240))
    names = {
        "Ordner/Blatt ü.jpg": red,
        "Ordner/tief/green.jpg": green,
        "Ordner/again.jpg": red,
        "broken.jpg": red[: len(red) // 2],
        "disguised.jpg": b"\x89PNG\r\n\x1a\nnothing",
        "text.jpg": b"not a picture",
        "empty.jpg": b"",
    }
    for name, content in names.items():
        answer = send(admin, upload, name, content)
        assert (answer.status_code, answer.json()) == (201, {"bytes": len(content)}), name
    answer = admin.post(reverse("batch_new"), form(project, upload))
    batch = Batch.objects.get()
    page = reverse("batch", args=[batch.pk])
    assert answer["Location"] == page
    assert not uploads.incoming(upload).exists()
    assert "Waiting for a worker" in admin.get(page).content.decode()
    assert 'hx-trigger="every 1s"' in admin.get(page, headers={"HX-Request": "true"}).content.decode()

    run_job(batch)
    assert (batch.seen, batch.added, batch.duplicates, batch.refused) == (7, 2, 1, 4)
    html = admin.get(page).content.decode()
    assert "2 of 7 files are added; 1 was here already and 4 were refused." in html
    twin = Image.objects.get(original_name="Ordner/Blatt ü.jpg")
    assert reverse("image", args=[twin.sha256]) in html
    for name in ["Ordner/again.jpg", "broken.jpg", "disguised.jpg", "text.jpg", "empty.jpg"]:
        assert name in html
    assert "hx-trigger" not in html  # it has ended: nothing asks again
    image = Image.objects.get(original_name="Ordner/tief/green.jpg")
    assert (image.source.code, str(image.licence), image.rights_holder) == ("MICH", "CC-BY-NC", "University")
    assert Candidate.objects.filter(project=project).count() == 2
    assert not (site_settings.VAR_DIR / "uploads" / str(upload)).exists()
    only = admin.get(f"{page}?kind=duplicate").content.decode()
    assert "Ordner/again.jpg" in only
    assert "broken.jpg" not in only
    assert f">{batch.pk}</a>" in admin.get(reverse("batches")).content.decode()


def test_without_scripts_the_form_carries_the_files(as_role: Any, project: Project) -> None:
    """Browsers strip folders from names, so two files of one name are both kept."""
    files = [
        SimpleUploadedFile("sheet.jpg", jpeg((10, 60, 200)), "image/jpeg"),
        SimpleUploadedFile("sheet.jpg", jpeg((200, 60, 10), (320, 240)), "image/jpeg"),
    ]
    fields = form(project, uuid.uuid4(), source="", source_code="NEW-1", source_name="A new herbarium")
    answer = as_role("admin").post(reverse("batch_new"), fields | {"files": files})
    assert answer.status_code == 302, answer.content.decode()
    run_job(Batch.objects.get())
    assert set(Image.objects.values_list("original_name", flat=True)) == {"sheet.jpg", "sheet (2).jpg"}
    source = Source.objects.get(code="NEW-1")
    assert (source.name, source.kind) == ("A new herbarium", "herbarium")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"licence": "CC-BY-ND-4.0"}, "not one of the available choices"),
        ({"licence": ""}, "required"),
        ({"source": ""}, "give the new one a code"),
        ({"source": "", "source_code": "MICH"}, "is a source already"),
        ({"source": "", "source_code": "no spaces please"}, "Letters, digits"),
        ({"project": 999999}, "not one of the available choices"),
        ({"upload": "../../etc"}, "No files were sent"),
    ],
)
def test_a_refused_form_keeps_the_files(
    fields: dict[str, Any], words: str, as_role: Any, project: Project
) -> None:
    admin, upload = as_role("admin"), uuid.uuid4()
    send(admin, upload, "a.jpg", jpeg((1, 2, 3)))
    answer = admin.post(reverse("batch_new"), form(project, upload) | fields)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert words in page
    assert not Batch.objects.exists()
    assert not Job.objects.exists()
    assert not Source.objects.exclude(code="MICH").exists()
    assert uploads.count(upload) == 1
    if "upload" not in fields:
        assert "1 file is sent already" in page
        assert admin.post(reverse("batch_new"), form(project, upload)).status_code == 302


def test_an_upload_is_handed_in_once_and_closed_afterwards(as_role: Any, project: Project) -> None:
    admin, upload = as_role("admin"), uuid.uuid4()
    empty = admin.post(reverse("batch_new"), form(project, upload))
    assert "No files were sent" in empty.content.decode()
    send(admin, upload, "a.jpg", jpeg((1, 2, 3)))
    assert admin.post(reverse("batch_new"), form(project, upload)).status_code == 302
    twice = admin.post(reverse("batch_new"), form(project, upload))
    assert "handed in already" in twice.content.decode()
    assert Batch.objects.count() == 1


BAD_NAMES = [
    "",
    ".",
    "..",
    "../outside.jpg",
    "a/../../outside.jpg",
    "a/..\\..\\outside.jpg",
    "/etc/passwd",
    "\\\\server\\share.jpg",
    "C:\\windows.jpg",
    "a\x00.jpg",
    "a\nb.jpg",
    "a/ .. /b.jpg",
    "x" * 201 + ".jpg",
    "/".join(["d"] * 20) + "/a.jpg",
    "é" * 101 + ".jpg",
]


def test_no_name_leads_out_of_the_upload(as_role: Any) -> None:
    admin, upload = as_role("admin"), uuid.uuid4()
    for name in BAD_NAMES:
        answer = send(admin, upload, name, b"x")
        assert answer.status_code == 400, name
        assert "was not taken" in answer.json()["message"], name
    root = Path(site_settings.VAR_DIR)
    assert [path for path in root.rglob("*") if path.is_file()] == []
    assert send(admin, upload, "a/b.jpg", b"x").status_code == 201
    assert send(admin, upload, "a", b"x").status_code == 400  # a folder already
    assert send(admin, upload, "a/b.jpg/c.jpg", b"x").status_code == 400  # a file already
    assert [path.name for path in root.rglob("*") if path.is_file()] == ["b.jpg"]


def test_a_file_sent_again_replaces_itself_whole(as_role: Any) -> None:
    admin, upload = as_role("admin"), uuid.uuid4()
    send(admin, upload, "a.jpg", b"first, longer")
    send(admin, upload, "a.jpg", b"second")
    assert (uploads.incoming(upload) / "a.jpg").read_bytes() == b"second"

    def breaks() -> Any:
        yield b"half of"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        uploads.save_file(upload, "a.jpg", breaks())
    assert [path.name for path in uploads.incoming(upload).iterdir()] == ["a.jpg"]
    assert (uploads.incoming(upload) / "a.jpg").read_bytes() == b"second"


def test_too_large_a_file_is_refused_before_and_while_it_is_sent() -> None:
    upload, most = uuid.uuid4(), 512 * 1024 * 1024
    with pytest.raises(Refused, match="more than the 512 MiB"):
        uploads.save_file(upload, "a.jpg", iter([]), announced=most + 1)
    piece = bytes(64 * 1024 * 1024)
    with pytest.raises(Refused, match="more than the 512 MiB"):
        uploads.save_file(upload, "a.jpg", (piece for _ in range(9)))
    assert uploads.count(upload) == 0


def test_what_nobody_handed_in_goes_after_two_days() -> None:
    old, new = uuid.uuid4(), uuid.uuid4()
    for upload in (old, new):
        uploads.save_file(upload, "a/b.jpg", [b"x"])
    long_ago = time.time() - uploads.ABANDONED_AFTER - 60
    for path in [uploads.incoming(old), *uploads.incoming(old).rglob("*")]:
        os.utime(path, (long_ago, long_ago))
    assert uploads.remove_abandoned() == 1
    assert (uploads.count(old), uploads.count(new)) == (0, 1)
