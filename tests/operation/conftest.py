"""What the operation of a site needs: a garden to back up, and another, empty database."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.curation.conftest import plain_static_files  # noqa: F401
from tests.curation.releases.conftest import as_role, drawn, garden, make_garden, quick_hash, release  # noqa: F401
from tests.worker import REPOSITORY, database_address, real_worker  # noqa: F401


@pytest.fixture
def empty_database() -> Iterator[str]:
    """The address of a new database without any table, on the tests' server."""
    name = f"empty_{uuid.uuid4().hex[:12]}"
    maintenance = make_conninfo(database_address(), dbname="postgres")
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_conninfo(database_address(), dbname=name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def manage(*words: str, database: str, var: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` as another process with its own database and folder."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "DATABASE_URL": database,
            "REDIS_URL": settings.REDIS_URL,
            "VASCULUM_VAR": str(var),
            **more,
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
