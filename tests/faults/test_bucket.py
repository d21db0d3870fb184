"""A bucket that tears lines, is silent for a while, or is down: an ingest ends well, or fails and goes on."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from curation.models import Batch, Image, Job
from curation.services.ingest import request_ingest
from curation.services.jobs import resume
from curation.settings import in_bucket
from curation.storage_s3 import Bucket
from tests.curation.imports.lists import jpeg
from tests.curation.releases.s3_server import KEYS, Line, Server
from tests.factories import make_licence, make_source
from tests.worker import RealWorker, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
FILES = 12


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    made = Server()
    yield made
    os.kill(made.process.pid, signal.SIGCONT)
    made.stop()


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    made = Line(server.port)
    yield made
    made.close()


@pytest.fixture
def there(server: Server) -> Bucket:
    """The bucket as it is, past the line."""
    made = Bucket(**in_bucket("media", "pictures", server.url)["OPTIONS"])
    made.client.create_bucket(Bucket="pictures")
    return made


@pytest.fixture
def bucket_worker(
    there: Bucket, line: Line, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> RealWorker:
    monkeypatch.setenv("VASCULUM_S3_BUCKET", "pictures")
    monkeypatch.setenv("AWS_S3_ENDPOINT_URL", line.url)
    worker: RealWorker = request.getfixturevalue("real_worker")
    return worker


def delivery(folder: Path, first: int) -> Batch:
    folder.mkdir()
    for n in range(first, first + FILES):
        (folder / f"{n}.jpg").write_bytes(jpeg(n))
    return request_ingest(folder, source=make_source("P"), licence=make_licence())


def ended(batch: Batch, state: str, seconds: float = 90) -> Job:
    jobs = Job.objects.filter(pk=batch.job_id)
    wait_for(jobs.exclude(state__in=Job.ACTIVE).exists, seconds)
    job = jobs.get()
    assert job.state == state, job.error
    return job


def check_stored(there: Bucket, images: int) -> None:
    """Every row has its files, and every original is what its name says."""
    assert Image.objects.count() == images
    for image in Image.objects.all():
        content = b"".join(there.pieces(image.file_name(Image.Rendition.ORIGINAL)))
        assert hashlib.sha256(content).hexdigest() == image.sha256
        for rendition in (Image.Rendition.REVIEW, Image.Rendition.THUMB, Image.Rendition.DATASET):
            assert there.exists(image.file_name(rendition))


def test_torn_silent_and_down(
    bucket_worker: RealWorker, server: Server, line: Line, there: Bucket, tmp_path: Path
) -> None:
    line.cut = 4  # fewer than one request is tried
    batch = delivery(tmp_path / "torn", 0)
    ended(batch, "done")
    assert line.torn >= 4
    check_stored(there, FILES)
    # It takes connections and does not answer.
    os.kill(server.process.pid, signal.SIGSTOP)
    threading.Timer(6, os.kill, (server.process.pid, signal.SIGCONT)).start()
    ended(delivery(tmp_path / "silent", 100), "done")
    check_stored(there, 2 * FILES)
    # It is down for longer than anybody waits.
    line.down = True
    batch = delivery(tmp_path / "down", 200)
    job = ended(batch, "failed")
    assert "did not do what was asked of it" in job.error
    line.down = False
    assert Image.objects.count() == 2 * FILES
    resume(job, None)
    ended(batch, "done")
    check_stored(there, 3 * FILES)
