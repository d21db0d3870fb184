from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from curation.models import Job
from curation.services.download import request_download
from curation.services.jobs import run_here_or_follow
from curation.services.progress import NullProgress
from tests.curation.fetching.server import Server
from tests.worker import purge


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def fetch(server: Server, settings: Any, tmp_path: Any) -> Callable[[], Job]:
    """Runs the download job here and now: every host name leads to the test server, without waits."""
    purge()
    settings.VAR_DIR = tmp_path / "var"
    settings.JOB_HEARTBEAT_SECONDS = 1
    settings.FETCH = {
        "contact": "tests@example.org",
        "info_url": "https://example.org/about",
        "wait_seconds": 0,
        "backoff_seconds": 0.05,
        "pause_seconds": 0.05,
        "attempts": 2,
        "failures_in_a_row": 3,
        "pauses": 1,
        "ask_again_seconds": 0.2,
        "header_seconds": 3,
        "read_seconds": 3,
        "allowed_networks": ("127.0.0.0/8",),
        "host_map": {"*": server.address},
    }
    return lambda: run_here_or_follow(request_download(), NullProgress())
