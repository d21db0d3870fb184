"""The database's clock: web servers may disagree about the time."""

from __future__ import annotations

from django.db.models import DateTimeField, Func


class Clock(Func):
    """The time now, not that of the transaction's start: a claim may run out while a lock is awaited."""

    function = "CLOCK_TIMESTAMP"
    template = "%(function)s()"
    output_field = DateTimeField()
