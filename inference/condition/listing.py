"""Pictures named by a table, such as the sheets.tsv of a set of sheets."""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

from inference.condition.table import HEATMAP, beside
from inference.errors import InputError
from inference.files import sha256_of
from inference.inputs import Picture, Source, folder_source


def sheets_source(place: Path) -> Source:
    """The pictures of a folder, or those that a tab-separated table names.

    The table has a column ``file``, paths from its own folder on, and may have the columns ``id`` and
    ``sha256``; others are passed over. Raises InputError, OSError.
    """
    return folder_source(place) if place.is_dir() else _list_source(place)


def _list_source(table: Path) -> Source:
    rows = list(_rows(table))
    state = hashlib.sha256(sha256_of(table).encode())
    for row in rows:
        try:
            found = (table.parent / row.file).stat()
            state.update(f"{found.st_size} {found.st_mtime_ns}\0".encode())
        except OSError:
            state.update(b"\0")  # what cannot be found gets a row that says so

    def begin(start: int) -> Iterator[Picture]:
        yield from rows[start:]

    return Source(f"the pictures of {table}", len(rows), state.hexdigest(), begin)


def _rows(table: Path) -> Iterator[Picture]:
    seen: set[str] = set()
    with table.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        reader = csv.DictReader(stream, dialect="excel-tab", strict=True)
        try:
            if "file" not in (reader.fieldnames or ()):
                raise InputError(f"{table} must have a column 'file', got {reader.fieldnames!r}")
            for row in reader:
                name = row["file"]
                _check(table, reader.line_num, name, seen)
                seen.add(name)
                file = table.parent / name
                fault = "not a regular file" if file.exists() and not file.is_file() else ""
                yield Picture(name, file, row.get("id") or "", sha256=row.get("sha256") or "", fault=fault)
        except csv.Error as error:
            raise InputError(f"{table}, line {reader.line_num}: {error}") from error


def _check(table: Path, number: int, name: str | None, seen: set[str]) -> None:
    """Heat maps are called as their sheets, so a name must not lead out of a folder, nor come twice."""
    where = f"{table}, line {number}"
    if not name:
        raise InputError(f"{where}: file is missing")
    try:
        beside(table.parent, name, HEATMAP)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    if name in seen:
        raise InputError(f"{where}: {name!r} is named twice")
