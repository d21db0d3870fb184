"""pytest plugin: real services for every test, in a folder that is thrown away.

Loaded with `-p tests.services` (pyproject.toml), as pytest-django reads the settings before any conftest.
With DATABASE_URL and REDIS_URL in the environment, those are used instead. Each process of pytest-xdist has
services of its own: what two tests leave in one Redis at once, such as jobs in a queue, would be anybody's.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from unittest import mock

from curation import embedded
from curation.embedded import postgres

STARTED = "VASCULUM_TEST_SERVICES"  # the process of pytest-xdist whose services the environment names
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


def start() -> None:
    var = Path(tempfile.mkdtemp(prefix="vasculum-test-"))
    os.environ["VASCULUM_VAR"] = str(var)
    for above in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(above, None)
    atexit.register(shutil.rmtree, var, ignore_errors=True)
    # The tests' PostgreSQL leaves its files to the system's cache: they need not outlive a power cut, and
    # emptying all tables after a test would wait for the disk a hundred times.
    with mock.patch.dict(postgres.SETTINGS, fsync="off", full_page_writes="off", synchronous_commit="off"):
        services = embedded.ensure()
    atexit.register(embedded.stop)
    # Processes that tests start are to use these and not to start their own.
    os.environ["DATABASE_URL"] = services.database_url
    os.environ["REDIS_URL"] = services.redis_url
    os.environ[STARTED] = WORKER


if "DATABASE_URL" not in os.environ or os.environ.get(STARTED, WORKER) != WORKER:
    start()
