"""Pictures and exports in S3-compatible storage: a real server, large files in parts, a line that is cut."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.urls import reverse

from curation import storage_s3
from curation.errors import Refused
from curation.models import Export, Job, Release
from curation.services import export as service
from curation.services.jobs import execute
from curation.services.progress import NullProgress
from curation.settings import in_bucket
from curation.storage_s3 import Bucket
from tests.curation.releases.conftest import AsRole
from tests.curation.releases.s3_server import KEYS, Line, Server

pytestmark = pytest.mark.django_db
BUCKET = "herbarium"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.stop()


@pytest.fixture
def line(server: Server, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """The line by which this test reaches an empty bucket, with pictures and exports in it."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    made = Line(server.port)
    settings.STORAGES = settings.STORAGES | {
        "default": in_bucket("media", BUCKET, made.url),
        "exports": in_bucket("exports", BUCKET, made.url),
    }
    client = exports().client
    client.create_bucket(Bucket=BUCKET)
    yield made
    made.cut, made.down = 0, False
    for name in list(keys()):
        client.delete_object(Bucket=BUCKET, Key=name)
    made.close()


def exports() -> Bucket:
    found = storages["exports"]
    assert isinstance(found, Bucket)
    return found


def keys(prefix: str = "") -> list[str]:
    found = exports().client.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return [entry["Key"] for entry in found.get("Contents", ())]


def unfinished_uploads() -> list[str]:
    found = exports().client.list_multipart_uploads(Bucket=BUCKET)
    return [upload["Key"] for upload in found.get("Uploads", ())]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def stored(export: Export) -> dict[str, bytes]:
    return {
        name: b"".join(exports().pieces(f"{export.folder}/{name}")) for name in exports().names(export.folder)
    }


@pytest.fixture
def asked(line: Line, release: Release) -> Export:
    """An export of pictures in S3, whose job has not begun."""
    return service.request_export(release, "dryad", acknowledged=True)


def run(export: Export) -> Export:
    assert export.job is not None
    result = service.run(export.job, NullProgress())
    Job.objects.filter(pk=export.job.pk).update(state="done", result=result)
    export.refresh_from_db()
    assert export.job is not None
    export.job.refresh_from_db()
    return export


def test_a_large_file_goes_in_parts_and_never_into_memory(line: Line, tmp_path: Path) -> None:
    size = 3 * storage_s3.PART - 7
    big = tmp_path / "class-a.zip"
    with big.open("wb") as file:
        for number in range(0, size, 1 << 20):
            file.write(number.to_bytes(8) * (1 << 17))
        file.truncate(size)
    with big.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    tracemalloc.start()
    exports().put_file("first/dryad-1/class-a.zip", big, sha256=sha256)
    digest = hashlib.sha256()
    for piece in exports().pieces("first/dryad-1/class-a.zip"):
        digest.update(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    head = exports().head("first/dryad-1/class-a.zip")
    assert head is not None and head["ETag"].endswith('-3"') and head["ContentLength"] == size
    assert digest.hexdigest() == sha256 == head["Metadata"]["sha256"]
    assert exports().holds("first/dryad-1/class-a.zip", size, sha256)
    assert not exports().holds("first/dryad-1/class-a.zip", size, "0" * 64)
    assert peak < storage_s3.PART, f"{peak:,} bytes at once"


def test_pictures_are_read_in_one_request_each(line: Line) -> None:
    default_storage.save("dataset/ab/abc.jpg", ContentFile(b"pixels" * 1000))
    asked: list[str] = []
    client = default_storage.client  # type: ignore[attr-defined]
    client.meta.events.register("before-send.s3", lambda request, **_: asked.append(request.method))
    with default_storage.open("dataset/ab/abc.jpg") as file:
        assert (file.read(), file.size) == (b"pixels" * 1000, 6000)
    assert asked == ["GET"]
    assert default_storage.exists("dataset/ab/abc.jpg") and not default_storage.exists("dataset/ab/x.jpg")
    with pytest.raises(FileNotFoundError, match=r"media/dataset/ab/x\.jpg"):
        default_storage.open("dataset/ab/x.jpg")


def test_an_export_is_written_sent_and_verified(asked: Export, tmp_path: Path) -> None:
    assert not keys("exports/")
    export = run(asked)
    assert export.finished_at and export.job and export.job.result["verified"]["ok"] is True
    assert not service.export_folder(export).exists()
    service.write_export(export.release, "dryad", tmp_path / "here", acknowledged=True)
    assert stored(export) == contents(tmp_path / "here")
    assert {file["name"] for file in export.files} == set(stored(export))
    assert keys("media/") and not unfinished_uploads()


def test_files_and_bundle_come_from_the_storage(asked: Export, as_role: AsRole) -> None:
    export, client = run(asked), as_role("reader")
    for file in export.files:
        response = client.get(reverse("export_file", args=[export.pk, file["name"]]))
        content = b"".join(response)  # type: ignore[arg-type]
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert int(response["Content-Length"]) == file["bytes"] == len(content)
        assert response["Content-Disposition"] == f'attachment; filename="{file["name"]}"'
        assert response["Content-Type"] == "application/octet-stream"
    url = reverse("export_bundle", args=[export.pk])
    whole = b"".join(client.get(url))  # type: ignore[arg-type]
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        top = f"dryad-{export.pk}"
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"{top}/{name}": content for name, content in stored(export).items()
        }
    exports().delete(f"{export.folder}/README.md")
    assert client.get(reverse("export_file", args=[export.pk, "README.md"])).status_code == 404
    assert client.get(url).status_code == 404


def test_nothing_is_given_out_before_the_row_says_so(asked: Export, as_role: AsRole) -> None:
    name = f"first/dryad-{asked.pk}/README.md"
    exports().save(name, ContentFile(b"half"))
    response = as_role("admin").get(reverse("export_file", args=[asked.pk, "README.md"]))
    assert response.status_code == 404


def test_a_check_looks_at_what_the_storage_holds(asked: Export, settings: Any) -> None:
    export = run(asked)
    client, folder = exports().client, f"exports/{export.folder}"
    archive = stored(export)["class-a.zip"]
    changed = archive[:400] + bytes([archive[400] ^ 1]) + archive[401:]
    client.put_object(Bucket=BUCKET, Key=f"{folder}/class-a.zip", Body=changed)
    client.put_object(Bucket=BUCKET, Key=f"{folder}/notes.txt", Body=b"mine")
    client.delete_object(Bucket=BUCKET, Key=f"{folder}/README.md")
    job = service.request_verify(export)
    found = {fault["file"] for fault in service.run(job, NullProgress())["verified"]["faults"]}
    assert {"class-a.zip", "notes.txt", "README.md"} <= found
    assert not list(Path(settings.EXPORTS_DIR).glob(".from-storage-*"))
    # Writing again puts it right: what is not as it should be is sent anew, what is too much goes.
    assert run(export).job.result["verified"]["ok"] is True  # type: ignore[union-attr]
    assert "notes.txt" not in stored(export)


def test_a_line_that_is_cut_now_and_then(asked: Export, line: Line, tmp_path: Path) -> None:
    service.write_export(asked.release, "dryad", tmp_path / "before", acknowledged=True)
    line.cut, line.after = 6, 5_000
    export = run(asked)
    assert line.torn >= 4
    line.cut = 0
    assert export.job and export.job.result["verified"]["ok"] is True
    assert stored(export) == contents(tmp_path / "before")


def test_reading_goes_on_where_the_line_broke(line: Line) -> None:
    content = bytes(range(256)) * 20_000
    exports().save("large.bin", ContentFile(content))
    ranges: list[str] = []
    exports().client.meta.events.register(
        "before-send.s3", lambda request, **_: ranges.append(request.headers.get("Range", b"").decode())
    )
    line.cut, line.after = 2, 2_000_000
    # Connections that are open already have carried bytes, so what is cut may be any of them.
    assert b"".join(exports().pieces("large.bin")) == content
    assert line.torn == 2 and [each for each in ranges if each and each != "bytes=0-"]


@pytest.mark.django_db(transaction=True)
def test_a_storage_that_is_down_fails_the_job_and_it_can_be_resumed(
    asked: Export, line: Line, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any
) -> None:
    monkeypatch.setattr(storage_s3, "ATTEMPTS", 2)
    settings.STORAGES = settings.STORAGES | {}  # new ones, that give up sooner
    service.write_export(asked.release, "dryad", tmp_path / "before", acknowledged=True)
    assert asked.job is not None
    client = exports().client
    # What is left of another run.
    folder = f"exports/first/dryad-{asked.pk}"
    client.put_object(Bucket=BUCKET, Key=f"{folder}/class-z.zip", Body=b"of another run")

    log: list[str] = []

    class Falls(NullProgress):
        def log(self, text: str) -> None:
            log.append(text)
            line.down = line.down or text.startswith("Sending")

    with pytest.raises(Refused, match=r"did not do what was asked of it .* Try again when it answers"):
        service.run(asked.job, Falls())
    asked.refresh_from_db()
    assert asked.finished_at is None and asked.files == []
    # The job says so in words, and goes on later with what is written.
    assert execute(asked.job.pk)
    asked.job.refresh_from_db()
    assert asked.job.state == Job.State.FAILED and "bucket herbarium" in asked.job.error
    line.down = False
    Job.objects.filter(pk=asked.job.pk).update(state="queued")
    # What is written is only sent: the pictures are not needed again.
    for key in keys("media/"):
        client.delete_object(Bucket=BUCKET, Key=key)
    assert execute(asked.job.pk)
    asked.refresh_from_db()
    asked.job.refresh_from_db()
    assert asked.job.state == Job.State.DONE, asked.job.error
    assert asked.job.result["verified"]["ok"] is True
    assert stored(asked) == contents(tmp_path / "before")
    assert not service.export_folder(asked).exists()


def test_uploads_that_were_never_finished_are_thrown_away(line: Line, tmp_path: Path) -> None:
    name = "first/dryad-1/class-a.zip"
    for key in (f"exports/{name}", f"exports/{name}.other"):
        upload = exports().client.create_multipart_upload(Bucket=BUCKET, Key=key)
        exports().client.upload_part(
            Bucket=BUCKET, Key=key, UploadId=upload["UploadId"], PartNumber=1, Body=b"x"
        )
    assert exports().abort_parts(name) == 1
    assert unfinished_uploads() == [f"exports/{name}.other"]
    exports().abort_parts(f"{name}.other")
    assert not unfinished_uploads()


def test_an_upload_that_fails_aborts_its_parts(
    line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_s3, "ATTEMPTS", 1)
    there = Bucket(**in_bucket("exports", BUCKET, line.url)["OPTIONS"])
    big = tmp_path / "class-a.zip"
    with big.open("wb") as file:
        file.truncate(storage_s3.PART + 1)
    line.cut, line.after = 1, storage_s3.PART // 2
    with pytest.raises(Refused, match=r"class-a\.zip: the storage at http"):
        there.put_file("class-a.zip", big, sha256="0" * 64)
    assert line.torn == 1 and not unfinished_uploads() and not there.exists("class-a.zip")


def test_a_bucket_that_is_not_there_is_no_lost_picture(line: Line) -> None:
    there = Bucket(**in_bucket("media", "nowhere", line.url)["OPTIONS"])
    with pytest.raises(Refused, match=r"media/a\.jpg: the storage at .*, bucket nowhere, .*NoSuchBucket"):
        there.open("a.jpg")


WHERE = """
import sys, django
django.setup()
import curation.urls
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
default_storage.exists  # finds out which one it is
print("boto3" in sys.modules, type(default_storage._wrapped).__name__)
name = default_storage.save("thumb/ab/abc.webp", ContentFile(b"small"))
print(default_storage.open(name).read(), default_storage.exists(name))
"""


@pytest.mark.parametrize("bucket", ["", BUCKET])
def test_the_environment_says_where_files_are(line: Line, bucket: str, tmp_path: Path) -> None:
    """Without a bucket boto3 is not even loaded."""
    own = {
        "DJANGO_SETTINGS_MODULE": "curation.settings",
        "VASCULUM_VAR": str(tmp_path),
        "VASCULUM_S3_BUCKET": bucket,
        "AWS_S3_ENDPOINT_URL": line.url,
    }
    done = subprocess.run(
        [sys.executable, "-c", WHERE],
        cwd=configured.BASE_DIR,
        env=os.environ | own,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == [
        "True Bucket" if bucket else "False FileSystemStorage",
        "b'small' True",
    ]
    assert keys() == (["media/thumb/ab/abc.webp"] if bucket else [])
    assert (tmp_path / "media" / "thumb" / "ab" / "abc.webp").exists() is not bool(bucket)
