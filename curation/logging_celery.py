"""Celery's lines in our form, and the request and job that a task belongs to.

Imported by curation.celery, so that workers, the scheduler and whoever sends a task are all covered.
"""

from __future__ import annotations

import logging.config
from typing import Any

from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun

from curation.logging_context import accepted, of_process, request_id

HEADER = "vasculum_request_id"
JOB_TASK = "curation.tasks.run_job"


@setup_logging.connect
def _configure(**kwargs: Any) -> None:
    """In place of Celery's own handlers, which would write lines of another form."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@before_task_publish.connect
def _send_along(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    if headers is not None and (found := request_id.get()):
        headers[HEADER] = found


@task_prerun.connect
def _begin(task: Any = None, args: Any = (), **kwargs: Any) -> None:
    sent = getattr(task.request, HEADER, None) or (task.request.headers or {}).get(HEADER)
    job = args[0] if task.name == JOB_TASK and args and isinstance(args[0], int) else None
    of_process(accepted(str(sent)) if sent else "", job)


@task_postrun.connect
def _end(**kwargs: Any) -> None:
    of_process("", None)
