"""Celery's way in: an id in, a service call, nothing else. Also tells that this worker lives."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import heartbeat_sent, worker_ready, worker_shutdown

from curation.services.jobs import execute, sweep, workers


@shared_task(name="curation.tasks.run_job")
def run_job(job_id: int) -> None:
    execute(job_id)


@shared_task(name="curation.tasks.sweep_jobs")
def sweep_jobs() -> None:
    sweep()


@shared_task(name="curation.tasks.wake_download")
def wake_download() -> None:
    from curation.services import download  # brings the HTTP client, which only this needs

    download.wake()


@shared_task(name="curation.tasks.deliver_webhooks")
def deliver_webhooks() -> None:
    from curation.services.webhooks.deliver import deliver_due  # brings the HTTP client, too

    deliver_due()


@shared_task(name="curation.tasks.tidy")
def tidy() -> None:
    from curation.services import retention

    retention.tidy()


@heartbeat_sent.connect
def _note_alive(sender: Any, **kwargs: Any) -> None:
    workers.note_alive(sender.eventer.hostname)


@worker_ready.connect
def _sweep_at_start(**kwargs: Any) -> None:
    # In a child of the pool, since the parent of the pool must hold no database connection.
    sweep_jobs.apply_async(expires=60)


@worker_shutdown.connect
def _note_gone(sender: Any, **kwargs: Any) -> None:
    workers.note_gone(sender.hostname)
