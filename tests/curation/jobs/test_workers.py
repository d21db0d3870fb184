"""Whether a worker is alive is read from what the workers themselves write."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest

from curation.selectors.jobs import workers_alive
from curation.services.jobs import workers
from tests.worker import wait_for


@pytest.fixture(autouse=True)
def clean() -> None:
    workers._redis().delete(workers.SEEN, workers.LAST)


def test_nobody_was_ever_seen() -> None:
    assert workers_alive() == (False, None, (), True)


def test_a_worker_is_alive_until_it_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"celery@{uuid.uuid4()}"
    workers.note_alive(name)
    status = workers_alive()
    assert status.alive and status.names == (name,)
    assert status.last_seen is not None and abs(status.last_seen.timestamp() - time.time()) < 60
    monkeypatch.setattr(workers, "ALIVE_SECONDS", 0.05)
    wait_for(lambda: not workers_alive().alive)
    asleep = workers_alive()
    assert asleep.last_seen == status.last_seen


def test_a_worker_that_ended_in_order_is_gone_at_once() -> None:
    workers.note_alive("celery@one")
    workers.note_alive("celery@two")
    workers.note_gone("celery@one")
    assert workers_alive().names == ("celery@two",)
    workers.note_gone("celery@two")
    status = workers_alive()
    assert not status.alive and status.last_seen is not None


def test_without_redis_nobody_can_work(settings: Any) -> None:
    workers.note_alive("celery@one")
    settings.REDIS_URL = "unix:///tmp/no-such-redis.sock"
    workers._redis.cache_clear()
    try:
        assert workers_alive() == (False, None, (), False)  # and pages say that nobody knows
    finally:
        workers._redis.cache_clear()
