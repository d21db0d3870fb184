"""A full disk in the middle of an ingest: the job says so, nothing half written stays, and it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from curation.models import Batch, Image, Job
from curation.services.ingest import request_ingest
from curation.services.jobs import execute, resume
from tests.curation.imports.lists import jpeg
from tests.curation.releases.test_output import more_room, small_disk  # noqa: F401
from tests.factories import make_licence, make_source
from tests.worker import purge

FILES = 6


def padded(number: int) -> bytes:
    """A picture with a comment of 120,000 bytes: more than one file may have, and three fill the disk."""
    content = jpeg(number)
    comment = b"\xff\xfe\xea\x62" + b"x" * 60_000
    return content[:2] + comment * 2 + content[2:]


def stored(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@pytest.mark.django_db(transaction=True)
def test_an_ingest_that_fills_the_disk(small_disk: Path, tmp_path: Path, settings: Any) -> None:  # noqa: F811
    settings.MEDIA_ROOT = small_disk / "media"
    folder = tmp_path / "delivery"
    folder.mkdir()
    for n in range(FILES):
        (folder / f"{n}.jpg").write_bytes(padded(n))
    batch = request_ingest(folder, source=make_source("P"), licence=make_licence())
    assert batch.job is not None and execute(batch.job.pk)
    job = Job.objects.get(pk=batch.job.pk)
    assert job.state == "failed", job.error
    assert "No space left on device" in job.error or "File too large" in job.error
    assert Image.objects.count() < FILES and Batch.objects.get().state == "running"
    for path in stored(settings.MEDIA_ROOT):
        assert not path.name.startswith("."), f"{path} is left half written"
    for image in Image.objects.all():
        assert (settings.MEDIA_ROOT / image.file_name("original")).stat().st_size == image.bytes
    more_room(small_disk)
    resume(job, None)
    assert execute(job.pk)
    job.refresh_from_db()
    batch.refresh_from_db()
    assert (job.state, job.error, batch.added, batch.refused) == ("done", "", FILES, 0)
    purge()
