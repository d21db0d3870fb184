"""The records that media belong to, looked up by id: an SQLite file, so that memory stays small."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

BATCH = 20_000
CACHE_KIB = 65_536
_SEPARATOR = "\x1f"


class RecordStore:
    """id -> texts, written once and then read. The first of several records with one id stays.

    An index in memory would need about 700 bytes a record; GBIF downloads have millions.
    """

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._path = path
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in (
            "journal_mode=OFF",
            "synchronous=OFF",
            f"cache_size=-{CACHE_KIB}",
            "locking_mode=EXCLUSIVE",
        ):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE record (id TEXT PRIMARY KEY, texts TEXT NOT NULL) WITHOUT ROWID")
        self._last: tuple[str, list[str] | None] = ("", None)

    def fill(self, records: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Write the records: id and texts, always as many."""
        waiting: list[tuple[str, str]] = []
        self._database.execute("BEGIN")
        for key, texts in records:
            waiting.append((key, _SEPARATOR.join(texts)))
            if len(waiting) == BATCH:
                self._write(waiting)
        self._write(waiting)
        self._database.execute("COMMIT")

    def _write(self, waiting: list[tuple[str, str]]) -> None:
        self._database.executemany("INSERT OR IGNORE INTO record VALUES (?, ?)", waiting)
        waiting.clear()

    def get(self, key: str) -> list[str] | None:
        """The texts of a record. Media of one record mostly follow one another: the last is remembered."""
        if key == self._last[0]:
            return self._last[1]
        row = self._database.execute("SELECT texts FROM record WHERE id = ?", (key,)).fetchone()
        texts = None if row is None else row[0].split(_SEPARATOR)
        self._last = (key, texts)
        return texts

    def close(self) -> None:
        self._database.close()
        self._path.unlink(missing_ok=True)
