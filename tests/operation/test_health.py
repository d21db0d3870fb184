"""/healthz asks nobody; /readyz names what is missing; /metrics gives numbers to the monitoring only."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from curation import metrics
from curation.models import Image, Job, User, Vote
from curation.services.jobs import workers
from curation.views import health
from tests.factories import make_candidate, make_image, make_project
from tests.worker import REPOSITORY

pytestmark = pytest.mark.django_db


def silent() -> list[str]:
    response = Client().get("/readyz")
    found: list[str] = response.json().get("silent", [])
    assert response.status_code == (503 if found else 200)
    assert response["Cache-Control"].startswith("max-age=0")
    return found


def test_alive_asks_nobody(settings: Any, django_assert_num_queries: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with django_assert_num_queries(0):
        response = Client().get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready_names_each_part_that_is_missing(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert silent() == []
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert silent() == ["redis"]
    full = shutil._ntuple_diskusage(10, 9, 1)  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        patch.setattr("curation.services.disk_space.shutil.disk_usage", lambda place: full)
        assert silent() == ["redis", "disk"]

    def no_room(self: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", no_room)
        assert silent() == ["redis", "storage"]


def test_not_ready_until_the_schema_is_this_version_s(monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'curation' AND name >= '0012'")
    monkeypatch.setattr(health, "_migrated", set())
    assert silent() == ["migrations"]


def numbers(client: Client, **headers: str) -> dict[tuple[str, ...], float]:
    response = client.get("/metrics", headers=headers)
    assert response.status_code == 200, response.content
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def test_numbers_are_true(client: Client, settings: Any) -> None:
    make_candidate(make_project(), make_image())
    Job.objects.create(kind=Job.Kind.EXPORT, title="Export")
    workers.note_alive("default@here")
    before = numbers(client).get(("vasculum_requests_total", "GET", "200", "login"), 0)
    client.get("/sign-in/")
    client.generic("INVENTED", "/sign-in/")
    found = numbers(client)
    assert found["vasculum_requests_total", "GET", "200", "login"] == before + 1
    assert found["vasculum_requests_total", "other", "405", "login"] >= 1
    assert found["vasculum_request_seconds_count", "login"] >= before + 2
    assert found["vasculum_jobs", "export", "queued"] == 1
    assert found["vasculum_pictures",] == Image.objects.count() == 1
    assert found["vasculum_votes_total",] == Vote.objects.count()
    assert found["vasculum_queue_messages", "default"] >= 0
    assert 0 <= found["vasculum_worker_age_seconds", "default@here"] < 60
    assert found["vasculum_database_connections", "active"] >= 1
    assert 0 < found["vasculum_disk_free_bytes",] < found["vasculum_disk_bytes",]
    workers.note_gone("default@here")
    # Redis away: the rest is there all the same.
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    found = numbers(client)
    assert (found["vasculum_up", "redis"], found["vasculum_up", "database"]) == (0, 1)


def test_numbers_are_for_the_monitoring_only(settings: Any) -> None:
    stranger = Client(REMOTE_ADDR="192.0.2.7")
    assert stranger.get("/metrics").status_code == 403
    # Who comes through a proxy on this machine has its address, and is not it.
    assert Client().get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 403
    assert stranger.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403
    settings.METRICS_TOKEN = "a token of some length"
    assert stranger.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 403
    numbers(stranger, Authorization="Bearer a token of some length")
    settings.METRICS_NETWORKS = []
    assert Client().get("/metrics").status_code == 403
    assert User.objects.count() == 0


def test_the_processes_of_one_server_count_together(tmp_path: Path) -> None:
    """As granian's workers: several processes with one parent. Those of another server count apart, and go
    when it has ended."""
    child = "from curation import metrics as m; m.observe('home', 'GET', 200, .1)"
    reader = (
        "from curation import metrics as m; from prometheus_client import generate_latest as g;"
        "print(g(m.of_requests()).decode())"
    )
    server = (
        "import subprocess, sys\n"
        f"for code in [{child!r}, {child!r}, {reader!r}]:\n"
        "    subprocess.run([sys.executable, '-c', code], check=True)"
    )
    environment = {name: value for name, value in os.environ.items() if name != metrics.MARK}
    for _server in range(2):
        done = subprocess.run(
            [sys.executable, "-c", server],
            cwd=REPOSITORY,
            env=environment | {"VASCULUM_VAR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert 'vasculum_requests_total{method="GET",status="200",view="home"} 2.0' in done.stdout
    assert len(list((tmp_path / "run/metrics").iterdir())) == 1
