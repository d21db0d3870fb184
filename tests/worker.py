"""A real Celery worker and scheduler in processes of their own, on the database and Redis of the tests.

Use it in a folder's conftest: `from tests.worker import real_worker  # noqa: F401`. The test needs
`@pytest.mark.django_db(transaction=True)`, since a process sees only what is committed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from psycopg.conninfo import make_conninfo

from curation.embedded.children import leave_with

REPOSITORY = Path(__file__).resolve().parents[1]
LOST_AFTER_SECONDS = 3
READY_SECONDS = 60


def wait_for(condition: Callable[[], Any], seconds: float = 60, pause: float = 0.02) -> Any:
    """What `condition` gives as soon as it is true; fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(pause)
    pytest.fail(f"not true within {seconds} s: {getattr(condition, '__qualname__', condition)}")


def database_address() -> str:
    """Where the test database is, for another process (settings.py takes any libpq address)."""
    from django.db import connection

    place = connection.settings_dict
    return make_conninfo(
        dbname=place["NAME"],
        user=place["USER"] or None,
        password=place["PASSWORD"] or None,
        host=place["HOST"] or None,
        port=place["PORT"] or None,
    )


class RealWorker:
    """`celery worker` with one child, or `at_once`, and `celery beat`, each in a process group of its own."""

    at_once = 1

    def __init__(self, var: Path) -> None:
        self.var = var
        self.log = var / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.beat: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        from django.conf import settings

        return {
            **os.environ,
            "DATABASE_URL": database_address(),
            "REDIS_URL": settings.REDIS_URL,
            "VASCULUM_VAR": str(self.var),
            "VASCULUM_JOB_LOST_AFTER_SECONDS": str(LOST_AFTER_SECONDS),
            "VASCULUM_JOB_HEARTBEAT_SECONDS": "1",
            "CUDA_VISIBLE_DEVICES": "-1",
        }

    def start(self) -> None:
        """Start both; returns when the worker takes jobs."""
        assert self.beat is None, "the scheduler runs; use start_worker"
        self.beat = self._spawn("beat", "-s", str(self.var / "beat"), "--pidfile=")
        self.start_worker()

    def start_worker(self) -> None:
        """Another worker, after a `kill`."""
        self.begin_worker()
        self.wait_until_ready()

    def begin_worker(self) -> None:
        """Without waiting for it."""
        flags = [
            "-Q",
            "default,gpu",
            "-c",
            str(self.at_once),
            "-P",
            "prefork",
            "--without-gossip",
            "--without-mingle",
        ]
        self._seen = self.log.stat().st_size if self.log.exists() else 0
        self.process = self._spawn("worker", *flags, "-l", "INFO")

    def wait_until_ready(self) -> None:
        wait_for(lambda: b" ready." in self.log.read_bytes()[self._seen :] or self._died(), READY_SECONDS)

    def _spawn(self, *words: str) -> subprocess.Popen[bytes]:
        # The kernel ends it with the thread that has begun it.
        in_main = threading.current_thread() is threading.main_thread()
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "curation", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=REPOSITORY,
                env=self.environment(),
                start_new_session=True,
                preexec_fn=leave_with(os.getpid()) if in_main else None,  # also where the test run is killed
            )

    def _died(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            pytest.fail(f"the worker ended: {self.log.read_text()[-2000:]}")
        return False

    def children(self) -> list[psutil.Process]:
        """The pool of the worker: the processes in which jobs run."""
        assert self.process is not None
        return psutil.Process(self.process.pid).children()

    def kill(self) -> None:
        """`kill -9` of the worker, main process and pool at once. The scheduler goes on."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self) -> None:
        """An orderly end of both, then a hard one."""
        for process in (self.beat, self.process):
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.process = self.beat = None


def purge() -> None:
    """Throw away the messages of earlier tests."""
    from curation.celery import app

    with app.connection_for_write() as connection:
        for queue in ("default", "gpu"):
            connection.default_channel.queue_purge(queue)


@pytest.fixture
def real_worker(tmp_path: Path, settings: Any, transactional_db: None) -> Iterator[RealWorker]:
    """A started worker with a var/ of its own, which this process uses for its files, too."""
    var = tmp_path / "var"
    var.mkdir()
    settings.MEDIA_ROOT = var / "media"
    settings.MODELS_DIR = var / "models"
    settings.EXPORTS_DIR = var / "exports"
    settings.RUNS_DIR = var / "runs"
    settings.RUNS_DATA_DIR = var / "runs-data"
    settings.JOB_LOST_AFTER_SECONDS = LOST_AFTER_SECONDS
    settings.JOB_HEARTBEAT_SECONDS = 1
    purge()
    worker = RealWorker(var)
    try:
        worker.start()
        yield worker
    finally:
        worker.stop()
