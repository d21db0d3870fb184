"""What an exported release says of itself in release.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inference.folder import ModelClass
from training.data.errors import DataError, read_text

RELEASE_FILE = "release.json"
FORM = 1  # version of the layout of exports
FORMATS = ("tfrecord", "imagefolder")
SPLIT_FOLDERS = {"train": "train", "test": "test", "validate": "validation", "survey": "survey"}


@dataclass(frozen=True)
class ReleaseData:
    """An exported release.

    classes: in the order of a model's outputs. counts: split -> slug -> pictures. files: split -> shards, or
    folders of its classes in their order. records: shard -> records. sha256: file (as SHA256SUMS names it) ->
    SHA-256, of the shards, or of the table of labels, which has the sum of each picture.
    """

    folder: Path
    format: str
    release: str
    manifest_sha256: str
    classes: tuple[ModelClass, ...]
    counts: Mapping[str, Mapping[str, int]]
    files: Mapping[str, tuple[Path, ...]]
    records: Mapping[str, int] = field(default_factory=dict)
    side: int | None = None
    sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that have pictures."""
        return tuple(split for split, each in self.counts.items() if sum(each.values()))

    def size(self, split: str) -> int:
        """Pictures of a split; DataError for one that the release does not have."""
        if split not in self.counts:
            raise DataError(
                f"{self.folder / RELEASE_FILE}: split must be one of {', '.join(self.counts)}, got {split!r}"
            )
        return sum(self.counts[split].values())

    def class_counts(self, split: str) -> list[int]:
        """Pictures of each class of a split, in the order of the classes; 0 for one without."""
        self.size(split)
        return [self.counts[split].get(str(one.slug), 0) for one in self.classes]

    def check_split(self, split: str) -> None:
        """DataError unless the release has the split and pictures in it."""
        if not self.size(split):
            raise DataError(
                f"{self.folder / RELEASE_FILE}: split {split!r} must have pictures, it has none "
                f"(there are some in {', '.join(self.splits) or 'no split'})"
            )

    def check_counts(self, split: str, found: Mapping[int, int]) -> None:
        """DataError unless the shards of the split hold of each class what release.json says."""
        for index, expected in enumerate(self.class_counts(split)):
            if found.get(index, 0) != expected:
                raise DataError(
                    f"{self.folder}: the shards of {split!r} must hold {expected} pictures of "
                    f"{self.classes[index].slug!r}, they hold {found.get(index, 0)}"
                )


def read_description(folder: Path) -> ReleaseData:
    """Read release.json and check that it makes sense. Raises DataError naming the file, rule and value."""
    return _parsed(folder, _facts(folder / RELEASE_FILE))


def _facts(path: Path) -> Mapping[str, Any]:
    try:
        facts = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise DataError(f"{path} must be JSON: {error}") from error
    if not isinstance(facts, dict) or facts.get("vasculum_export") != FORM:
        got = facts.get("vasculum_export") if isinstance(facts, dict) else facts
        raise DataError(f"{path}: vasculum_export must be {FORM}, got {got!r}")
    if facts.get("format") not in FORMATS:
        raise DataError(f"{path}: format must be {' or '.join(FORMATS)}, got {facts.get('format')!r}")
    return facts


def _parsed(folder: Path, facts: Mapping[str, Any]) -> ReleaseData:
    path = folder / RELEASE_FILE
    try:
        classes = _classes(path, facts["classes"])
        counts = {
            split: {slug: int(n) for slug, n in each.items()} for split, each in facts["counts"].items()
        }
        _check_counts(path, classes, counts)
        tfrecord = facts["format"] == "tfrecord"
        shards: Mapping[str, Mapping[str, int]] = facts["shards"] if tfrecord else {}
        if tfrecord:
            files = {split: tuple(folder / _inside(path, n) for n in each) for split, each in shards.items()}
        else:
            folders = {slug: _inside(path, name) for slug, name in facts["folders"].items()}
            files = {
                split: tuple(
                    folder / SPLIT_FOLDERS[split] / folders[str(one.slug)]
                    for one in classes
                    if one.slug in each
                )
                for split, each in counts.items()
            }
        data = ReleaseData(
            folder=folder,
            format=facts["format"],
            release=str(facts["release"]),
            manifest_sha256=str(facts["manifest_sha256"]),
            classes=classes,
            counts=counts,
            files=files,
            records={name: int(n) for each in shards.values() for name, n in each.items()},
            side=int(facts["side"]) if tfrecord else None,
        )
    except DataError:
        raise
    except KeyError as error:
        raise DataError(f"{path}: {error.args[0]!r} is missing") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{path}: {error}") from error
    for split in data.splits if tfrecord else ():
        records = sum(shards.get(split, {}).values())
        if records != data.size(split):
            raise DataError(
                f"{path}: the shards of {split!r} must hold its {data.size(split)} pictures, "
                f"they hold {records}"
            )
    return data


def _classes(path: Path, listed: Sequence[Mapping[str, Any]]) -> tuple[ModelClass, ...]:
    for place, one in enumerate(listed):
        if one["index"] != place:
            raise DataError(
                f"{path}: the classes must have the indices 0 to {len(listed) - 1} in this order, "
                f"classes[{place}] ({one['slug']}) has {one['index']!r}; "
                "an export of some licences only leaves out a class that has no pictures under them"
            )
    slugs = [one["slug"] for one in listed]
    if (
        not slugs
        or len(set(slugs)) != len(slugs)
        or not all(isinstance(each, str) and each for each in slugs)
    ):
        raise DataError(f"{path}: the slugs of the classes must be at least one and distinct, got {slugs!r}")
    return tuple(ModelClass(name=str(one["name"]), slug=one["slug"]) for one in listed)


def _check_counts(path: Path, classes: Sequence[ModelClass], counts: Mapping[str, Mapping[str, int]]) -> None:
    known = {one.slug for one in classes}
    for split, each in counts.items():
        for slug, n in each.items():
            if slug not in known or n < 1:
                raise DataError(
                    f"{path}: counts must give 1 or more for classes of the release, "
                    f"got {slug!r}: {n} for {split!r}"
                )


def _inside(path: Path, name: str) -> str:
    """A description may come from anywhere; it must not point outside its folder."""
    if not name or "/" in name or "\\" in name or name in (".", ".."):
        raise DataError(f"{path}: names of files must be without folders, got {name!r}")
    return name
