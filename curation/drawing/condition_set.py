"""A set of drawn sheets in balance, and its folder: JPEGs, sheets.tsv, regions.tsv.

Half of the sheets are stained; half of the sound ones have a look-alike of a stain, each kind in turn.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from curation.drawing.condition_sheet import DrawnSheet, Kind, draw_sheet
from curation.drawing.demo import write_whole
from curation.drawing.look_alikes import LOOK_ALIKES
from curation.drawing.mark import jpeg_bytes
from curation.drawing.stains import Rectangle

SHEETS, REGIONS, MADE = "sheets.tsv", "regions.tsv", "drawn.json"
SHEET_COLUMNS = ("id", "file", "label", "split", "source", "year", "look_alike", "strength")
REGION_COLUMNS = ("id", "label", "left", "top", "width", "height")
_VERSION = 1
_SEEDS_PER_SET = 1_000_000


@dataclass(frozen=True)
class Planned:
    """What the sheet at one place of a set will be."""

    seed: int
    kind: Kind
    look_alike: str | None

    def draw(self, short_side: int = 768) -> DrawnSheet:
        return draw_sheet(self.seed, kind=self.kind, look_alike=self.look_alike, short_side=short_side)


def plan(count: int, seed: int = 1) -> Iterator[Planned]:
    """`count` sheets; a larger set of the same seed begins with the smaller one."""
    if not 0 <= count <= _SEEDS_PER_SET:
        raise ValueError(f"A set has between 0 and {_SEEDS_PER_SET} sheets; got {count}.")
    if seed < 0:
        raise ValueError(f"A set's seed must be 0 or more; got {seed}.")
    return (Planned(seed * _SEEDS_PER_SET + place, *_sort(place)) for place in range(count))


def _sort(place: int) -> tuple[Kind, str | None]:
    if place % 2 == 0:
        return "contaminated", None
    if place % 4 == 1:
        return "clean", None
    return "look-alike", LOOK_ALIKES[place // 4 % len(LOOK_ALIKES)]


def _made(item: Planned, short_side: int, folder: Path) -> tuple[tuple[str, ...], list[Rectangle]]:
    """Draw one sheet into the folder; its row of sheets.tsv and the rectangles of its stains."""
    sheet = item.draw(short_side)
    facts = sheet.facts
    name = f"sheets/{facts['number']}.jpg"
    rights = f"{facts['source_name']}, {facts['licence']}"
    write_whole(folder / name, jpeg_bytes(sheet.image, 92, rights))
    row = (
        facts["number"],
        name,
        sheet.label,
        "",  # drawn by whoever trains, in balance over sources and ages
        facts["source"],
        str(facts["year"]),
        item.look_alike or "",
        f"{facts['strength']:.3f}",
    )
    return row, sheet.stains


def write_sheets(
    folder: Path | str,
    count: int,
    seed: int = 1,
    *,
    short_side: int = 768,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Draw a set into a folder; returns the folder. progress: called with (sheets drawn, sheets in all).

    The tables are written last, so where they stand the pictures are complete; a folder that holds this very
    set is left as it is. workers: processes that draw. Raises ValueError where the folder holds another set.
    """
    root = Path(folder)
    items = list(plan(count, seed))
    asked = {"version": _VERSION, "sheets": count, "seed": seed, "short_side": short_side}
    if (root / MADE).exists():
        found = json.loads((root / MADE).read_text())
        if found != asked:
            raise ValueError(f"{root} holds another set of drawn sheets: {found}; asked for was {asked}.")
        return root
    (root / "sheets").mkdir(parents=True, exist_ok=True)
    rows: list[tuple[str, ...]] = []
    regions: list[tuple[str, ...]] = []
    draw = partial(_made, short_side=short_side, folder=root)
    pool = ProcessPoolExecutor(workers, get_context("spawn")) if workers > 1 else nullcontext()
    with pool as running:
        made = running.map(draw, items, chunksize=8) if running else map(draw, items)
        for row, stains in made:
            rows.append(row)
            regions += [(row[0], row[2], *(f"{part:.5f}" for part in box)) for box in stains]
            if progress:
                progress(len(rows), count)
    write_whole(root / SHEETS, _table(SHEET_COLUMNS, rows))
    write_whole(root / REGIONS, _table(REGION_COLUMNS, regions))
    write_whole(root / MADE, (json.dumps(asked, indent=1) + "\n").encode())
    return root


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, delimiter="\t", lineterminator="\n")
    table.writerow(columns)
    table.writerows(rows)
    return text.getvalue().encode()
