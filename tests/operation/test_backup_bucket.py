"""A backup of files in a bucket is whole and goes back into a bucket or onto a disk; what is tidied there."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as site
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.management import call_command

from curation import storage_s3
from curation.errors import Refused
from curation.models import Export, Image, Job, Release, StoredFile
from curation.services import folders
from curation.services.backup import backup, check
from curation.services.export import request_export
from curation.services.jobs import execute
from curation.services.progress import NullProgress
from curation.services.retention import tidy
from tests.machines import Machines, bucket_server, machines  # noqa: F401
from tests.operation.conftest import manage

pytestmark = pytest.mark.django_db(transaction=True)
LOST = "ab" * 32


def put(name: str, content: str, folder: str = "runs/one") -> None:
    path = folders.work_of(folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.fixture
def made(machines: Machines, release: Release) -> Export:  # noqa: F811
    """Pictures, an export, a run and an upload in the bucket; a model that lies on this disk only."""
    export = request_export(release, "tfrecord", acknowledged=True)
    assert export.job is not None and execute(export.job.pk)
    put("metrics.jsonl", '{"epoch": 1}\n')
    put("state/01.npz", "weights")
    folders.Sender("runs/one").send()
    folders.leave("runs/one")
    put("a.jpg", "half an upload", "uploads/incoming/0123")
    folders.add("uploads/incoming/0123", "a.jpg")
    put("model.json", "{}", "models/old")
    export.refresh_from_db()
    return export


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_backup_copies_all_of_it_and_goes_anywhere(
    machines: Machines,  # noqa: F811
    made: Export,
    empty_database: str,
    tmp_path: Path,
) -> None:
    machines.on("b")  # which has none of the files
    first = tmp_path / "first"
    manifest = backup(first, NullProgress())
    assert manifest["bucket"] == "" and check(first, NullProgress())[1] == []
    copied = files(first / "files")
    names = {name.partition("/")[0] for name in copied}
    assert names == {"media", "exports", "runs"}
    assert copied["runs/one/state/01.npz"] == b"weights"
    for file in made.files:
        assert len(copied[f"exports/{made.folder}/{file['name']}"]) == file["bytes"]
    for image in Image.objects.all():
        assert f"media/{image.file_name(Image.Rendition.DATASET)}" in copied
    # The next one links what is as it was; pictures may be left where they are.
    machines.on("a")
    put("metrics.jsonl", '{"epoch": 2}\n')
    put("state/01.npz", "weights")
    folders.Sender("runs/one").send()
    second = backup(tmp_path / "second", NullProgress(), since=first)
    assert second["linked"] == len(copied) - 1
    assert files(tmp_path / "second/files") == copied | {
        "runs/one/metrics.jsonl": b'{"epoch": 2}\n',
        "models/old/model.json": b"{}",
    }
    left = backup(tmp_path / "left", NullProgress(), pictures=False)
    assert left["bucket"] == machines.bucket
    assert {name.partition("/")[0] for name in files(tmp_path / "left/files")} == {"runs", "models"}
    # Onto a disk …
    done = manage("restore", str(tmp_path / "second"), database=empty_database, var=tmp_path / "disk")
    assert done.returncode == 0, done.stderr
    restored = files(tmp_path / "disk")
    assert {name: restored[name] for name in files(tmp_path / "second/files")} == files(
        tmp_path / "second/files"
    )
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT count(*) FROM curation_storedfile").fetchone() == (0,)


def test_a_backup_goes_into_an_empty_bucket(
    machines: Machines,  # noqa: F811
    made: Export,
    empty_database: str,
    tmp_path: Path,
) -> None:
    backup(tmp_path / "first", NullProgress())
    client = machines.stored.client
    client.create_bucket(Bucket="restored")
    elsewhere = machines.environment | {"VASCULUM_S3_BUCKET": "restored"}
    done = manage(
        "restore", str(tmp_path / "first"), database=empty_database, var=tmp_path / "other", **elsewhere
    )
    assert done.returncode == 0, done.stderr
    with psycopg.connect(empty_database) as connection:
        rows = connection.execute(
            "SELECT folder, name, key FROM curation_storedfile ORDER BY 1, 2"
        ).fetchall()
    assert [row[:2] for row in rows] == [
        ("models/old", "model.json"),
        ("runs/one", "metrics.jsonl"),
        ("runs/one", "state/01.npz"),
    ]
    body = client.get_object(Bucket="restored", Key=f"stored/{rows[2][2]}")["Body"].read()
    assert body == b"weights"
    keys = {one["Key"] for one in client.list_objects_v2(Bucket="restored")["Contents"]}
    assert {f"exports/{made.folder}/{file['name']}" for file in made.files} < keys
    assert not (tmp_path / "other" / "media").exists() and not (tmp_path / "other" / "runs").exists()


def test_what_was_changed_in_the_bucket_is_no_backup(
    machines: Machines,  # noqa: F811
    made: Export,
    tmp_path: Path,
) -> None:
    row = StoredFile.objects.get(name="state/01.npz")
    machines.stored.client.put_object(Bucket=machines.bucket, Key=f"stored/{row.key}", Body=b"WEIGHTS")
    with pytest.raises(Refused, match="is not what was sent to the bucket"):
        backup(tmp_path / "first", NullProgress())
    assert not (tmp_path / "first").exists()
    machines.stored.delete(row.key)
    with pytest.raises(Refused, match="gone from the bucket"):
        backup(tmp_path / "first", NullProgress())


def test_leftovers_in_the_bucket(
    machines: Machines,  # noqa: F811
    made: Export,
    monkeypatch: pytest.MonkeyPatch,
    release: Release,
) -> None:
    other = storages["exports"]
    waiting = Export.objects.create(release=release, format="tfrecord")
    Job.objects.create(kind="export", title="x", params={"export": waiting.pk}, state="failed")
    goes = {
        "media": [f"thumb/ab/{LOST}.webp"],
        "exports": ["first/tfrecord-998/labels.tsv"],
        "stored": [f"ab/{LOST}-0123"],
    }
    stays = {
        "media": [f"original/ab/{LOST}.jpg", "thumb/readme.txt"],
        "exports": ["somebody/tfrecord-7/a.txt", f"first/tfrecord-{waiting.pk}/labels.tsv"],
        "stored": [],
    }
    for storage, folder in ((default_storage, "media"), (other, "exports"), (storages["folders"], "stored")):
        for name in goes[folder] + stays[folder]:
            storage.save(name, ContentFile(b"12345"))
    put("metrics.jsonl", "of a job that was here long ago")
    put("a.jpg", "taken in by another machine", "uploads/gone")
    before = {folder: set(machines.keys(folder)) for folder in goes}
    tidy()
    assert {folder: set(machines.keys(folder)) for folder in goes} == before  # all of it is of today
    assert folders.work_of("runs/one").exists() and folders.work_of("uploads/gone").exists()

    long_ago = datetime.now(UTC) - timedelta(days=100)
    listed = storage_s3.Bucket.listed

    def old(self: Any, folder: str = "") -> Any:
        return (one._replace(modified=long_ago) for one in listed(self, folder))

    monkeypatch.setattr(storage_s3.Bucket, "listed", old)
    for place in (
        folders.work_of("runs/one"),
        folders.work_of("uploads/gone"),
        folders.work_of("models/old"),
    ):
        for path in (*place.rglob("*"), place):
            os.utime(path, (long_ago.timestamp(), long_ago.timestamp()))
    tidy()
    gone = {folder: before[folder] - set(machines.keys(folder)) for folder in goes}
    assert gone == {folder: {f"{folder}/{name}" for name in names} for folder, names in goes.items()}
    assert not folders.work_of("runs/one").exists() and not folders.work_of("uploads/gone").exists()
    assert folders.work_of("models/old").exists()  # nobody else has it
    assert folders.file("runs/one", "metrics.jsonl").read_text() == '{"epoch": 1}\n'


def test_the_command_says_what_it_left(
    machines: Machines,  # noqa: F811
    made: Export,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("backup", out=tmp_path / "left", leave_pictures=True)
    said = capsys.readouterr().out
    assert f"Not in it: pictures and exports in the bucket {machines.bucket}." in said
    assert json.loads((tmp_path / "left/manifest.json").read_text())["bucket"] == site.S3_BUCKET
