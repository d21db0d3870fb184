"""The folder that an export is written into: whole or not at all, and what is finished outlives a kill.

An export is made of units, files or folders that follow from the release alone. They are written beside the
final place, in `.NAME.part`; one that is finished is kept with its lines of the labels table, so that the
next run begins where this one ended and ends with the same bytes.
"""

from __future__ import annotations

import fcntl
import heapq
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.services.progress import Progress
from inference.files import fsync_tree, put_in_place, whole_file

PLAN = "plan.json"


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
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            for path in (self.folder, self._units):
                path.mkdir()
            with whole_file(self.part / PLAN) as file:
                file.write_text(_text(plan))
        shutil.rmtree(self._now, ignore_errors=True)

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
        with ExitStack() as stack:
            files = [
                stack.enter_context(path.open(encoding="utf-8")) for path in sorted(self._units.iterdir())
            ]
            for line in heapq.merge(*files):
                yield line.removesuffix("\n").split("\t")

    def _write(self, name: str, write: Callable[[Path], Iterable[Sequence[str]]], record: Path) -> None:
        final = self.folder / name
        _remove(final)  # finished, but its record was not: the process was killed between the two
        shutil.rmtree(self._now, ignore_errors=True)
        self._now.mkdir()
        made = self._now / final.name
        lines = sorted("\t".join(cells) for cells in write(made))
        fsync_tree(made)
        final.parent.mkdir(parents=True, exist_ok=True)
        made.rename(final)
        with whole_file(record) as file, file.open("w", encoding="utf-8") as out:
            out.writelines(f"{line}\n" for line in lines)


@contextmanager
def output(out_dir: Path, plan: dict[str, Any]) -> Iterator[Output]:
    """An Output whose folder takes the place of `out_dir` when the block ends well.

    plan: everything the bytes depend on. A run with the same plan goes on with what an earlier one has
    finished. Raises Refused while another process writes the same export.
    """
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    part = out_dir.with_name(f".{out_dir.name}.part")
    part.mkdir(exist_ok=True)
    lock = os.open(part / "lock", os.O_RDWR | os.O_CREAT)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(
                _("%(out_dir)s is being written by another process.") % {"out_dir": out_dir}
            ) from error
        made = Output(part)
        made.begin(plan)
        yield made
        put_in_place(made.folder, out_dir)
        shutil.rmtree(part, ignore_errors=True)
    finally:
        os.close(lock)


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
