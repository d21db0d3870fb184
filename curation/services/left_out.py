"""The rows that say of each candidate of a project why it is not in a release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

from django.db import connection
from django.db.models import Count

from curation.models import Release, ReleaseLeftOut
from curation.services.pool import LeftOut


def write_left_out(release: Release, rows: Iterable[LeftOut]) -> Counter[str]:
    """Insert them in the order of the SHA-256, with COPY; how many for which reason."""
    columns = ", ".join(["release_id", *LeftOut._fields])
    found: Counter[str] = Counter()
    with connection.cursor() as cursor:
        statement = f"COPY {ReleaseLeftOut._meta.db_table} ({columns}) FROM STDIN"
        with cast(Any, cursor).copy(statement) as copy:
            for row in sorted(rows):
                found[row.reason] += 1
                copy.write_row((release.pk, *row))
    return found


def reason_counts(release: Release) -> dict[str, int]:
    """reason -> candidates that were left out for it, in the order in which reasons are asked after."""
    rows = dict(release.left_out.order_by().values_list("reason").annotate(n=Count("id")))
    return {reason: rows[reason] for reason in ReleaseLeftOut.Reason.values if reason in rows}
