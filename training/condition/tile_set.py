"""The tiles of labelled sheets as files that training maps into memory.

    FOLDER/train-00000.u8      tiles one behind the other, bytes (n, size, size, 3)
    FOLDER/train-00000.tsv     a row a tile: sheet left top right bottom entropy label; written last

A shard holds the tiles of some sheets. Shards that are there are kept, so the work can be stopped and gone on
with; they hold for one set of sheets and settings, which is what a run folder is. The pixels are removed when
the run has ended.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.errors import PictureError
from inference.files import whole_file
from inference.tiles import Tiling, open_sheet
from training.condition.labels import UNSURE, tile_labels
from training.condition.sheets import Sheet, SheetSet
from training.condition.tables import read_rows
from training.data.errors import DataError
from training.progress import Progress

SHEETS_A_SHARD = 32
COLUMNS = ("sheet", "left", "top", "right", "bottom", "entropy", "label")


@dataclass(frozen=True)
class Cut:
    """How sheets become labelled tiles. most: of a sheet and a class, 0 for all; others: see tile_labels."""

    tiling: Tiling
    most: int = 64
    covered: float = 0.5
    touched: float = 0.1
    seed: int = 89


@dataclass(frozen=True)
class TileSet:
    """The tiles of a split. pixels: one mapped array (n, size, size, 3) a shard. starts: the number of the
    first tile of each shard. labels, entropy, sheets (ids): one a tile. boxes: (n, 4), pixels."""

    pixels: tuple[NDArray[np.uint8], ...]
    starts: NDArray[np.int64]
    labels: NDArray[np.int64]
    entropy: NDArray[np.float32]
    sheets: tuple[str, ...]
    boxes: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.labels)

    def read(self, places: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The tiles at these places, copied, (n, size, size, 3)."""
        shards = np.searchsorted(self.starts, places, side="right") - 1
        return np.stack(
            [
                self.pixels[shard][place - self.starts[shard]]
                for shard, place in zip(shards, places, strict=True)
            ]
        )


def make_tile_set(found: SheetSet, split: str, cut: Cut, folder: Path, progress: Progress) -> TileSet:
    """Cut the sheets of a split, or take what is there. Memory holds the kept tiles of one sheet at a time.

    Raises DataError for a picture that cannot be read, naming it, and where no tile is kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sheets = sorted(found.of(split), key=lambda one: one.id)
    shards = [sheets[first : first + SHEETS_A_SHARD] for first in range(0, len(sheets), SHEETS_A_SHARD)]
    names = [folder / f"{split}-{number:05d}.tsv" for number in range(len(shards))]
    done = sum(len(some) for some, name in zip(shards, names, strict=True) if name.is_file())
    progress.begin(len(sheets), f"sheets cut into tiles ({split})", done=done)
    for some, name in zip(shards, names, strict=True):
        if not name.is_file():
            _write_shard(found, some, cut, name, progress)
    return read_tile_set(names, cut.tiling.size)


def read_tile_set(names: Sequence[Path], size: int) -> TileSet:
    """The tiles behind those tables. Raises DataError where table and tiles do not fit together."""
    rows: list[dict[str, str]] = []
    pixels, starts = [], []
    for name in names:
        own = [row for _, row in read_rows(name, COLUMNS)]
        expected = len(own) * size * size * 3
        file = name.with_suffix(".u8")
        if not own:
            continue
        if not file.is_file() or file.stat().st_size != expected:
            raise DataError(
                f"{file} must have {expected} bytes as {name.name} says; remove both, they are made anew"
            )
        starts.append(len(rows))
        rows += own
        pixels.append(np.memmap(file, np.uint8, "r", shape=(len(own), size, size, 3)))
    if not rows:
        where = names[0].parent if names else "the set"
        raise DataError(f"{where}: no tile has enough entropy to be looked at; lower least_entropy")
    return TileSet(
        tuple(pixels),
        np.array(starts, np.int64),
        np.array([int(row["label"]) for row in rows], np.int64),
        np.array([float(row["entropy"]) for row in rows], np.float32),
        tuple(row["sheet"] for row in rows),
        np.array([[int(row[side]) for side in COLUMNS[1:5]] for row in rows], np.int32),
    )


def _write_shard(found: SheetSet, sheets: Sequence[Sheet], cut: Cut, name: Path, progress: Progress) -> None:
    """Both files whole; the tiles are in their place before the table that counts them."""
    with (
        whole_file(name) as table,
        whole_file(name.with_suffix(".u8")) as tiles,
        table.open("w", encoding="utf-8", newline="") as file,
        tiles.open("wb") as raw,
    ):
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        for sheet in sheets:
            progress.check()
            for tile, row in _tiles(found, sheet, cut):
                raw.write(tile.tobytes())
                writer.writerow(row)
            progress.advance()


def _tiles(found: SheetSet, sheet: Sheet, cut: Cut) -> Iterator[tuple[NDArray[np.uint8], list[Any]]]:
    """The tiles of a sheet that are taken, in their order: of a class those with the lowest drawn numbers."""
    path = found.path(sheet)
    taken: dict[int, list[tuple[str, int, NDArray[np.uint8], list[Any]]]] = {}
    number = 0
    try:
        opened = open_sheet(path)
        for some in opened.tiles(cut.tiling):
            size = (opened.width, opened.height)
            labels = tile_labels(found, sheet, some.boxes, size, covered=cut.covered, touched=cut.touched)
            for place in np.flatnonzero(some.kept & (labels != UNSURE)):
                box = some.boxes[place].tolist()
                drawn = hashlib.sha256(f"{cut.seed}:{sheet.id}:{box}".encode()).hexdigest()
                row = [sheet.id, *box, f"{some.entropy[place]:.4f}", int(labels[place])]
                own = taken.setdefault(int(labels[place]), [])
                own.append((drawn, number, some.pixels[place].copy(), row))
                number += 1
                if cut.most and len(own) > cut.most:
                    del own[max(range(len(own)), key=lambda each: own[each][:2])]
    except (OSError, PictureError) as error:
        raise DataError(f"{path} (sheet {sheet.id}) cannot be read: {error}") from error
    for _, _, pixels, row in sorted((one for own in taken.values() for one in own), key=lambda one: one[1]):
        yield pixels, row


def counts_of(labels: NDArray[np.int64], slugs: Sequence[str]) -> Mapping[str, int]:
    """Tiles of each class."""
    return {slug: int((labels == number).sum()) for number, slug in enumerate(slugs)}
