"""Many rows for slow work: read page by page, so that no cursor stays open while a network works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def in_pages(rows: QuerySet[Row], size: int, after: int = 0) -> Iterator[list[Row]]:
    """The rows behind the id `after` in the order of their ids, `size` at a time; one query a page.

    Each page is asked for when the one before is done: a row that has left the query by then does not come.
    """
    ordered = rows.order_by("pk")
    while page := list(ordered.filter(pk__gt=after)[:size]):
        yield page
        after = page[-1].pk
