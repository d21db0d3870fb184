"""Sheets with their condition: a folder with tables, or an `imagefolder` export of a release.

    FOLDER/sheets.tsv     id file label, and where known: split source year group look_alike
    FOLDER/regions.tsv    id label left top width height (parts of the upright picture, 0 to 1); may be absent

An export has pictures of 192 pixels on the short side, which is enough for models of whole sheets; tiles are
cut from full-size pictures, and so from a folder. Its splits are those of the release.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from training.data.description import RELEASE_FILE
from training.data.errors import DataError

SHEETS_FILE = "sheets.tsv"
SPLITS = ("train", "validate", "test")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. file: from the folder of the set. split: "" where it is still to be drawn. group: of the
    specimen, whose sheets must not be torn apart; "" for a sheet by itself. look_alike: what a sound sheet
    shows that may be taken for the condition."""

    id: str
    file: str
    label: str
    split: str = ""
    source: str = ""
    year: int | None = None
    group: str = ""
    look_alike: str = ""


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle that shows a condition, in parts of the upright picture."""

    label: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class SheetSet:
    """classes: the sound one first. regions: by the id of their sheet; passed_over: how many were left out as
    their sheets are sound. slugs: of the classes, where they have other ones than their names."""

    root: Path
    sheets: tuple[Sheet, ...]
    classes: tuple[str, ...]
    regions: Mapping[str, tuple[Region, ...]] = field(default_factory=dict)
    slugs: tuple[str, ...] = ()
    release: str = ""
    manifest_sha256: str = ""
    passed_over: int = 0

    def path(self, sheet: Sheet) -> Path:
        return self.root / sheet.file

    def of(self, split: str) -> list[Sheet]:
        return [one for one in self.sheets if one.split == split]

    def number(self, label: str) -> int:
        """The place of a class; 0 is the sound one."""
        return self.classes.index(label)

    @cached_property
    def sha256(self) -> str:
        """Of what is known of the sheets and of the sizes of their files, in any order: that of the manifest
        for a release."""
        if self.manifest_sha256:
            return self.manifest_sha256
        lines = [
            [
                *asdict(one).values(),
                self.path(one).stat().st_size,
                sorted(map(_cells, self.regions.get(one.id, ()))),
            ]
            for one in sorted(self.sheets, key=lambda one: one.id)
        ]
        return hashlib.sha256(json.dumps([self.classes, lines]).encode()).hexdigest()


def open_sheets(folder: Path, sound: str = "") -> SheetSet:
    """The sheets of a folder, every file of which is there.

    sound: the label of the sound class; without it "clean" or "sound" in a folder, class 0 in a release.
    Raises DataError, for rows with every fault found: file, line, rule and value.
    """
    folder = Path(folder)
    if (folder / SHEETS_FILE).is_file():
        from training.condition.sheet_tables import from_tables

        return from_tables(folder, sound)
    if (folder / RELEASE_FILE).is_file():
        return _from_release(folder, sound)
    raise DataError(
        f"{folder} must hold {SHEETS_FILE} (id, file, label, …) or be an imagefolder export "
        f"({RELEASE_FILE}); it has neither"
    )


def _from_release(folder: Path, sound: str) -> SheetSet:
    from training.data.labels import read_labels
    from training.data.release import open_release

    data = open_release(folder)
    if data.format != "imagefolder":
        raise DataError(f"{folder}: sheets are read from an imagefolder export, got {data.format!r}")
    names = [one.name for one in data.classes]
    place = 0
    if sound:
        if sound not in names:
            raise DataError(f"{folder}: the sound class must be one of {', '.join(names)}, got {sound!r}")
        place = names.index(sound)
    order = [place, *(each for each in range(len(names)) if each != place)]
    sheets = [
        Sheet(line.example.id, line.path, names[line.example.category], split, line.example.source)
        for split in data.splits
        if split in SPLITS
        for line in read_labels(data, split)
    ]
    return SheetSet(
        folder,
        tuple(sheets),
        tuple(names[each] for each in order),
        slugs=tuple(str(data.classes[each].slug) for each in order),
        release=data.release,
        manifest_sha256=data.manifest_sha256,
    )


def _cells(region: Region) -> list[object]:
    return list(asdict(region).values())
