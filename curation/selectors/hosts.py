"""The hosts that pictures come from: how they are treated, and how long what waits will take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.aggregates import BoolOr
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.utils import timezone

from curation.models import Batch, Host, MediaRecord
from curation.selectors.jobs import duration

State = MediaRecord.State
PAGE = 50


def default_wait() -> float:
    """Seconds between two requests to a host that has no number of its own."""
    return float(settings.FETCH["wait_seconds"])


def default_connections() -> int:
    return int(settings.FETCH["connections"])


@dataclass(frozen=True)
class HostRow:
    """One host with its numbers; `known` is what was set for it or learnt about it, a blank one for none."""

    name: str
    known: Host
    waiting: int = 0
    fetched: int = 0
    failed: int = 0

    @property
    def wait(self) -> float:
        return default_wait() if self.known.wait_seconds is None else self.known.wait_seconds

    @property
    def connections(self) -> int:
        return self.known.connections or default_connections()

    @property
    def own(self) -> bool:
        """Whether a person set something for it."""
        return self.known.wait_seconds is not None or self.known.connections is not None

    @property
    def paused(self) -> bool:
        return self.known.paused_until is not None and self.known.paused_until > timezone.now()

    @property
    def time(self) -> str:
        """How long what waits there takes at the least, in words."""
        return duration(timedelta(seconds=self.waiting * self.wait)) if self.waiting else ""


@dataclass(frozen=True)
class HostPage:
    """A page of hosts, those with something waiting first."""

    page: Page[Any]
    rows: list[HostRow]
    hasty: list[str]  # hosts asked more often than once a second
    paused: int


def hosts(number: Any = 1) -> HostPage:
    """A page of `host_rows`, those with most waiting first."""
    rows = sorted(host_rows(), key=lambda row: (-row.waiting, row.name))
    page = Paginator(rows, PAGE).get_page(number)
    return HostPage(
        page,
        list(page.object_list),
        sorted(row.name for row in rows if row.known.wait_seconds is not None and row.wait < 1),
        sum(row.paused for row in rows),
    )


def host_rows() -> list[HostRow]:
    """All hosts that records name or that have a row; two queries, whatever their number."""
    counts = {
        row["host"]: row
        for row in MediaRecord.objects.exclude(host="")
        .order_by()
        .values("host")
        .annotate(
            waiting=Count("id", filter=Q(state=State.WAITING)),
            fetched=Count(
                "id",
                filter=Q(state__in=[State.ADDED, State.EXPANDED])
                | Q(state__in=[State.DUPLICATE, State.REFUSED], attempts__gt=0),
            ),
            failed=Count("id", filter=Q(state=State.FAILED)),
        )
    }
    known = {host.name: host for host in Host.objects.all()}
    return [
        HostRow(known=known.get(name) or Host(name=name), **(_numbers(counts.get(name)) | {"name": name}))
        for name in {*counts, *known}
    ]


def is_known(name: str) -> bool:
    """Whether a record names the host, or it has a row."""
    return Host.objects.filter(name=name).exists() or MediaRecord.objects.filter(host=name).exists()


def _numbers(row: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: row[name] if row else 0 for name in ("waiting", "fetched", "failed")}


@dataclass(frozen=True)
class Expected:
    """How long fetching takes if every host answers at once: the slowest host decides, since all are asked
    side by side. hosts: (name, pictures, seconds between two, time in words), the slowest first."""

    seconds: float = 0.0
    hosts: list[tuple[str, int, float, str]] = field(default_factory=list)
    paused: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def words(self) -> str:
        return duration(timedelta(seconds=self.seconds)) if self.hosts else ""


def expected(batch: Batch) -> Expected:
    """For what waits of this batch; what others wait for at the same hosts counts, since it is asked, too."""
    waiting = MediaRecord.objects.filter(state=State.WAITING).order_by()
    counts = waiting.values_list("host").annotate(n=Count("id"), own=BoolOr(Q(batch=batch)))
    return expected_of({host: n for host, n, own in counts if own})


def expected_of(counts: Mapping[str, int]) -> Expected:
    """counts: host -> pictures to fetch from it."""
    known = {host.name: host for host in Host.objects.filter(name__in=counts)}
    rows = [HostRow(name, known.get(name) or Host(name=name), waiting=n) for name, n in counts.items()]
    rows.sort(key=lambda row: (-row.waiting * row.wait, row.name))
    return Expected(
        max((row.waiting * row.wait for row in rows), default=0.0),
        [(row.name, row.waiting, row.wait, row.time) for row in rows],
        [(row.name, row.known.paused_until) for row in rows if row.paused and row.known.paused_until],
    )
