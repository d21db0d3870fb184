"""What one test breaks is whole for the next."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.conftest import pytest_runtest_setup


@pytest.mark.django_db(transaction=True)
def test_a_closed_connection_is_opened_for_the_next() -> None:
    """As a test leaves it that fails while its server is down."""
    connection.ensure_connection()
    connection.connection.close()
    pytest_runtest_setup()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
