"""Hold the row of a candidate, so that requests meet in the database at a known moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from curation.models import Candidate
from tests.worker import database_address, wait_for


@contextmanager
def held(*candidates: Candidate) -> Iterator[None]:
    """Whoever votes on one of these waits in the database, in the middle of the request, until the end."""
    with psycopg.connect(database_address()) as other:
        rows = [candidate.pk for candidate in candidates]
        other.execute("SELECT 1 FROM curation_candidate WHERE id = ANY(%s) FOR UPDATE", [rows])
        yield
        other.rollback()


def wait_at_the_lock(requests: int) -> None:
    """Until exactly so many requests wait for a row that is `held`. Not inside a transaction."""
    wait_for(lambda: _waiting() == requests)


def _waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])
