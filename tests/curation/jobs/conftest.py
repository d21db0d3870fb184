from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from curation.models import Job
from curation.services import job_runners
from curation.services.jobs import create_job
from tests.worker import purge, real_worker  # noqa: F401

MakeJob = Callable[..., Job]


@pytest.fixture
def make_job(monkeypatch: pytest.MonkeyPatch, settings: Any) -> MakeJob:
    """A queued job run by a function of tests.curation.jobs.runners, on empty queues."""
    purge()
    settings.JOB_HEARTBEAT_SECONDS = 1

    def make(runner: str, **params: Any) -> Job:
        monkeypatch.setitem(job_runners.RUNNERS, "demo", f"tests.curation.jobs.runners.{runner}")
        return create_job("demo", f"Test: {runner}", params=params)

    return make
