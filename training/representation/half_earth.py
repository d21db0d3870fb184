"""The layout of the Herbarium 2021 Half-Earth challenge, https://arxiv.org/abs/2105.13808.

metadata.json has the form of COCO: `images` (id, file_name), `annotations` (image_id, category_id,
institution_id), `categories` (id, name, family, order; a category is a species), `institutions` (id, name).
Pictures stand below the folder of the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from training.data.errors import DataError
from training.representation.names import parts_of
from training.representation.records import Catalogue, Record, inside, whole

METADATA_FILE = "metadata.json"

# The tables of institutions of several years of the challenge call them differently.
INSTITUTION_NAMES = ("name", "collectionCode", "institutionCode", "code")


def read_half_earth(path: Path) -> Catalogue:
    """Read a folder with metadata.json, or such a file. The id of a picture is that of its image, as text.

    Family, order, institutions and all other fields may be absent; pictures without an annotation (those of
    the challenge's own test set) are left out and counted in the notes. Raises DataError naming the file, the
    entry, the rule and the value.
    """
    file = path / METADATA_FILE if path.is_dir() else path
    found = _read(file)
    taxa = {_id(one, "id", where): _taxon(one, where) for where, one in _entries(found, "categories", file)}
    sources = {
        _id(one, "id", where): _institution(one, where)
        for where, one in (_entries(found, "institutions", file) if "institutions" in found else ())
    }
    labels: dict[str, tuple[str, str]] = {}
    for where, one in _entries(found, "annotations", file):
        image, category = _id(one, "image_id", where), _id(one, "category_id", where)
        if image in labels:
            raise DataError(f"{where}: image_id must be annotated once, {image!r} comes again")
        if category not in taxa:
            raise DataError(f"{where}: category_id must be of a category, got {category!r}")
        institution = _id(one, "institution_id", where) if "institution_id" in one else ""
        if institution and institution not in sources:
            raise DataError(f"{where}: institution_id must be of an institution, got {institution!r}")
        labels[image] = (category, institution)
    records, bare = [], 0
    for where, one in _entries(found, "images", file):
        image = _id(one, "id", where)
        if image not in labels:
            bare += 1
            continue
        category, institution = labels[image]
        name = inside(_text(one, "file_name", where), where)
        records.append(Record(image, name, *taxa[category], source=sources.get(institution, "")))
    for image in labels.keys() - {one.id for one in records}:
        raise DataError(f"{file}: image_id must be of a listed image, {image!r} is none")
    notes = (f"{bare:,} pictures without an annotation are left out",) if bare else ()
    return whole(file.parent, records, str(file), notes)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        raise DataError(f"{file} is missing") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{file} must be JSON: {error}") from error
    if not isinstance(found, dict):
        raise DataError(f"{file} must be a JSON object, got {type(found).__name__}")
    return found


def _entries(found: Mapping[str, Any], name: str, file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each entry of a list with the words for it; one at a time, for there are millions."""
    rows = found.get(name)
    if not isinstance(rows, list):
        raise DataError(f"{file}: {name} must be a list, got {type(rows).__name__}")
    for place, row in enumerate(rows):
        where = f"{file}, {name}[{place}]"
        if not isinstance(row, dict):
            raise DataError(f"{where} must be an object, got {row!r}")
        yield where, row


def _id(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        raise DataError(f"{where}: {key} must be a whole number or a text, got {value!r}")
    return str(value)


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{where}: {key} must be a text, got {value!r}")
    return value.strip()


def _taxon(row: Mapping[str, Any], where: str) -> tuple[str, str, str, str]:
    species = _text(row, "name", where)
    genus = _text(row, "genus", where) if "genus" in row else parts_of(species).genus
    family, order = (_text(row, key, where) if row.get(key) else "" for key in ("family", "order"))
    return species, genus, family, order


def _institution(row: Mapping[str, Any], where: str) -> str:
    for key in INSTITUTION_NAMES:
        if row.get(key):
            return _text(row, key, where)
    raise DataError(f"{where} must have one of {', '.join(INSTITUTION_NAMES)}, got {', '.join(row)}")
