"""Tab-separated tables in, with every faulty row named."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from training.data.errors import DataError

TOLD = 5  # faults that a message spells out


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells of each row. Raises DataError for a table without one of the columns, and for
    what is no table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, dialect="excel-tab", strict=True)
            for column in columns:
                if column not in (rows.fieldnames or ()):
                    raise DataError(
                        f"{path} must have the columns {', '.join(columns)}; {column!r} is missing"
                    )
            for row in rows:
                if None in row or None in row.values():
                    raise DataError(
                        f"{path}, line {rows.line_num}: must have {len(rows.fieldnames or ())} cells"
                    )
                yield rows.line_num, {name: cell.strip() for name, cell in row.items()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read: {error}") from error


class Faults:
    """Gathers what is wrong with the rows of a table, to tell all of it at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: list[str] = []

    @contextmanager
    def of(self, line: int) -> Iterator[None]:
        """A ValueError inside is a fault of that line."""
        try:
            yield
        except ValueError as error:
            self._found.append(f"line {line}: {error}")

    def tell(self) -> None:
        """DataError where there were faults."""
        if self._found:
            more = f"; {len(self._found) - TOLD} more" if len(self._found) > TOLD else ""
            raise DataError(f"{self._path}: {'; '.join(self._found[:TOLD])}{more}")
