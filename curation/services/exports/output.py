"""The folder that an export is written into: whole or not at all, and what is finished outlives a kill.

An export is made of units, files or folders that follow from the release alone. They are written beside the
final place, in `.NAME.part`; one that is finished is kept with its lines of the labels table, so that the
next run begins where this one ended and ends with the same bytes.

`.NAME.part` holds `lock`, `plan.json`, `files/` (becomes the export), `units/` (the record of each unit: its
lines, sorted) and `now/` (the unit that is being written). A unit is finished when its record is there; the
record is written last, when the unit is on the disk under its name.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.services.exports.sorted_lines import merged, sort_to
from curation.services.progress import Progress
from inference.files import fsync_folders, fsync_tree, put_in_place, whole_file

PLAN = "plan.json"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # the disk, somebody's share of it, the size of one file


class Output:
    """Where a format's `write` puts its files. `folder` becomes the export; write there only what is small,
    everything else by `make`."""

    def __init__(self, part: Path) -> None:
        self.part = part
        self.folder = part / "files"
        self._units = part / "units"
        self._now = part / "now"

    def begin(self, plan: dict[str, Any]) -> None:
        """Keep what an earlier run of the same plan has finished; remove what another has left."""
        if not self._is(plan):
            for path in self.part.iterdir():
                if path.name != "lock":
                    _remove(path)
            for path in (self.folder, self._units):
                path.mkdir()
            with whole_file(self.part / PLAN) as file:
                file.write_text(_text(plan))
        _remove(self._now)

    def _is(self, plan: dict[str, Any]) -> bool:
        try:
            return (self.part / PLAN).read_text() == _text(plan)
        except OSError:
            return False

    def make(
        self,
        name: str,
        write: Callable[[Path], Iterable[Sequence[str]]],
        progress: Progress,
    ) -> int:
        """Write the file or folder `name` (a path below the export, with /) unless it is finished.

        `write` writes it to the path it is given and yields the unit's own cells of the labels table, one
        line a picture, SHA-256 first. Returns how many lines there are.
        """
        record = self._units / f"{quote(name, safe='')}.tsv"
        if not record.is_file():
            self._write(name, write, record)
            return _count(record)
        lines = _count(record)
        progress.advance(lines)
        return lines

    def lines(self) -> Iterator[list[str]]:
        """The cells that all units have yielded, in the order of their SHA-256, from disk."""
        for line in merged(sorted(self._units.iterdir()), self.part):
            yield line.removesuffix("\n").split("\t")

    def _write(self, name: str, write: Callable[[Path], Iterable[Sequence[str]]], record: Path) -> None:
        final = self.folder / name
        _remove(final)  # finished, but its record was not: the process was killed between the two
        _remove(self._now)
        made = self._now / "unit" / final.name
        made.parent.mkdir(parents=True)
        lines = self._now / "lines"
        try:
            sort_to(lines, ("\t".join(cells) for cells in write(made)), self._now)
            fsync_tree(made)
            fsync_tree(lines)
            final.parent.mkdir(parents=True, exist_ok=True)
            made.rename(final)
            # Before the record: a power cut must not leave one without its unit.
            fsync_folders(final.parent, self.folder)
            lines.rename(record)
            fsync_folders(self._units, self._units)
        finally:
            _remove(self._now)  # half a unit is of no use, and the disk may be full


@contextmanager
def output(out_dir: Path, plan: dict[str, Any]) -> Iterator[Output]:
    """An Output whose folder takes the place of `out_dir` when the block ends well.

    plan: everything the bytes depend on. A run with the same plan goes on with what an earlier one has
    finished. Raises Refused while another process writes the same export, and where the disk is full.
    """
    part = out_dir.with_name(f".{out_dir.name}.part")
    try:
        out_dir.parent.mkdir(parents=True, exist_ok=True)
        with _locked(part, out_dir):
            made = Output(part)
            made.begin(plan)
            yield made
            put_in_place(made.folder, out_dir)
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise Refused(
            _(
                "%(out_dir)s cannot be written: %(problem)s. What is finished is kept in %(part)s. Make room "
                "there and export again: it goes on from there."
            )
            % {"out_dir": out_dir, "problem": error.strerror, "part": part}
        ) from error


@contextmanager
def _locked(part: Path, out_dir: Path) -> Iterator[None]:
    """Alone in `part`. Raises Refused where somebody else is."""
    lock = _lock(part)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Who was there until now may have taken the folder away, and the lock that was opened with it.
        while not _is_at(lock, part / "lock"):
            os.close(lock)
            lock = _lock(part)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise Refused(_("%(out_dir)s is being written by another process.") % {"out_dir": out_dir}) from error
    try:
        yield
    finally:
        os.close(lock)


def _lock(part: Path) -> int:
    while True:
        part.mkdir(exist_ok=True)
        try:
            return os.open(part / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except FileNotFoundError:
            continue  # taken away between the two


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _count(record: Path) -> int:
    with record.open("rb") as file:
        return sum(1 for _line in file)


def _text(plan: dict[str, Any]) -> str:
    return json.dumps(plan, sort_keys=True, default=str)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
