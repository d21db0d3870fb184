"""What one test breaks is whole for the next."""

from __future__ import annotations

import os
from collections.abc import Callable

import psycopg
import pytest
from django.db import connection

from tests.conftest import pytest_runtest_setup


def closed_here() -> None:
    connection.connection.close()


def ended_by_the_server() -> None:
    """As by a restart, of which this side hears with its next query."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lose", [closed_here, ended_by_the_server])
def test_a_lost_connection_is_opened_for_the_next(lose: Callable[[], None]) -> None:
    connection.ensure_connection()
    lose()
    pytest_runtest_setup()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
