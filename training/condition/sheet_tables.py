"""The tables of a folder of sheets, with every faulty row named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from training.condition.sheets import SHEETS_FILE, SPLITS, Region, Sheet, SheetSet
from training.condition.tables import Faults, read_rows
from training.data.errors import DataError

REGIONS_FILE = "regions.tsv"
SOUND = ("clean", "sound")  # what the sound class is called where nobody says it


def from_tables(folder: Path, sound: str) -> SheetSet:
    path = folder / SHEETS_FILE
    faults = Faults(path)
    sheets: dict[str, Sheet] = {}
    for line, row in read_rows(path, ("id", "file", "label")):
        with faults.of(line):
            sheet = _sheet(folder, row)
            if sheet.id in sheets:
                raise ValueError(f"id must be there once, got {sheet.id!r} again")
            sheets[sheet.id] = sheet
    faults.tell()
    if not sheets:
        raise DataError(f"{path} must have at least one sheet, it has none")
    splits = {one.split for one in sheets.values()}
    if "" in splits and len(splits) > 1:
        raise DataError(f"{path}: either every sheet has a split or none has one, here some have")
    classes = _classes(path, sorted({one.label for one in sheets.values()}), sound)
    regions, passed_over = _regions(folder, sheets, classes)
    return SheetSet(folder, tuple(sheets.values()), classes, regions, passed_over=passed_over)


def _sheet(folder: Path, row: Mapping[str, str]) -> Sheet:
    for name in ("id", "file", "label"):
        if not row[name]:
            raise ValueError(f"{name} must not be empty")
    file = Path(row["file"])
    if file.is_absolute() or ".." in file.parts:
        raise ValueError(f"file must be inside the folder, got {row['file']!r}")
    if not (folder / file).is_file():
        raise ValueError(f"file must be there, got {row['file']!r}")
    split = row.get("split", "")
    if split not in ("", *SPLITS):
        raise ValueError(f"split must be empty or one of {', '.join(SPLITS)}, got {split!r}")
    year = row.get("year", "")
    if year and not (year.isdecimal() and 1000 <= int(year) <= 9999):
        raise ValueError(f"year must be empty or four digits, got {year!r}")
    return Sheet(
        row["id"],
        row["file"],
        row["label"],
        split,
        row.get("source", ""),
        int(year) if year else None,
        row.get("group", ""),
        row.get("look_alike", ""),
    )


def _classes(path: Path, labels: Sequence[str], sound: str) -> tuple[str, ...]:
    known = sound or next((one for one in SOUND if one in labels), "")
    if known not in labels:
        asked = repr(sound) if sound else "none"
        raise DataError(
            f"{path}: the sound class must be one of {', '.join(labels)}, got {asked}; name it (sound)"
        )
    return (known, *(one for one in labels if one != known))


def _regions(
    folder: Path, sheets: Mapping[str, Sheet], classes: Sequence[str]
) -> tuple[dict[str, tuple[Region, ...]], int]:
    """The regions by sheet, and how many were passed over: those on sheets that are sound, for the label of a
    sheet, which people have agreed on, says more than a rectangle that one of them has drawn."""
    path = folder / REGIONS_FILE
    found: dict[str, list[Region]] = {}
    passed_over = 0
    if not path.is_file():
        return {}, 0
    faults = Faults(path)
    for line, row in read_rows(path, ("id", "label", "left", "top", "width", "height")):
        with faults.of(line):
            if row["id"] not in sheets:
                raise ValueError(f"id must be that of a sheet, got {row['id']!r}")
            if row["label"] not in classes[1:]:
                raise ValueError(f"label must be one of {', '.join(classes[1:])}, got {row['label']!r}")
            region = _region(row)
            if sheets[row["id"]].label == classes[0]:
                passed_over += 1
            else:
                found.setdefault(row["id"], []).append(region)
    faults.tell()
    return {id: tuple(each) for id, each in found.items()}, passed_over


def _region(row: Mapping[str, str]) -> Region:
    values = {name: float(row[name]) for name in ("left", "top", "width", "height")}
    for start, size in (("left", "width"), ("top", "height")):
        # Rounded figures may end a hair behind the edge.
        if not (
            0 <= values[start] < 1 and 0 < values[size] <= 1 and values[start] + values[size] <= 1 + 1e-6
        ):
            raise ValueError(
                f"{start} and {size} must lie within 0 to 1, got {values[start]:g} and {values[size]:g}"
            )
    return Region(row["label"], **values)
