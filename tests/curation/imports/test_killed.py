"""A download in a real Celery worker that is killed -9 goes on: no file is sent twice, no row is lost."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from curation.models import Batch, Image, MediaRecord
from curation.services import deliveries
from curation.services.deliveries import request_check, request_import
from tests.curation.fetching.server import Asked, Server, picture
from tests.curation.imports.lists import address, jpeg, row, write_list
from tests.factories import make_project, make_source
from tests.worker import RealWorker, real_worker, wait_for  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
HOSTS, FILES = 4, 15
MANY = HOSTS * FILES
ARRIVED = 1.0  # seconds in which what was sent is in the worker's hands


class Tap:
    """Holds every transfer that is not at its end, so that a kill meets files half sent or long arrived."""

    def __init__(self) -> None:
        self.closed = False

    async def __call__(self, asked: Asked, sent: int) -> None:
        if self.closed:
            while self.closed:
                await asyncio.sleep(0.02)
            raise ConnectionResetError("whoever asked is dead")

    @contextmanager
    def shut(self) -> Iterator[None]:
        self.closed = True
        time.sleep(ARRIVED)
        yield
        self.closed = False


@pytest.fixture
def fetching_worker(
    server: Server, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[RealWorker]:
    """A worker whose downloads all lead to the test server."""
    monkeypatch.setenv("VASCULUM_FETCH_CONTACT", "tests@example.org")
    monkeypatch.setenv("VASCULUM_FETCH_WAIT_SECONDS", "0")
    monkeypatch.setenv("VASCULUM_FETCH_ALLOWED_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("VASCULUM_FETCH_HOST_MAP", f"*={server.address}")
    yield request.getfixturevalue("real_worker")


def test_killed_twice_every_picture_is_sent_and_kept_once(
    fetching_worker: RealWorker, server: Server, tmp_path: Path
) -> None:
    rows = []
    tap = Tap()
    for n in range(MANY):
        host = f"h{n % HOSTS}.example.org"
        # Slow enough that there is a middle to be killed in.
        server.on(f"{host}/{n}.jpg", picture(jpeg(n), etag=f'"{n}"', piece=2000, pause=0.03, gate=tap))
        rows.append(row(n, url=address(n, host)))
    batch = deliveries.receive(write_list(tmp_path, rows), project=make_project(), source=make_source("K"))
    request_check(batch)
    wait_for(lambda: Batch.objects.get(pk=batch.pk).state == Batch.State.CHECKED)
    batch.refresh_from_db()
    assert batch.preview["states"] == {"waiting": MANY}
    request_import(batch)
    added = MediaRecord.objects.filter(state="added")
    wait_for(lambda: added.count() >= 8, 60)
    with tap.shut():
        fetching_worker.kill()
    first = added.count()
    assert 8 <= first < MANY
    fetching_worker.start_worker()
    wait_for(lambda: added.count() >= first + 8, 60)
    with tap.shut():
        [child] = fetching_worker.children()
        child.kill()
    assert added.count() < MANY
    wait_for(lambda: Batch.objects.get(pk=batch.pk).state == Batch.State.DONE, 90)
    assert Counter(MediaRecord.objects.values_list("state", flat=True)) == {"added": MANY}
    assert Image.objects.count() == MANY
    sent: Counter[str] = Counter()
    for asked in server.log:
        if asked.path.endswith(".jpg") and asked.whole and asked.first_byte == 0:
            sent[asked.path] += 1
    twice = [path for path, n in sent.items() if n > 1]
    assert not twice
    most = max(server.most_at_once(f"h{n}.example.org") for n in range(HOSTS))
    assert most <= 2  # of the killed process the server may still be writing to a closed connection
    assert not list((fetching_worker.var / "fetch").iterdir())
