"""Screens a whole collection into a table: order kept, memory flat, goes on where it was interrupted."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.condition.sheet import Screened, Screener
from inference.condition.table import head, row_line
from inference.condition.tile_model import TileModel
from inference.engine import load_engine, usable_threads
from inference.files import sha256_of
from inference.folder import DESCRIPTION_FILE, ModelFolder
from inference.inputs import Source
from inference.part import Part
from inference.predict import in_order
from inference.table import Counts
from inference.tiles import Tiling

BATCH = 32  # tiles a network call
SCREENED = "screened"  # the problem of a sheet that has none, where problems are counted


@dataclass(frozen=True)
class Report:
    """What came of a run.

    sheets: in the table. before: those that an earlier run had done. problems: how many of each of
    ``table.PROBLEMS``, "" as ``SCREENED``. unreadable: file and reason. seconds: that this run took.
    """

    sheets: int
    before: int
    problems: Counter[str]
    unreadable: list[tuple[str, str]]
    seconds: float

    @property
    def per_minute(self) -> float:
        return 60 * (self.sheets - self.before) / max(self.seconds, 1e-9)


def screen(
    model: TileModel,
    sheet_model: ModelFolder | None,
    pictures: Source,
    output: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    tiling: Tiling | None = None,
    heatmaps: Path | None = None,
    tiles: Path | None = None,
    batch: int = BATCH,
    threads: int | None = None,
    backend: str | None = None,
    fresh: bool = False,
) -> Report:
    """Screen every picture into the table ``output``, a row each in their order; see ``table.SheetRow``.

    sheet_model: one that sees whole sheets, for a column of its own. progress: called with the sheets done
    and all of them, before the first and after each; what it raises ends the run. tiling: other than the
    model's, of the same size. heatmaps, tiles: folders for a picture and a file of tiles of each sheet, named
    as ``table.beside`` has it. batch: tiles a network call. threads: sheets under way at once, each decoded
    into three bytes a pixel.

    Until it is whole, the table is in ``output`` + ``.part``. The same call goes on from there and ends with
    the same bytes; ``fresh`` begins anew. Pictures that cannot be read have a row that says so; the reasons
    are in ``inference.table.errors_file``. Raises InputError, ModelError, OSError.
    """
    tiling = tiling or model.tiling
    threads = threads or usable_threads()
    options = {
        "tiling": tiling.describe(),
        "tiles_a_call": batch,
        "backend": backend,
        "heatmaps": heatmaps and str(heatmaps),
        "tiles": tiles and str(tiles),
    }
    described = {
        "tile model": _described(model.folder),
        "sheet model": sheet_model and _described(sheet_model),
        "input": {"pictures": pictures.pictures, "listing": pictures.sha256},
        "options": options,
    }
    begun = time.perf_counter()
    with Part(output, described, fresh=fresh) as part:
        before = part.pictures
        progress(before, pictures.pictures)
        if before < pictures.pictures:
            engine = load_engine(model.folder, batch=batch, threads=threads, backend=backend)
            whole = (
                load_engine(sheet_model, batch=1, threads=threads, backend=backend) if sheet_model else None
            )
            screener = Screener(model, tiling, engine, whole, heatmaps=heatmaps, tiles=tiles)
            begun = time.perf_counter()
            for screened in in_order(screener, pictures.begin(before), threads):
                _add(part, screened)
                progress(part.pictures, pictures.pictures)
        part.finish(head())
        return Report(
            part.pictures,
            before,
            part.counts.predicted.get(SCREENED, Counter()),
            part.unreadable,
            time.perf_counter() - begun,
        )


def _add(part: Part, screened: Screened) -> None:
    row = screened.row
    unreadable = [(row.file, screened.error)] if screened.error is not None else []
    part.add(1, row_line(row), unreadable, Counts({SCREENED: Counter([row.problem or SCREENED])}))


def _described(folder: ModelFolder) -> dict[str, Any]:
    return {"name": folder.name, "model.json": sha256_of(folder.path / DESCRIPTION_FILE)}
