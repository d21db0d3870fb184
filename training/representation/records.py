"""One record a picture: what it is of, and where it stands.

No TensorFlow and no pictures are read here: a catalogue of two million records is names only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from training.data.errors import DataError

LEVELS = ("species", "genus", "family", "order")
FIELDS = ("id", "file", *LEVELS, "source")


@dataclass(frozen=True, slots=True)
class Record:
    """A picture. file: from the root of the catalogue. What is not known is ""."""

    id: str
    file: str
    species: str = ""
    genus: str = ""
    family: str = ""
    order: str = ""
    source: str = ""


@dataclass(frozen=True)
class Catalogue:
    """Pictures by id. notes: what was left out on reading, in words."""

    root: Path
    records: tuple[Record, ...]
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    @cached_property
    def _by_id(self) -> Mapping[str, Record]:
        return {one.id: one for one in self.records}

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    def __getitem__(self, id: str) -> Record:
        """The record of a picture; KeyError where there is none."""
        return self._by_id[id]

    def of(self, ids: Iterable[str]) -> Catalogue:
        """Those pictures, in that order; DataError for an id that is not there."""
        found = []
        for id in ids:
            if id not in self._by_id:
                raise DataError(f"{self.root}: id must be of a picture of the catalogue, got {id!r}")
            found.append(self._by_id[id])
        return Catalogue(self.root, tuple(found))

    def labels(self, ids: Iterable[str], level: str) -> list[str]:
        """The name at `level` of each of those pictures, "" where it is not known."""
        if level not in LEVELS:
            raise DataError(f"level must be one of {', '.join(LEVELS)}, got {level!r}")
        return [getattr(one, level) for one in self.of(ids)]

    def path(self, id: str) -> Path:
        return self.root / self[id].file

    @cached_property
    def sha256(self) -> str:
        """Of all records, whatever their order: two catalogues that say the same have the same."""
        digest = hashlib.sha256()
        for one in sorted(self.records, key=lambda record: record.id):
            digest.update("\t".join(getattr(one, name) for name in FIELDS).encode() + b"\n")
        return digest.hexdigest()


def whole(root: Path, records: Iterable[Record], where: str, notes: tuple[str, ...] = ()) -> Catalogue:
    """A catalogue of those records; DataError for none, an id without letters, or one that comes twice."""
    found = tuple(records)
    seen: set[str] = set()
    for place, one in enumerate(found, 1):
        if not one.id or not one.id.isprintable():
            raise DataError(f"{where}: picture {place} must have a printable id, got {one.id!r}")
        if one.id in seen:
            raise DataError(
                f"{where}: every id must be there once, {one.id!r} comes again at picture {place}"
            )
        seen.add(one.id)
    if not found:
        raise DataError(f"{where} must have pictures, it has none")
    return Catalogue(Path(root), found, notes)


def inside(name: str, where: str) -> str:
    """A name of a file that stays in its folder; DataError for another."""
    path = PurePosixPath(name)
    if not name or "\\" in name or path.is_absolute() or ".." in path.parts:
        raise DataError(f"{where}: file must be a path below the folder, got {name!r}")
    return path.as_posix()
