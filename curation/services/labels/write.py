"""Tables of votes and decisions as files, made while they are written: memory stays flat.

tsv, csv    UTF-8, line feeds, a header; cells quoted as in RFC 4180; booleans true and false; UTC times
jsonl       one JSON object a line; what is not there is null
parquet     row groups of 50,000 rows, zstd; types and meanings of the columns in the schema
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from curation.errors import Refused
from curation.selectors.label_columns import Table
from curation.selectors.label_rows import Scope, cells, documents
from curation.services.exports.outbox import Outbox
from curation.services.exports.pictures import chunks

PIECE = 2_000  # rows written together
ROW_GROUP = 50_000
DELIMITERS = {"tsv": "\t", "csv": ","}
CONTENT_TYPES = {
    "tsv": "text/tab-separated-values; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
FORMS = tuple(CONTENT_TYPES)
Tick = Callable[[], None]


def pieces(table: Table, form: str, scope: Scope) -> Iterator[bytes]:
    """The bytes of a table. Raises Refused for a form that there is not, before the first one."""
    if form not in FORMS:
        raise Refused(f"Form {form!r}: expected one of {', '.join(FORMS)}.")
    if form == "jsonl":
        return joined(documents(table, scope))
    if form == "parquet":
        return _parquet(table, scope)
    return _separated(table, scope, DELIMITERS[form])


def write(table: Table, form: str, scope: Scope, path: Path, tick: Tick | None = None) -> None:
    """Write a table to `path`. tick: called now and then, and may raise to end it."""
    with path.open("wb") as file:
        for piece in pieces(table, form, scope):
            file.write(piece)
            if tick:
                tick()


def joined(rows: Iterable[bytes]) -> Iterator[bytes]:
    for some in chunks(rows, PIECE):
        yield b"".join(some)


def header(table: Table, delimiter: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerow(table.names)
    return out.getvalue().encode()


def _separated(table: Table, scope: Scope, delimiter: str) -> Iterator[bytes]:
    yield header(table, delimiter)
    yield from joined(cells(table, scope, delimiter.encode("unicode_escape").decode()))


def schema(table: Table) -> Any:
    """The Parquet schema: pyarrow's type and the meaning of every column."""
    import pyarrow as pa

    types = {
        "string": pa.string(),
        "integer": pa.int32(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "datetime": pa.timestamp("us", tz="UTC"),
    }
    return pa.schema(
        [
            pa.field(column.name, types[column.type], metadata={"description": column.words})
            for column in table.columns
        ]
    )


def _parquet(table: Table, scope: Scope) -> Iterator[bytes]:
    """Always the same rows in a group, so that the same rows give the same bytes."""
    # Imported where it is used: it takes 50 MB and a moment.
    import pyarrow as pa
    from pyarrow import csv as reader
    from pyarrow.parquet import ParquetWriter

    columns = schema(table)
    read = {
        "read_options": reader.ReadOptions(use_threads=False, column_names=table.names),
        "parse_options": reader.ParseOptions(newlines_in_values=True),
        "convert_options": reader.ConvertOptions(
            column_types=columns, null_values=[""], strings_can_be_null=True
        ),
    }
    outbox = Outbox()
    with ParquetWriter(outbox, columns, compression="zstd") as writer:
        for some in chunks(cells(table, scope, ","), ROW_GROUP):
            group = reader.read_csv(pa.BufferReader(b"".join(some)), **read).combine_chunks()
            writer.write_table(group, row_group_size=ROW_GROUP)
            yield outbox.take()
    yield outbox.take()
