"""What a delivery holds, counted from its rows: the dry run's preview, and the account of what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Max, Min, Q, QuerySet

from curation.models import Batch, BatchProblem, MediaRecord
from curation.records import Delivery
from curation.selectors.hosts import Expected, expected
from curation.selectors.rules import words

State = MediaRecord.State
SHOWN_ROWS = 20  # row numbers named for each kind of problem
SHOWN = 12  # sources, licences
HOSTS = 500
SAMPLE = 5
# Told of the first rows, so that a person sees at a glance whether the columns are read as they are meant.
TOLD = (
    "occurrence_id",
    "catalog_number",
    "institution_code",
    "collection_code",
    "scientific_name",
    "family",
    "genus",
    "rights_holder",
    "creator",
    "format",
    "further_information_url",
    "dataset_key",
    "proposed_label",
)


def preview(batch: Batch, delivery: Delivery) -> dict[str, Any]:
    """What an import would do, from rows that are about to be rolled back. Everything in it is JSON."""
    records = MediaRecord.objects.filter(batch=batch).order_by()
    problems = list(problem_kinds(batch))
    states = dict(records.values_list("state").annotate(n=Count("id")))
    refused = sum(row["n"] for row in problems if row["kind"] == BatchProblem.Kind.REFUSED)
    hosts = records.filter(state=State.WAITING).values("host").annotate(n=Count("id")).order_by("-n", "host")
    return {
        "kind": delivery.kind,
        "rows": sum(states.values()) + refused,
        "states": states,
        "problems": problems,
        "reasons": reasons(records),
        "headers": delivery.headers,
        "columns": delivery.columns,
        "suggestions": delivery.suggestions,
        "unknown": delivery.unknown,
        "sources": list(
            records.filter(source__isnull=False)
            .values(code=F("source__code"), name=F("source__name"))
            .annotate(n=Count("id"))
            .order_by("-n", "code")[:SHOWN]
        ),
        "unmapped": list(
            records.filter(source__isnull=True)
            .exclude(state=State.REFUSED)
            .values("dataset_key", "institution_code", "collection_code")
            .annotate(n=Count("id"))
            .order_by("-n")[:SHOWN]
        ),
        "licences": list(
            records.values(
                "state",
                "rule",
                text=F("licence_text__verbatim"),
                meaning=F("licence_text__meaning"),
                reason=F("licence_text__reason"),
                code=F("licence_text__licence__code"),
                version=F("licence_text__licence__version"),
            )
            .exclude(state=State.DUPLICATE)
            .annotate(n=Count("id"))
            .order_by("-n")[: SHOWN * 2]
        ),
        "hosts": list(hosts[:HOSTS]),
        "host_count": hosts.count(),
        "sample": list(
            records.order_by("id").values(
                "row", "state", "access_uri", *TOLD, licence=F("licence_text__verbatim")
            )[:SAMPLE]
        ),
    }


def problem_kinds(batch: Batch, *, rows: bool = True) -> list[dict[str, Any]]:
    """The kinds of problems of a batch: how many, one message of each, and with `rows` the first rows."""
    kinds = (
        batch.problems.exclude(kind=BatchProblem.Kind.DUPLICATE)
        .order_by()
        .values("kind", "rule")
        .annotate(n=Count("id"), first=Min("id"))
        .order_by("-n")
    )
    found: list[dict[str, Any]] = [dict(row) for row in kinds]
    messages = dict(
        batch.problems.filter(pk__in=[row["first"] for row in found]).values_list("pk", "message")
    )
    for row in found:
        row["message"] = messages[row.pop("first")]
        if rows:
            row["rows"] = _rows(batch.problems.filter(kind=row["kind"], rule=row["rule"]))
    return found


def reasons(records: QuerySet[MediaRecord]) -> list[dict[str, Any]]:
    """Why records wait, were refused or failed: state, rule, how many, a message, the first rows."""
    kinds = (
        records.exclude(rule="")
        .exclude(state=State.WAITING)
        .order_by()
        .values("state", "rule")
        .annotate(n=Count("id"), message=Max("message"))
        .order_by("state", "-n")
    )
    return [
        row | {"rows": _rows(records.filter(state=row["state"], rule=row["rule"]))} for row in list(kinds)
    ]


def _rows(rows: QuerySet[Any]) -> list[int]:
    return [row for row in rows.order_by("row").values_list("row", flat=True)[:SHOWN_ROWS] if row is not None]


@dataclass(frozen=True)
class Reason:
    """Why some rows of a batch are where they are. codes: HTTP. last: the latest try. again: how many of them
    may be fetched once more, 0 where none was ever asked for."""

    state: str
    rule: str
    n: int
    message: str
    codes: tuple[int, ...] = ()
    last: datetime | None = None
    again: int = 0

    @property
    def words(self) -> str:
        return words(self.rule, self.message)


@dataclass(frozen=True)
class Account:
    """A batch of records as it stands. states: of its records, by name. problems: rows that never became
    records. expected: how long what waits will take."""

    states: dict[str, int]
    problems: int
    notes: int
    reasons: list[Reason]
    expected: Expected

    @property
    def rows(self) -> int:
        return sum(self.states.values()) + self.problems

    @property
    def added(self) -> int:
        return self.states.get(State.ADDED, 0)

    @property
    def waiting(self) -> int:
        return self.states.get(State.WAITING, 0)

    @property
    def held(self) -> int:
        return self.states.get(State.HELD, 0)

    @property
    def failed(self) -> int:
        return self.states.get(State.FAILED, 0)

    @property
    def duplicates(self) -> int:
        return self.states.get(State.DUPLICATE, 0)

    @property
    def expanded(self) -> int:
        return self.states.get(State.EXPANDED, 0)

    @property
    def refused(self) -> int:
        """By the licence, as a picture, or as a row that could not be read."""
        return self.states.get(State.REFUSED, 0) + self.problems

    @property
    def settled(self) -> int:
        return self.rows - self.waiting

    def of(self, state: str) -> list[Reason]:
        return [reason for reason in self.reasons if reason.state == state]

    @property
    def held_reasons(self) -> list[Reason]:
        return self.of(State.HELD)

    @property
    def refused_reasons(self) -> list[Reason]:
        return self.of(State.REFUSED)

    @property
    def failed_reasons(self) -> list[Reason]:
        return self.of(State.FAILED)


def account(batch: Batch) -> Account:
    """What became of the rows of an archive or list, in a fixed number of queries."""
    records = batch.records.order_by()
    states = dict(records.values_list("state").annotate(n=Count("id")))
    told = (
        records.filter(state__in=[State.HELD, State.REFUSED, State.FAILED])
        .values("state", "rule")
        .annotate(
            n=Count("id"),
            message=Max("message"),
            codes=ArrayAgg("status_code", distinct=True, filter=Q(status_code__isnull=False), default=[]),
            last=Max("attempted_at"),
            again=Count("id", filter=Q(attempts__gt=0) & ~Q(state=State.HELD)),
        )
        .order_by("-n")
    )
    found = [Reason(**(row | {"codes": tuple(row["codes"])})) for row in told]
    kinds = problem_kinds(batch, rows=False)
    wrong = [row for row in kinds if row["kind"] == BatchProblem.Kind.REFUSED]
    found += [Reason(State.REFUSED, row["rule"], row["n"], row["message"]) for row in wrong]
    return Account(
        states=states,
        problems=sum(row["n"] for row in wrong),
        notes=sum(row["n"] for row in kinds if row["kind"] == BatchProblem.Kind.NOTE),
        reasons=found,
        expected=expected(batch) if states.get(State.WAITING) else Expected(),
    )
