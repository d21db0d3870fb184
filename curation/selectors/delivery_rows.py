"""The rows behind the numbers of a batch: a page of them, or all of them as a table to take away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, overload

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from curation.models import Batch, BatchProblem, Image, MediaRecord
from curation.selectors import tsv

State = MediaRecord.State
Kind = BatchProblem.Kind
PAGE = 100
AT_ONCE = 2000  # rows of a cursor in memory
NOTE = "note"
SHOWS = [*State.values, NOTE]


@dataclass(frozen=True)
class Row:
    """One row of a delivery and what became of it. what: its address, the wrong value, or the file."""

    row: int | None
    file: str
    what: str
    state: str
    state_words: str
    rule: str
    message: str
    status_code: int | None = None
    at: datetime | None = None
    licence: str = ""
    source: str = ""
    image: Image | None = None


class Chain(Sequence[Any]):
    """Querysets one after the other, sliced without reading what is not asked for."""

    def __init__(self, *parts: QuerySet[Any]) -> None:
        self._parts = parts
        self._counts: list[int] | None = None

    def _lengths(self) -> list[int]:
        if self._counts is None:
            self._counts = [part.count() for part in self._parts]
        return self._counts

    def __len__(self) -> int:
        return sum(self._lengths())

    @overload
    def __getitem__(self, key: int) -> Any: ...
    @overload
    def __getitem__(self, key: slice) -> list[Any]: ...
    def __getitem__(self, key: int | slice) -> Any:
        if isinstance(key, int):
            return self[key : key + 1][0]
        start, stop, _ = key.indices(len(self))
        found: list[Any] = []
        for part, length in zip(self._parts, self._lengths(), strict=True):
            if start < length and stop > 0:
                found += _slice(part, max(start, 0), min(stop, length))
            start, stop = start - length, stop - length
        return found


def _slice(part: QuerySet[Any], start: int, stop: int) -> list[Any]:
    """Only the keys are counted off, so that late pages cost no reading of all rows before them."""
    keys = list(part.values_list("pk", flat=True)[start:stop])
    by_key = part.in_bulk(keys)
    return [by_key[key] for key in keys if key in by_key]


def rows(batch: Batch, *, show: str = "", rule: str = "", number: Any = 1) -> Page[Any]:
    """A page of Row. show: a state of records, or "note"; "" for all. rule: narrows to one reason."""
    records = batch.records.select_related("image", "source", "licence_text__licence").order_by("id")
    problems = batch.problems.select_related("twin").order_by("id")
    if rule:
        records, problems = records.filter(rule=rule), problems.filter(rule=rule)
    if show == NOTE:
        chain = Chain(problems.filter(kind=Kind.NOTE))
    elif show == State.REFUSED:
        chain = Chain(records.filter(state=show), problems.filter(kind=Kind.REFUSED))
    elif show:
        chain = Chain(records.filter(state=show))
    else:
        chain = Chain(records, problems.exclude(kind=Kind.NOTE))
    page = Paginator(chain, PAGE).get_page(number)
    page.object_list = [
        of_record(row) if isinstance(row, MediaRecord) else of_problem(row) for row in page.object_list
    ]
    return page


def of_record(record: MediaRecord) -> Row:
    return Row(
        row=record.row,
        file=record.file,
        what=record.access_uri,
        state=record.state,
        state_words=record.get_state_display(),
        rule=record.rule if record.state != State.WAITING else "",
        message=record.message if record.state != State.WAITING else "",
        status_code=record.status_code,
        at=record.attempted_at,
        licence=record.licence_text.verbatim,
        source=record.source.code if record.source else "",
        image=record.image,
    )


def of_problem(problem: BatchProblem) -> Row:
    return Row(
        row=problem.row,
        file=problem.file,
        what=problem.value or problem.file,
        state=NOTE if problem.kind == Kind.NOTE else State.REFUSED.value,
        state_words=problem.get_kind_display(),
        rule=problem.rule,
        message=problem.message,
        image=problem.twin,
    )


HEADER = (
    "file",
    "row",
    "state",
    "rule",
    "status_code",
    "message",
    "access_uri",
    "occurrence_id",
    "source",
    "licence",
    "sha256",
)


def tsv_lines(batch: Batch) -> Iterator[str]:
    """Every row with what became of it, as TSV with a header: records, then pictures that came as files, then
    rows and files that were refused or noted.

    Memory stays the same whatever the number of rows.
    """
    yield tsv.line(HEADER)
    for row in _all(batch):
        yield tsv.line(row)


def _all(batch: Batch) -> Iterator[tuple[Any, ...]]:
    records = batch.records.order_by("id").values_list(
        *("file", "row", "state", "rule", "status_code", "message", "access_uri", "occurrence_id"),
        *("source__code", "licence_text__verbatim", "image__sha256"),
    )
    yield from records.iterator(AT_ONCE)
    pictures = batch.images.filter(records__isnull=True).select_related("source", "licence").order_by("id")
    for image in pictures.iterator(AT_ONCE):
        yield (
            *(image.original_name, None, State.ADDED.value, "", None, "", image.access_uri),
            *(image.occurrence_id, image.source.code, image.licence.short, image.sha256),
        )
    problems = batch.problems.order_by("id").values_list(
        "file", "row", "kind", "rule", "message", "value", "twin__sha256"
    )
    for file, row, kind, rule, message, value, sha256 in problems.iterator(AT_ONCE):
        yield (file, row, kind, rule, None, message, value, "", "", "", sha256)
