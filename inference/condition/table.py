"""The table of screened sheets, one row a sheet, and a file for each sheet with its tiles."""

import csv
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from inference.errors import InputError
from inference.files import whole_file
from inference.table import line

HEATMAP, TILES = ".png", ".npz"  # what a sheet's file is called besides its own name
UNREADABLE, BLANK, SMALL = "unreadable", "blank", "small"
PROBLEMS = ("", UNREADABLE, BLANK, SMALL)


@dataclass(frozen=True)
class SheetRow:
    """A sheet of the table; None where there is nothing to say.

    width, height: of the upright picture, pixels. tiles: how many it has; kept: how many of them were looked
    at. entropy: of the sheet in grey, bits. sound_mean, condition_share, condition_max: see
    :class:`inference.condition.scores.SheetSummary`. sheet_sound: P(sound) by the model that sees the whole
    sheet. hottest_*: the tile with the largest 1 - P(sound), in pixels, right and bottom exclusive.
    condition: the likeliest condition of that tile. problem: one of ``PROBLEMS``.
    """

    file: str
    id: str = ""
    sha256: str = ""
    width: int | None = None
    height: int | None = None
    tiles: int | None = None
    kept: int | None = None
    entropy: float | None = None
    sound_mean: float | None = None
    condition_share: float | None = None
    condition_max: float | None = None
    sheet_sound: float | None = None
    hottest_left: int | None = None
    hottest_top: int | None = None
    hottest_right: int | None = None
    hottest_bottom: int | None = None
    condition: str = ""
    problem: str = ""

    @property
    def hottest(self) -> tuple[int, int, int, int] | None:
        """Left, top, right and bottom."""
        box = (self.hottest_left, self.hottest_top, self.hottest_right, self.hottest_bottom)
        return None if None in box else box  # type: ignore[return-value]


COLUMNS = tuple(field.name for field in fields(SheetRow))
_NUMBERS = {field.name: int if "int" in str(field.type) else float for field in fields(SheetRow)
            if "None" in str(field.type)}  # fmt: skip


def head() -> bytes:
    return line(COLUMNS)


def row_line(row: SheetRow) -> bytes:
    return line([_cell(getattr(row, name)) for name in COLUMNS])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def read_table(path: Path) -> Iterator[SheetRow]:
    """The rows of a table. Raises InputError for another header or a cell that is no number."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        rows = csv.reader(stream, dialect="excel-tab", strict=True)
        if (found := next(rows, [])) != list(COLUMNS):
            raise InputError(f"{path}: the columns must be {', '.join(COLUMNS)}, got {', '.join(found)}")
        for cells in rows:
            yield _row(path, rows.line_num, cells)


def _row(path: Path, number: int, cells: Sequence[str]) -> SheetRow:
    if len(cells) != len(COLUMNS):
        raise InputError(f"{path}, line {number}: must have {len(COLUMNS)} cells, got {len(cells)}")
    values: dict[str, Any] = dict(zip(COLUMNS, cells, strict=True))
    for name, kind in _NUMBERS.items():
        try:
            values[name] = kind(values[name]) if values[name] else None
        except ValueError as error:
            raise InputError(
                f"{path}, line {number}: {name} must be a number, got {values[name]!r}"
            ) from error
    if values["problem"] not in PROBLEMS:
        raise InputError(f"{path}, line {number}: problem must be one of {PROBLEMS}, got {cells[-1]!r}")
    return SheetRow(**values)


@dataclass(frozen=True)
class TileScores:
    """All tiles of a sheet, row by row.

    classes: K names, in the order of the model. sound: index of the sound one. size: width and height of the
    upright picture. boxes: (n, 4) int32 left, top, right, bottom. entropy: (n,) float32 bits. kept: (n,)
    bool. probabilities: (n, K) float32, NaN for a tile that was not kept.
    """

    classes: tuple[str, ...]
    sound: int
    size: tuple[int, int]
    boxes: NDArray[np.int32]
    entropy: NDArray[np.float32]
    kept: NDArray[np.bool_]
    probabilities: NDArray[np.float32]

    @property
    def condition(self) -> NDArray[np.float32]:
        """(n,) 1 - P(sound)."""
        return np.float32(1) - self.probabilities[:, self.sound]


def beside(folder: Path, file: str, suffix: str) -> Path:
    """Where the file of a sheet is: its name as the table has it, with ``HEATMAP`` or ``TILES`` behind.

    Raises InputError for a name that leads out of the folder.
    """
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts:
        raise InputError(f"file must be a path below a folder, got {file!r}")
    return folder / f"{file}{suffix}"


def write_tiles(path: Path, scores: TileScores) -> None:
    """Write a sheet's tiles as npz; whole or not at all."""
    with whole_file(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream,
            classes=np.array(scores.classes),
            sound=np.int32(scores.sound),
            size=np.array(scores.size, np.int32),
            boxes=scores.boxes,
            entropy=scores.entropy,
            kept=scores.kept,
            probabilities=scores.probabilities,
        )


def read_tiles_of(path: Path) -> TileScores:
    """A sheet's tiles. Raises InputError for a file that is damaged or something else; OSError."""
    try:
        with np.load(path, allow_pickle=False) as found:
            scores = TileScores(
                tuple(found["classes"].tolist()),
                int(found["sound"]),
                (int(found["size"][0]), int(found["size"][1])),
                found["boxes"],
                found["entropy"],
                found["kept"],
                found["probabilities"],
            )
    except (ValueError, KeyError, TypeError, IndexError, EOFError, BadZipFile, zlib.error) as error:
        raise InputError(
            f"{path} must be the tiles of a screened sheet, it cannot be read: {error}"
        ) from error
    n = len(scores.boxes)
    shapes = (scores.boxes.shape, scores.entropy.shape, scores.kept.shape, scores.probabilities.shape)
    if shapes != ((n, 4), (n,), (n,), (n, len(scores.classes))):
        raise InputError(f"{path}: boxes, entropy, kept and probabilities must agree in length, got {shapes}")
    return scores
