"""The records that media belong to, looked up by id: an SQLite file, so that memory stays small."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
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
        self._database.execute("CREATE TABLE record (id BLOB PRIMARY KEY, texts BLOB NOT NULL) WITHOUT ROWID")
        self._database.execute("BEGIN")
        self._waiting: list[tuple[bytes, bytes]] = []
        self._last: tuple[str, list[str] | None] = ("", None)

    def add(self, key: str, texts: Sequence[str]) -> None:
        """Keep a record: always as many texts. Not found before `end`."""
        joined = _SEPARATOR.join(texts)
        if joined.count(_SEPARATOR) >= len(texts):  # a control character that no text should have
            joined = _SEPARATOR.join(text.replace(_SEPARATOR, " ") for text in texts)
        self._waiting.append((_packed(key), _packed(joined)))
        if len(self._waiting) == BATCH:
            self._write()

    def end(self) -> None:
        """All records are there."""
        self._write()
        self._database.execute("COMMIT")

    def _write(self) -> None:
        self._database.executemany("INSERT OR IGNORE INTO record VALUES (?, ?)", self._waiting)
        self._waiting.clear()

    def get(self, key: str) -> list[str] | None:
        """The texts of a record. Media of one record mostly follow one another: the last is remembered."""
        if key == self._last[0]:
            return self._last[1]
        row = self._database.execute("SELECT texts FROM record WHERE id = ?", (_packed(key),)).fetchone()
        texts = None if row is None else row[0].decode("utf-8", "surrogatepass").split(_SEPARATOR)
        self._last = (key, texts)
        return texts

    def close(self) -> None:
        self._database.close()
        self._path.unlink(missing_ok=True)


def _packed(text: str) -> bytes:
    """Bytes that were no UTF-8 stay what they are, for the check of rows to name them."""
    return text.encode("utf-8", "surrogatepass")
