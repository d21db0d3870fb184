"""Numbers of the requests of this web server, shared by its processes through files (prometheus-client).

Every worker process of one server has the same parent, and so the same folder; those of servers that have
ended are removed at the next start. `curation.metrics_site` has the numbers that are asked for when needed.
"""

from __future__ import annotations

import os
import shutil
import socket
from contextlib import suppress
from pathlib import Path

import psutil

MARK = "PROMETHEUS_MULTIPROC_DIR"


def _folder() -> Path:
    root = Path(os.environ.get("VASCULUM_VAR") or Path(__file__).resolve().parents[1] / "var") / "run/metrics"
    host, parent = socket.gethostname(), os.getppid()
    folder = root / f"{host}-{parent}"
    folder.mkdir(parents=True, exist_ok=True)
    for other in root.glob(f"{host}-*"):
        number = other.name.rpartition("-")[2]
        if number.isdecimal() and not psutil.pid_exists(int(number)):
            shutil.rmtree(other, ignore_errors=True)
    return folder


if MARK not in os.environ:
    # Where nothing can be written each process counts for itself; the site works all the same.
    with suppress(OSError):
        os.environ[MARK] = str(_folder())

from prometheus_client import CollectorRegistry, Counter, Histogram  # noqa: E402  (reads MARK when imported)
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402
from prometheus_client.values import ValueClass  # noqa: E402

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_own = CollectorRegistry()
_requests = Counter("vasculum_requests", "Requests answered.", ["view", "method", "status"], registry=_own)
_seconds = Histogram(
    "vasculum_request_seconds",
    "Seconds to the first byte of the answer.",
    ["view"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=_own,
)


def observe(view: str, method: str, status: int, seconds: float) -> None:
    """One request. A method that nobody knows counts as `other`: labels must stay few."""
    _requests.labels(view, method if method in METHODS else "other", str(status)).inc()
    _seconds.labels(view).observe(seconds)


def of_requests() -> CollectorRegistry:
    """What all processes of this server have counted."""
    # Where somebody has imported the library before the folder was named, it counts in memory.
    if (folder := os.environ.get(MARK)) and ValueClass._multiprocess:
        together = CollectorRegistry()
        MultiProcessCollector(together, path=folder)
        return together
    return _own
