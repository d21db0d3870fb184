"""Which pictures of a sample cannot be read: asked once, before days of training end at one of them."""

from __future__ import annotations

import csv
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from inference.errors import PictureError
from inference.preprocess import decode_rgb
from training.progress import Progress
from training.reports import write_text
from training.reports.tables import table
from training.representation.records import Catalogue


def unreadable(catalogue: Catalogue, ids: Sequence[str], file: Path, progress: Progress) -> dict[str, str]:
    """Why, by id. Written to `file` (id, file, why), and read from there where it is."""
    if file.is_file():
        with file.open(encoding="utf-8", newline="") as lines:
            return {row["id"]: row["why"] for row in csv.DictReader(lines, delimiter="\t")}
    progress.begin(len(ids))
    found = {}
    for id, why in _looked(catalogue, ids):
        progress.check()
        progress.advance()
        if why:
            found[id] = why
    write_text(file, table(["id", "file", "why"], ([id, catalogue[id].file, found[id]] for id in found)))
    return found


def _looked(catalogue: Catalogue, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    workers = os.cpu_count() or 1
    waiting: deque[tuple[str, Future[str]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for id in ids:
                waiting.append((id, pool.submit(_why, catalogue.path(id))))
                if len(waiting) > 8 * workers:
                    first, future = waiting.popleft()
                    yield first, future.result()
            for first, future in waiting:
                yield first, future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _why(path: Path) -> str:
    try:
        decode_rgb(path.read_bytes())
    except PictureError as error:
        return str(error)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    return ""
