"""An exported release as training data: what it holds, and that all of it is there.

Both formats that a network can be trained on are read: `tfrecord` and `imagefolder`. Importing this module
needs no TensorFlow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from inference.files import sha256_of
from inference.folder import ModelClass
from training.data.description import RELEASE_FILE, ReleaseData, read_description
from training.data.errors import DataError, read_text
from training.data.examples import Example, examples
from training.data.labels import LABELS_FILE, read_labels

__all__ = ["DataError", "Example", "ReleaseData", "check_classes", "examples", "open_release"]

CHECKSUMS_FILE = "SHA256SUMS"
_SUM = re.compile(r"([0-9a-f]{64})  ([^\n]+)")


def open_release(folder: Path, *, splits: Iterable[str] | None = None, verify: bool = False) -> ReleaseData:
    """Read an export, and check that the class order is whole and every file listed and there.

    splits: those to be used, by default all that have pictures. verify: compare the SHA-256 of their files
    with SHA256SUMS, too. Raises DataError naming the file, the rule and the value.
    """
    folder = Path(folder)
    data = read_description(folder)
    used = list(data.splits if splits is None else splits)
    for split in used:
        data.check_split(split)
    sums = read_checksums(folder / CHECKSUMS_FILE)
    if data.format == "tfrecord":
        needed = [shard.relative_to(folder).as_posix() for split in used for shard in data.files[split]]
        kept = needed
    else:
        pictures = (line.path for split in used for line in read_labels(data, split))
        needed, kept = [LABELS_FILE, *pictures], [LABELS_FILE]
    there = _names(folder, needed)
    for name in needed:
        if name not in sums:
            raise DataError(f"{folder / CHECKSUMS_FILE} must list every file, {name} is not in it")
        if name not in there:
            raise DataError(f"{folder / name} is missing; {folder / CHECKSUMS_FILE} lists it")
    if verify:
        for name in [RELEASE_FILE, *needed]:
            _check_sum(folder / name, sums.get(name, ""))
    return replace(data, sha256={name: sums[name] for name in kept})


def check_classes(data: ReleaseData, classes: Sequence[ModelClass | str], what: str = "the model") -> None:
    """DataError naming the first class that differs between a release and a model (or a list of slugs or
    names): a wrong order would give every picture a wrong name."""
    for index, (own, other) in enumerate(zip(data.classes, classes, strict=False)):
        if isinstance(other, str):
            same = other in (own.slug, own.name)
        elif other.slug:
            same = other.slug == own.slug
        else:
            same = other.name == own.name
        if not same:
            got = other if isinstance(other, str) else other.slug or other.name
            raise DataError(
                f"{data.folder / RELEASE_FILE}: class {index} must be the same in the release and in {what}; "
                f"the release has {own.slug!r} ({own.name}), {what} has {got!r}"
            )
    if len(data.classes) != len(classes):
        raise DataError(
            f"{data.folder / RELEASE_FILE}: the release has {len(data.classes)} classes, "
            f"{what} has {len(classes)}"
        )


def read_checksums(path: Path) -> dict[str, str]:
    """Name -> SHA-256, of a file as `sha256sum` writes it."""
    found = {}
    for number, line in enumerate(read_text(path).removesuffix("\n").split("\n"), 1):
        match = _SUM.fullmatch(line)
        if match is None:
            raise DataError(f"{path}: line {number} must be a checksum, two spaces and a name, got {line!r}")
        found[match[2]] = match[1]
    return found


def _names(folder: Path, needed: Iterable[str]) -> set[str]:
    """Those of the wanted files that are there: a folder is listed once, whatever number of files it has."""
    places = {name.rpartition("/")[0] for name in needed}
    return {
        f"{place}/{entry.name}" if place else entry.name
        for place in places
        if (folder / place).is_dir()
        for entry in (folder / place).iterdir()
    }


def _check_sum(path: Path, expected: str) -> None:
    found = sha256_of(path)
    if found != expected:
        raise DataError(
            f"{path}: SHA-256 must be {expected or 'listed'}, got {found} ({path.stat().st_size} bytes); "
            "the file was changed or damaged, export the release again"
        )
