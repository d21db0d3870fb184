"""Lists of pictures: TSV or CSV in any layout, one row a picture."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from itertools import islice
from operator import itemgetter
from pathlib import Path

from curation.records import fields
from curation.records.archive import Archive
from curation.records.checks import RowCheck, unclosed, wrong_columns
from curation.records.delivery import Delivery
from curation.records.detect import detect
from curation.records.medium import TEXT_FIELDS, Medium, Problem, RecordsError
from curation.records.tables import Layout, header_of, sniff, table_rows
from curation.records.text import Encoding, encoding_of, line_blocks

SAMPLE_ROWS = 50  # looked at to tell what a column holds


def open_list(path: Path, name: str, columns: Mapping[str, str] | None = None) -> Delivery:
    """Read the header of a list and settle its columns. columns: field -> header, a person's choice.

    Raises RecordsError where there are no rows, no column of addresses, or no readable text.
    """
    encoding = encoding_of(path, name)
    delimiter, quote = sniff(_first_line(path, encoding))
    layout = Layout(delimiter, quote, encoding)
    header_line, headers = header_of(name, table_rows(path, layout))
    layout = layout._replace(skip=header_line)
    sample = [row.cells for row in islice(table_rows(path, layout), SAMPLE_ROWS) if row.cells is not None]
    suggestions = fields.suggest(headers, sample)
    named = suggestions["access_uri"] or (columns or {}).get("access_uri")
    if not named and any(cell.casefold().startswith(("http://", "https://")) for cell in headers):
        raise RecordsError(
            name,
            "no-header",
            f"line {header_line} holds an address where the names of the columns should stand. Put a line "
            "above it that names them, with url over the addresses.",
        )
    chosen = fields.resolve(name, headers, columns, suggestions)
    if next(table_rows(path, layout), None) is None:
        raise RecordsError(name, "no-rows", "the list names columns but has no rows. Send one with rows.")
    return Delivery(
        kind="list",
        name=name,
        headers=headers,
        columns=chosen,
        unknown=fields.unknown(headers, chosen),
        suggestions=suggestions,
        read=lambda: list_rows(path, name, layout, headers, chosen),
    )


def list_headers(path: Path) -> list[str]:
    """The names of a list's columns, for a person who says what they hold; [] where they can't be read."""
    try:
        if member := detect(path).member:
            archive = Archive(path, path.name)
            with tempfile.TemporaryDirectory() as folder, contextlib.closing(archive):
                start = Path(folder, "list")
                start.write_bytes(archive.start(member))
                return _headers(start)
        return _headers(path)
    except (RecordsError, OSError):
        return []


def _headers(path: Path) -> list[str]:
    encoding = encoding_of(path, path.name)
    delimiter, quote = sniff(_first_line(path, encoding))
    return header_of(path.name, table_rows(path, Layout(delimiter, quote, encoding)))[1]


def _first_line(path: Path, encoding: Encoding) -> str:
    for lines in line_blocks(path, encoding):
        for line in lines:
            if line and not line.isspace():
                return line
    return ""


def list_rows(
    path: Path, name: str, layout: Layout, headers: list[str], columns: Mapping[str, str]
) -> Iterator[Medium | Problem]:
    """The rows of one list. Where the column of addresses is associatedMedia, a cell may hold several,
    separated by " | "."""
    if layout.encoding.note:
        yield layout.encoding.note
    expected = len(headers)
    places = [headers.index(columns[field]) if field in columns else expected for field in TEXT_FIELDS]
    pick = itemgetter(*places)
    several = fields.bare(columns["access_uri"]) == "associatedmedia"
    check = RowCheck()
    for line, cells in table_rows(path, layout):
        if cells is None:
            yield unclosed(line, name)
            continue
        if len(cells) != expected:
            yield wrong_columns(line, name, cells, expected)
            continue
        cells.append("")  # what fields without a column hold
        values = pick(cells)
        if several and "|" in values[0]:
            for address in split_media(values[0]):
                yield check(line, name, (address, *values[1:]), columns)
        else:
            yield check(line, name, values, columns)


def split_media(cell: str) -> list[str]:
    """The addresses of a dwc:associatedMedia: separated by " | ", and by a bare "|" before an address."""
    pieces = [piece.strip() for piece in cell.replace("|http", " | http").split(" | ")]
    return [piece for piece in pieces if piece.strip("| ")] or [""]
