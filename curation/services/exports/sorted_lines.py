"""Lines of text in order, any number of them: sorted in parts on disk, never all in memory."""

from __future__ import annotations

import heapq
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from curation.services.exports.pictures import chunks

TOGETHER = 20_000  # lines sorted in memory
MOST_OPEN = 100  # files merged at once; a process may have few more open


def sort_to(path: Path, lines: Iterable[str], work: Path) -> None:
    """Write the lines, which have no line feeds, to `path` in their order, one line each. work: a folder for
    files in between; they stay there."""
    parts: list[Path] = []
    ended = (f"{line}\n" for line in lines)
    last: list[str] = []
    for some in chunks(ended, TOGETHER):
        if last:
            parts.append(_stored(last, work / f"sorted-{len(parts)}"))
        last = sorted(some)
    with path.open("w", encoding="utf-8") as out:
        if parts:
            parts.append(_stored(last, work / f"sorted-{len(parts)}"))
            out.writelines(merged(parts, work))
        else:
            out.writelines(last)


def merged(paths: Sequence[Path], work: Path) -> Iterator[str]:
    """The lines of sorted files in order, with their line feeds. work: a folder for files in between; they
    are gone in the end."""
    if len(paths) <= MOST_OPEN:
        yield from _merged(paths)
        return
    folder = Path(tempfile.mkdtemp(prefix="merged-", dir=work))
    try:
        fewer = [
            _stored(_merged(some), folder / str(number))
            for number, some in enumerate(chunks(paths, MOST_OPEN))
        ]
        yield from merged(fewer, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _merged(paths: Sequence[Path]) -> Iterator[str]:
    with ExitStack() as stack:
        yield from heapq.merge(*(stack.enter_context(path.open(encoding="utf-8")) for path in paths))


def _stored(lines: Iterable[str], path: Path) -> Path:
    with path.open("w", encoding="utf-8") as out:
        out.writelines(lines)
    return path
