"""Rows of delimited text: split as the file's own rules say, of bounded size, one bad row never the last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from curation.records.medium import RecordsError, cut
from curation.records.text import Encoding, line_blocks

DELIMITERS = ("\t", ",", ";")
MOST_COLUMNS = 2000
# A quotation mark that opens a cell and is not closed within so many lines is taken for a mistake.
QUOTED_LINES = 1000
QUOTED_CHARACTERS = 1_000_000
MOST_UNCLOSED = 20  # after so many mistakes a row ends with its line


class Layout(NamedTuple):
    """How a table is written. quote: "" where quotation marks are text like any other.
    skip: lines before the first row."""

    delimiter: str
    quote: str
    encoding: Encoding
    skip: int = 0
    only_line_feeds: bool = False


class Row(NamedTuple):
    """line: where the row begins, the first line being 1. cells: None where a quotation
    mark is never closed."""

    line: int
    cells: list[str] | None


def sniff(header: str) -> tuple[str, str]:
    """Delimiter and quote of a table by its first line. Tabs win over commas, since names hold commas; in a
    table with tabs quotation marks are text, unless each name of a column stands in them."""
    if "\t" in header:
        names = header.split("\t")
        wrapped = all(len(name) > 1 and name[0] == name[-1] == '"' for name in names)
        return "\t", '"' if wrapped else ""
    best = max(DELIMITERS, key=header.count)
    return (best, '"') if best in header else ("\t", '"' if header[:1] == header[-1:] == '"' else "")


def table_rows(path: Path, layout: Layout) -> Iterator[Row]:
    """The rows of a table; blank lines are passed over."""
    blocks = line_blocks(path, layout.encoding, only_line_feeds=layout.only_line_feeds)
    if layout.quote:
        numbered = enumerate(chain.from_iterable(blocks), 1)
        yield from _quoted(numbered, layout)
        return
    delimiter, skip = layout.delimiter, layout.skip
    before = 0
    for lines in blocks:
        for number, line in enumerate(lines, before + 1):
            if number > skip and line and not line.isspace():
                yield Row(number, line.split(delimiter))
        before += len(lines)


def _quoted(lines: Iterator[tuple[int, str]], layout: Layout) -> Iterator[Row]:
    delimiter, quote, _, skip, _ = layout
    between = quote + delimiter + quote
    unclosed = 0
    while (each := next(lines, None)) is not None:  # `lines` changes on the way: lines may be given back
        number, line = each
        if not line or line.isspace():
            continue
        if quote not in line:
            if number > skip:
                yield Row(number, line.split(delimiter))
            continue
        if line[0] == line[-1] == quote:
            cells = line[1:-1].split(between)
            if line.count(quote) == 2 * len(cells):  # every cell quoted, and no quotation mark within one
                if number > skip:
                    yield Row(number, cells)
                continue
        cells = []
        open_cell = _feed(line, cells, None, delimiter, quote)
        if open_cell is not None and unclosed < MOST_UNCLOSED:
            lines, open_cell = _further(lines, line, cells, open_cell, delimiter, quote)
        if open_cell is not None:
            unclosed += 1
        if number > skip:
            yield Row(number, None if open_cell is not None else cells)


def _further(
    lines: Iterator[tuple[int, str]],
    first: str,
    cells: list[str],
    open_cell: list[str] | None,
    delimiter: str,
    quote: str,
) -> tuple[Iterator[tuple[int, str]], list[str] | None]:
    """Read on to the end of a quoted cell; where there is none, the lines read are given back."""
    read: list[tuple[int, str]] = []
    size = len(first)
    for each in islice(lines, QUOTED_LINES):
        read.append(each)
        size += len(each[1])
        open_cell = _feed(each[1], cells, open_cell, delimiter, quote)
        if open_cell is None:
            return lines, None
        if size > QUOTED_CHARACTERS:
            break
    return chain(read, lines), open_cell


def _feed(
    line: str, cells: list[str], open_cell: list[str] | None, delimiter: str, quote: str
) -> list[str] | None:
    """Add the cells of a line. open_cell: pieces of a cell that an earlier line began. Returns the pieces of
    the cell that is still open at the end, or None. A quotation mark within an unquoted cell is text."""
    at = 0
    while True:
        if open_cell is None:
            if line.startswith(quote, at):
                open_cell = []
                at += 1
                continue
            end = line.find(delimiter, at)
            if end < 0:
                cells.append(line[at:])
                return None
            cells.append(line[at:end])
            at = end + 1
            continue
        end = line.find(quote, at)
        if end < 0:
            open_cell += (line[at:], "\n")
            return open_cell
        open_cell.append(line[at:end])
        if line.startswith(quote, end + 1):
            open_cell.append(quote)
            at = end + 2
            continue
        stop = line.find(delimiter, end + 1)
        if stop < 0:
            open_cell.append(line[end + 1 :])
            cells.append("".join(open_cell))
            return None
        open_cell.append(line[end + 1 : stop])
        cells.append("".join(open_cell))
        open_cell = None
        at = stop + 1


def header_of(name: str, rows: Iterable[Row]) -> tuple[int, list[str]]:
    """Line and names of the columns. Raises RecordsError where there are none, or too many."""
    row = next(iter(rows), None)
    if row is None:
        raise RecordsError(name, "no-rows", "the list is empty. Send one with column names and rows.")
    if row.cells is None:
        raise RecordsError(
            name,
            "quotes",
            f"a quotation mark in the line of column names (line {row.line}) is never closed. Correct it.",
        )
    if len(row.cells) > MOST_COLUMNS:
        raise RecordsError(
            name,
            "columns",
            f"the first line has {len(row.cells):,} columns; at most {MOST_COLUMNS:,} are read.",
        )
    return row.line, [cut(cell.strip()) for cell in row.cells]
