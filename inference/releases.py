"""Exports of a release as pictures to predict: `tfrecord`, `imagefolder` and `dryad`.

What is read: release.json (format, classes, shards), labels.tsv and the pictures. Whether an export is as
it was written is for `manage.py verify`; here, a picture whose checksum does not fit is not predicted.
"""

import csv
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from inference.errors import InputError
from inference.inputs import Picture, Source
from inference.records import parse_example, read_records

RELEASE_FILE = "release.json"
LABELS_FILE = "labels.tsv"
CHECKSUMS_FILE = "SHA256SUMS"
FORMATS = ("tfrecord", "imagefolder", "dryad")
SPLITS = ("train", "test", "validate", "survey")


class Label(NamedTuple):
    """What labels.tsv says of a picture; place: its path, or that inside the archive of its class."""

    split: str
    category: str
    place: str
    id: str
    sha256: str


def release_source(folder: Path, split: str | None = None) -> Source:
    """The pictures of one split of an export, or of all; InputError where it is not such an export.

    The order: split by split; records as they stand in the shards, files by their path.
    """
    facts = _facts(folder)
    try:
        form = facts["format"]
        names = {int(one["index"]): str(one["name"]) for one in facts["classes"]}
        slugs = {str(one["slug"]): str(one["name"]) for one in facts["classes"]}
        there = [each for each in SPLITS if any(facts["counts"].get(each, {}).values())]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{folder / RELEASE_FILE} is not that of an export: {error!r}") from error
    if form not in FORMATS:
        raise InputError(f"{folder / RELEASE_FILE}: format must be one of {', '.join(FORMATS)}, got {form!r}")
    if split is not None and split not in there:
        raise InputError(f"split must be one with pictures in {folder} ({', '.join(there)}), got {split!r}")
    splits = [split] if split else there
    begin: Callable[[int], Iterator[Picture]]
    if form == "tfrecord":
        shards = _shards(folder, facts, splits)
        pictures, begin = sum(shards.values()), partial(_from_shards, folder, shards, names)
    else:
        labels = _labels(folder, splits, "path" if form == "imagefolder" else "file")
        if unknown := {one.category for one in labels} - slugs.keys():
            raise InputError(
                f"{folder / LABELS_FILE}: category must be one of {RELEASE_FILE}, got {min(unknown)!r}"
            )
        pictures = len(labels)
        begin = partial(_from_files if form == "imagefolder" else _from_archives, folder, labels, slugs)
    what = f"split {split!r} of {folder}" if split else f"{folder}"
    return Source(
        what, pictures, _sum(folder, splits), begin, True, tuple(names[each] for each in sorted(names))
    )


def _facts(folder: Path) -> Mapping[str, Any]:
    path = folder / RELEASE_FILE
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{folder} is not an export of a release: it has no {RELEASE_FILE}") from error
    except ValueError as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    if not isinstance(facts, dict) or facts.get("vasculum_export") != 1:
        found = facts.get("vasculum_export") if isinstance(facts, dict) else facts
        raise InputError(f"{path}: vasculum_export must be 1, got {found!r}")
    return facts


def _sum(folder: Path, splits: list[str]) -> str:
    """Of the checksums of all files, and of what is chosen among them."""
    digest = hashlib.sha256(" ".join(splits).encode())
    for name in (RELEASE_FILE, CHECKSUMS_FILE):
        try:
            digest.update((folder / name).read_bytes())
        except FileNotFoundError as error:
            raise InputError(f"{folder / name} is missing; every export has one") from error
    return digest.hexdigest()


def _shards(folder: Path, facts: Mapping[str, Any], splits: list[str]) -> dict[str, int]:
    """Name of each file -> its records."""
    try:
        shards = {str(name): int(n) for split in splits for name, n in facts["shards"][split].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{folder / RELEASE_FILE}: shards do not name those of {splits}: {error!r}"
        ) from error
    for name in shards:
        _inside(folder, name)
        if not (folder / name).is_file():
            raise InputError(f"{folder / name} is missing; {RELEASE_FILE} lists it")
    return shards


def _from_shards(
    folder: Path, shards: Mapping[str, int], names: Mapping[int, str], start: int
) -> Iterator[Picture]:
    for shard, expected in shards.items():
        if start >= expected:
            start -= expected
            continue
        number = start
        for record in read_records(folder / shard, start):
            yield _from_record(f"{shard}#{number}", record, names, folder / shard)
            number += 1
        if number != expected:
            raise InputError(
                f"{folder / shard}: must hold the {expected:,} records that {RELEASE_FILE} lists, "
                f"got {number:,}"
            )
        start = 0


def _from_record(file: str, record: bytes | None, names: Mapping[int, str], shard: Path) -> Picture:
    if record is None:
        return Picture(file, fault="damaged record: its CRC-32C does not fit")
    try:
        features = parse_example(record)
    except ValueError as error:
        return Picture(file, fault=f"not a tf.train.Example: {error}")
    image, category, id = (features.get(name, [])[:1] for name in ("image", "category", "id"))
    if not (image and isinstance(image[0], bytes) and category and isinstance(category[0], int)):
        return Picture(file, fault=f"must have the features image and category, got {sorted(features)}")
    if category[0] not in names:
        raise InputError(
            f"{shard}: category of {file} must be one of {RELEASE_FILE} ({sorted(names)}), got {category[0]}"
        )
    text = id[0].decode(errors="replace") if id and isinstance(id[0], bytes) else ""
    return Picture(file, image[0], text, names[category[0]])


def _labels(folder: Path, splits: list[str], place: str) -> list[Label]:
    """Lines of the labels in the order of prediction. place: the column that says where a picture is."""
    path = folder / LABELS_FILE
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            lines = csv.reader(stream, dialect="excel-tab", strict=True)
            columns = next(lines, [])
            at = [columns.index(name) for name in ("split", "category", place, "id", "file_sha256")]
            chosen = set(splits)
            found = [Label(*(line[column] for column in at)) for line in lines if line[at[0]] in chosen]
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing; every export has one") from error
    except (ValueError, IndexError, csv.Error) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    for one in found:
        _inside(folder, one.place)
        _inside(folder, f"{one.category}.zip")
    order = {split: number for number, split in enumerate(splits)}
    return sorted(found, key=lambda one: (order[one.split], one.place))


def _inside(folder: Path, name: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise InputError(f"{folder}: files must lie inside the export, got {name!r}")


def _from_files(folder: Path, labels: list[Label], slugs: Mapping[str, str], start: int) -> Iterator[Picture]:
    for one in labels[start:]:
        yield Picture(one.place, folder / one.place, one.id, slugs[one.category], one.sha256)


def _from_archives(
    folder: Path, labels: list[Label], slugs: Mapping[str, str], start: int
) -> Iterator[Picture]:
    """Those of one archive stand behind each other, so one is open at a time."""
    archive: zipfile.ZipFile | None = None
    name = ""
    try:
        for one in labels[start:]:
            if archive is None or name != f"{one.category}.zip":
                if archive:
                    archive.close()
                name = f"{one.category}.zip"
                archive = _archive(folder / name)
            file = f"{name}#{one.place}"
            try:
                data = archive.read(one.place)
            except KeyError:
                yield Picture(file, id=one.id, truth=slugs[one.category], fault="not in the archive")
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
                yield Picture(file, id=one.id, truth=slugs[one.category], fault=f"damaged: {error}")
            else:
                yield Picture(file, data, one.id, slugs[one.category], one.sha256)
    finally:
        if archive:
            archive.close()


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing; {LABELS_FILE} names pictures in it") from error
    except zipfile.BadZipFile as error:
        raise InputError(f"{path} is damaged: {error}") from error
