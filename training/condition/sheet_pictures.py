"""Whole sheets at the size of a model, as a file that training maps into memory.

    FOLDER/train-256.u8     bytes (n, size, size, 3), in the order of the sheets' ids

Decoded and resized as a model folder says (`inference.preprocess`), then rounded to bytes; a sheet is decoded
once and not in each epoch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.engine import usable_threads
from inference.errors import PictureError
from inference.files import whole_file
from inference.preprocess import Preprocessing, make_preprocessing
from training.condition.sheets import Sheet, SheetSet
from training.data.errors import DataError
from training.progress import Progress


@dataclass(frozen=True)
class SheetPictures:
    """The sheets of a split. pixels: (n, size, size, 3), mapped. labels: (n,)."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    sheets: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def read(self, places: NDArray[np.int64]) -> NDArray[np.uint8]:
        return np.asarray(self.pixels[places])


def make_sheet_pictures(
    found: SheetSet, split: str, size: int, folder: Path, progress: Progress
) -> SheetPictures:
    """Make the file, or take the one that is there. Raises DataError for a picture that cannot be read."""
    sheets = sorted(found.of(split), key=lambda one: one.id)
    file = folder / f"{split}-{size}.u8"
    shape = (len(sheets), size, size, 3)
    if not file.is_file() or file.stat().st_size != int(np.prod(shape)):
        progress.begin(len(sheets), f"sheets made small ({split})")
        with whole_file(file) as temporary, temporary.open("wb") as raw:
            for pixels in _small(found, sheets, make_preprocessing(size)):
                progress.check()
                raw.write(pixels.tobytes())
                progress.advance()
    return SheetPictures(
        np.memmap(file, np.uint8, "r", shape=shape),
        np.array([found.number(one.label) for one in sheets], np.int64),
        tuple(one.id for one in sheets),
    )


def _small(
    found: SheetSet, sheets: Sequence[Sheet], preprocessing: Preprocessing
) -> Iterator[NDArray[np.uint8]]:
    """In order, a few at a time on all CPUs: decoding is what takes the time."""

    def one(sheet: Sheet) -> NDArray[np.uint8]:
        path = found.path(sheet)
        try:
            return np.rint(preprocessing(path.read_bytes())).astype(np.uint8)
        except (OSError, PictureError) as error:
            raise DataError(f"{path} (sheet {sheet.id}) cannot be read: {error}") from error

    waiting: deque[Future[NDArray[np.uint8]]] = deque()
    rest = iter(sheets)
    with ThreadPoolExecutor(usable_threads()) as pool:
        try:
            while True:
                waiting.extend(
                    pool.submit(one, each) for each in islice(rest, usable_threads() + 1 - len(waiting))
                )
                if not waiting:
                    return
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
