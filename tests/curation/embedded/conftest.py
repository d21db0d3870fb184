"""An installation of its own for each test: real servers in a folder that is thrown away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from curation import embedded
from curation.embedded import Places, Services
from curation.embedded.places import REPOSITORY


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    # A blank in the path on purpose. pytest's folders have mode 0700, so a run as root also
    # covers data below a folder that is closed to PostgreSQL's account.
    monkeypatch.setenv("VASCULUM_VAR", str(tmp_path / "my var"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    yield Places.from_environment()
    embedded.stop()


def python(code: str, **keywords: object) -> subprocess.Popen[str]:
    """Another Python process in the repository with the same environment; its output is piped."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=dict(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **keywords,  # type: ignore[call-overload]
    )


def count_up(services: Services) -> tuple[int, int]:
    """Add one row and one to a counter, committed; returns both totals."""
    with psycopg.connect(services.database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    client = redis.Redis.from_url(services.redis_url)
    try:
        return row[0] if row else 0, int(client.incr("kept"))
    finally:
        client.close()


def postgres_pid(places: Places) -> int:
    return int((places.postgres / "postmaster.pid").read_text().split()[0])


def redis_pid(places: Places) -> int:
    return int((places.run / "redis.pid").read_text())
