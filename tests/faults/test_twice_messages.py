"""The same message several times in Redis, and every task of the workers in two of them at once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection

from curation.celery import app
from curation.models import AuditEntry, Event, Job, WebhookDelivery
from curation.services.jobs import create_job
from curation.services.jobs.dispatch import dispatch, messages_waiting
from curation.services.webhooks import hooks
from curation.services.webhooks.events import tell
from curation.tasks import run_job
from tests.curation.api.test_webhooks import Receiver, other  # noqa: F401
from tests.curation.imports.lists import bring_in, row, write_list
from tests.factories import make_project, make_source, make_user
from tests.faults.held import check_done, held_ingest
from tests.faults.workshop import Workshop
from tests.worker import purge, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
COPIES = 3
RAN = b"Task curation.tasks.run_job["


def test_copies_of_a_message_while_its_job_runs(workshop: Workshop, tmp_path: Path) -> None:
    """In Redis, to a worker with a second process that is free."""
    workshop.start(sites=0, at_once=2)
    batch, gate = held_ingest(tmp_path)
    assert batch.job_id is not None
    for _ in range(COPIES):
        assert dispatch(batch.job_id, "default")
    log = workshop.workers[0].log

    def answered() -> bool:
        lines = log.read_bytes().splitlines()
        return sum(RAN in line and b"succeeded" in line for line in lines) >= COPIES

    wait_for(answered)
    job = Job.objects.get(pk=batch.job_id)
    assert (job.state, job.attempts) == ("running", 1)
    gate.close()
    check_done(batch, attempts=1)


def at_once(task: Any) -> None:
    """Two workers begin it in the same moment; a third time it comes later."""
    start, broken = threading.Barrier(2), list[BaseException]()

    def work() -> None:
        try:
            start.wait(60)
            task()
        except BaseException as error:
            broken.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert not broken and not any(worker.is_alive() for worker in workers)
    task()


def sweep_jobs(*_: Any) -> Callable[[], int]:
    create_job("demo", "Its message is lost", params={})
    purge()
    Job.objects.update(dispatched_at=None)
    return lambda: messages_waiting("default")


def wake_download(folder: Path, _: Receiver) -> Callable[[], int]:
    rows = [row(n) for n in range(3)]
    bring_in(write_list(folder, rows), project=make_project(), source=make_source("I"))
    Job.objects.all().delete()
    return Job.objects.filter(kind="download").count


def deliver_webhooks(_: Path, other: Receiver) -> Callable[[], int]:  # noqa: F811
    hooks.add(make_user("admin"), other.url, [Event.RELEASE_FROZEN])
    assert tell(Event.RELEASE_FROZEN, release="first") == 1
    return lambda: len(other.got) if WebhookDelivery.objects.get().state == "delivered" else -1


def tidy(*_: Any) -> Callable[[], int]:
    left = Path(site.MEDIA_ROOT) / ".left.jpg.0123456789abcdef"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half")
    os.utime(left, (time.time() - 30 * 86_400,) * 2)
    return lambda: AuditEntry.objects.filter(action="site.tidy").count() - left.exists()


# What each has to do once; it gives a look at how often that was done.
TASKS: dict[str, Callable[[Path, Receiver], Callable[[], int]]] = {
    "sweep_jobs": sweep_jobs,
    "wake_download": wake_download,
    "deliver_webhooks": deliver_webhooks,
    "tidy": tidy,
}


def test_every_task_has_a_case() -> None:
    known = {name.rpartition(".")[2] for name in app.tasks if name.startswith("curation.")}
    # That one above, and for every kind of job in test_twice.py.
    assert known == {*TASKS, run_job.name.rpartition(".")[2]}


@pytest.mark.parametrize("name", TASKS)
def test_a_task_that_comes_three_times(name: str, tmp_path: Path, other: Receiver) -> None:  # noqa: F811
    purge()
    done = TASKS[name](tmp_path, other)
    assert done() <= 0
    at_once(app.tasks[f"curation.tasks.{name}"])
    assert done() == 1
    purge()
