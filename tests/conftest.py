"""What every test shares. The services themselves are started by tests/services.py."""

from __future__ import annotations

import os

import pytest

from tests.shared import SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if SHARED.is_dir():
        return
    for item in items:
        if item.get_closest_marker("shared_data") and not os.environ.get("CI"):
            item.add_marker(pytest.mark.skip(reason=f"no shared data at {SHARED}"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """What a test has done to the connection is over with it: one that is lost is opened anew.

    Else a test that stops the server, or fails while it is down, would take the next ones along.
    """
    from django.db import connections

    for one in connections.all(initialized_only=True):
        if one.connection is not None and not one.is_usable():
            one.in_atomic_block = False  # there is nothing left to be rolled back
            one.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    """Transactional tests empty the tables with TRUNCATE, which the guards rightly refuse: off for them.

    tests/curation/models/test_invariants.py switches them on again and sees them refuse.
    """
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'no_truncate'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER no_truncate")


@pytest.fixture(autouse=True)
def own_media(
    settings: object, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    """Files that a test stores go to a folder of its own (not for tests of separate processes)."""
    if request.node.get_closest_marker("browser") is None and "real_worker" not in request.fixturenames:
        stores = tmp_path_factory.mktemp("stores")
        settings.MEDIA_ROOT = stores / "media"  # type: ignore[attr-defined]
        settings.MODELS_DIR = stores / "models"  # type: ignore[attr-defined]
        settings.EXPORTS_DIR = stores / "exports"  # type: ignore[attr-defined]
        settings.RUNS_DIR = stores / "runs"  # type: ignore[attr-defined]
        settings.RUNS_DATA_DIR = stores / "runs-data"  # type: ignore[attr-defined]
        settings.FEATURES_DIR = stores / "features"  # type: ignore[attr-defined]
