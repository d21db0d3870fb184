"""Runners for the tests of the engine: real functions that a job calls by their dotted path."""

from __future__ import annotations

import threading
import time
from typing import Any

from django.db import OperationalError, transaction

from curation.errors import Refused
from curation.models import Job
from curation.services.progress import Progress

# For tests that act while a runner runs.
started, stopped, go_on = threading.Event(), threading.Event(), threading.Event()


def counting(job: Job, progress: Progress) -> dict[str, Any]:
    upto = job.params.get("upto", 5)
    progress.begin(total=upto, unit="steps")
    for step in range(upto):
        progress.advance()
        progress.log(f"step {step + 1}")
    progress.result_url = "/"
    return {"steps": upto}


def failing(job: Job, progress: Progress) -> None:
    progress.begin(total=2)
    progress.advance()
    raise ValueError("the second step is broken")


def refusing(job: Job, progress: Progress) -> None:
    raise Refused("Project x has no classes: add one first.")


def until_stopped(job: Job, progress: Progress) -> None:
    progress.begin(total=None)
    started.set()
    try:
        while True:
            time.sleep(0.02)
            progress.check()
    finally:
        stopped.set()


def losing_the_database(job: Job, progress: Progress) -> None:
    raise OperationalError("server closed the connection unexpectedly")


def interrupted(job: Job, progress: Progress) -> None:
    raise KeyboardInterrupt


def one_long_step(job: Job, progress: Progress) -> None:
    """Not a word until it is told to go on, inside a transaction that is rolled back at the end."""
    progress.begin(total=1)
    try:
        with transaction.atomic():
            progress.log("inside the transaction")
            Job.objects.create(kind="demo", title="rolled back")
            started.set()
            go_on.wait(120)
            raise LookupError
    except LookupError:
        progress.advance()
