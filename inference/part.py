"""A table under way: OUTPUT.part, from which a run that was killed goes on where it was.

The first line says of which run it is. Then, batch by batch: a line that says how many pictures the batch
had, how many bytes of the table follow, their CRC-32C, and what could not be read; and those bytes. What was
begun and not finished is cut off when the file is opened again. Batches are kept whole, because a network may
round otherwise in another batch: so the table has the same bytes as one that was written in one go.
"""

import fcntl
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Self

from google_crc32c import value as crc32c

from inference.errors import InputError
from inference.files import whole_file
from inference.table import Counts, errors_file, line

MARK = b"#vasculum-predictions "
BATCH = b"#batch "
VERSION = 1


class Part:
    """The batches of a run that are done. A context manager; leaves the file for the next run unless
    :meth:`finish` was called.

    run: what the table depends on, JSON-ready; the attribute is that of the run that began the file. Both
    have the same in every key but ``batch``. Raises InputError where the file is of another run and ``fresh``
    does not allow to begin anew, or where another process is writing it.
    """

    def __init__(self, output: Path, run: Mapping[str, Any], *, fresh: bool = False) -> None:
        self.output = output
        self.path = output.with_name(f"{output.name}.part")
        self.pictures = 0
        self.unreadable: list[tuple[str, str]] = []
        self.counts = Counts()
        output.parent.mkdir(parents=True, exist_ok=True)
        self._file = _locked(self.path)
        try:
            self.run = self._read(dict(run), fresh)
        except BaseException:
            self._file.close()
            raise

    def _read(self, run: dict[str, Any], fresh: bool) -> dict[str, Any]:
        """Leave the file behind the last whole batch; the run that it is of."""
        first = self._file.readline()
        if not fresh and first and not (first.startswith(MARK[: len(first)]) or first.startswith(MARK)):
            raise InputError(f"{self.path} must be a table under way, it is something else; {AWAY}")
        if fresh or not first.endswith(b"\n"):
            self._file.seek(0)
            self._file.truncate()
            text = json.dumps({"version": VERSION, **run}).encode()
            self._file.write(MARK + text + b"\n")
            self._file.flush()
            return run
        known = _parsed(first.removeprefix(MARK)) or {}
        if known.pop("version", None) != VERSION:
            raise InputError(f"{self.path} was written by another version; {AWAY}")
        end = self._file.tell()
        for head, _data in self._batches():
            self.pictures += head["pictures"]
            self.unreadable += [(file, error) for file, error in head["unreadable"]]
            predicted = {model: Counter(each) for model, each in head["predicted"].items()}
            self.counts.add(Counts(predicted, Counter(head["right"])))
            end = self._file.tell()
        if reason := _difference(known, run):
            raise InputError(
                f"{self.path} is of another run ({self.pictures:,} pictures): {reason}; "
                f"give what was given then, or {AWAY}"
            )
        self._file.seek(end)
        self._file.truncate()
        return known

    def _batches(self) -> Iterator[tuple[dict[str, Any], bytes]]:
        """From where the file stands up to what is cut off or damaged."""
        while (first := self._file.readline()).startswith(BATCH) and first.endswith(b"\n"):
            head = _parsed(first.removeprefix(BATCH))
            if head is None or not isinstance(head.get("bytes"), int):
                return
            data = self._file.read(head["bytes"])
            if len(data) < head["bytes"] or crc32c(data) != head["crc32c"]:
                return
            yield head, data

    def add(self, pictures: int, data: bytes, unreadable: Sequence[tuple[str, str]], counts: Counts) -> None:
        """A batch; once this returns, it outlives this process."""
        head = {
            "pictures": pictures,
            "bytes": len(data),
            "crc32c": crc32c(data),
            "unreadable": unreadable,
            "predicted": counts.predicted,
            "right": counts.right,
        }
        self._file.write(b"".join((BATCH, json.dumps(head).encode(), b"\n", data)))
        self._file.flush()
        self.pictures += pictures
        self.unreadable += unreadable
        self.counts.add(counts)

    def finish(self, head: bytes) -> None:
        """Write the table and the list of what could not be read, each whole or not at all; remove the part.

        Files that could not be read are not in the table but in ``errors_file`` (file, error), which is
        removed when there are none, so that no old list stays beside a new table.
        """
        with whole_file(self.output) as temporary, temporary.open("wb") as stream:
            stream.write(head)
            self._file.seek(0)
            self._file.readline()
            written = 0
            for batch, data in self._batches():
                stream.write(data)
                written += batch["pictures"]
            if written != self.pictures:
                raise InputError(f"{self.path} must hold {self.pictures:,} pictures, got {written:,}")
        errors = errors_file(self.output)
        if self.unreadable:
            with whole_file(errors) as temporary, temporary.open("wb") as stream:
                stream.write(line(("file", "error")))
                stream.writelines(map(line, self.unreadable))
        else:
            errors.unlink(missing_ok=True)
        self.path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # A run that fails before its first batch leaves nothing behind.
        if not self.pictures:
            self.path.unlink(missing_ok=True)
        self._file.close()


AWAY = "begin anew with --fresh, or remove it"


def _locked(path: Path) -> BinaryIO:
    """The file, made if absent, and open in no other process that asks."""
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The other may have finished, and removed the file, since it was opened here.
            if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                return file
            file.close()
        except BlockingIOError as error:
            file.close()
            raise InputError(f"{path} is being written by another run") from error


def _parsed(text: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _difference(known: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    """The first thing that differs between two runs, in words."""
    for key in (each for each in run if each != "batch"):
        one, other = known.get(key), run[key]
        if isinstance(one, dict) and isinstance(other, dict):
            if inner := _difference(one, other):
                return f"{key}: {inner}"
        elif one != other:
            return f"{key} was {json.dumps(one)}, is {json.dumps(other)}"
    return ""
