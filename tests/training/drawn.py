"""Exports small enough to be made in a test: the layout of the real ones, drawn pictures, no database.

Each class has its own colour and shape, so that a tiny network learns them in a few epochs. The same
arguments give the same bytes.
"""

from __future__ import annotations

import colorsys
import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from curation.services.exports.records import example, framed

PER_SPLIT = {"train": 24, "test": 12, "validate": 12}
WORDS = {"train": "train", "test": "test", "validate": "validation"}
SOURCES = ("AAA", "BBB")
LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC0-1.0")
PROVENANCE = (
    "split", "category", "category_index", "source", "licence", "licence_url", "rights_holder", "access_uri",
    "further_information_url", "occurrence_id", "catalog_number", "scientific_name", "leak_group",
)  # fmt: skip


class Drawn(NamedTuple):
    """One picture of an export."""

    id: str
    split: str
    category: int
    source: str
    licence: str
    jpeg: bytes


def make_tfrecord_export(
    folder: Path,
    classes: int = 3,
    per_split: Mapping[str, int] | None = None,
    size: int = 32,
    seed: int = 0,
    shard_pictures: int = 200_000,
) -> Path:
    """Write a `tfrecord` export of square pictures into `folder` (made if absent) and return it.

    per_split: pictures of each split, the classes in turn. size: pixels of both sides.
    """
    folder.mkdir(parents=True)
    pictures = draw(classes, per_split or PER_SPLIT, size, seed, stretched=False)
    shards: dict[str, dict[str, int]] = {}
    places: dict[str, tuple[str, str]] = {}
    for split in WORDS:
        own = [one for one in pictures if one.split == split]
        parts = [own[start : start + shard_pictures] for start in range(0, len(own), shard_pictures)]
        for number, part in enumerate(parts):
            several = f"-{number:05d}-of-{len(parts):05d}" if len(parts) > 1 else ""
            name = f"drawn-{size}-{WORDS[split]}{several}.tfr"
            records = (example(p.jpeg, p.category, p.id, p.source, p.licence) for p in part)
            (folder / name).write_bytes(b"".join(map(framed, records)))
            shards.setdefault(split, {})[name] = len(part)
            places |= {one.id: (name, str(place)) for place, one in enumerate(part)}
    _labels(folder, pictures, ("shard", "record"), places)
    facts = {"side": size, "shards": shards, "shard_pictures": shard_pictures}
    return _finish(folder, "tfrecord", classes, pictures, seed, facts)


def make_imagefolder_export(
    folder: Path,
    classes: int = 3,
    per_split: Mapping[str, int] | None = None,
    size: int = 32,
    seed: int = 0,
) -> Path:
    """Write an `imagefolder` export into `folder` (made if absent) and return it.

    per_split: pictures of each split, the classes in turn. size: pixels of the short side; half of the
    pictures are wider or higher than that.
    """
    folder.mkdir(parents=True)
    pictures = draw(classes, per_split or PER_SPLIT, size, seed, stretched=True)
    paths = {}
    for one in pictures:
        inner = f"{_slug(one.category)}/{one.id}.jpg"
        path = folder / WORDS[one.split] / inner
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.jpeg)
        paths[one.id] = inner
    columns = ("file_name", "label", "category", "id", "source", "licence", "attribution")
    for split in dict.fromkeys(one.split for one in pictures):
        lines = [
            (
                paths[p.id],
                str(p.category),
                _slug(p.category),
                p.id,
                p.source,
                p.licence,
                f"“{p.id[:8]}”, drawn.",
            )
            for p in sorted(pictures)
            if p.split == split
        ]
        _table(folder / WORDS[split] / "metadata.csv", columns, lines, ",")
    _labels(
        folder, pictures, ("path",), {one.id: (f"{WORDS[one.split]}/{paths[one.id]}",) for one in pictures}
    )
    facts = {"short_side": size, "folders": {_slug(each): _slug(each) for each in range(classes)}}
    return _finish(folder, "imagefolder", classes, pictures, seed, facts)


def draw(classes: int, per_split: Mapping[str, int], size: int, seed: int, stretched: bool) -> list[Drawn]:
    """The pictures of a drawn release, each split in a shuffled order."""
    random = np.random.default_rng(seed)
    found = []
    for split, pictures in per_split.items():
        drawn = []
        for number in range(pictures):
            category = number % classes
            wide, high = (
                random.permutation([size * 5 // 4, size]) if stretched and number % 2 else (size,) * 2
            )
            pixels = picture(category, classes, int(high), int(wide), random)
            jpeg = io.BytesIO()
            Image.fromarray(pixels).save(jpeg, "JPEG", quality=90)
            name = hashlib.sha256(f"{seed}:{split}:{number}".encode()).hexdigest()
            source, licence = SOURCES[number // classes % 2], LICENCES[number % 3]
            drawn.append(Drawn(name, split, category, source, licence, jpeg.getvalue()))
        found += [drawn[place] for place in random.permutation(pictures)]
    return found


def picture(category: int, classes: int, high: int, wide: int, random: np.random.Generator) -> np.ndarray:
    """(high, wide, 3) bytes: the shape and colour of the class somewhere on grey, with some noise."""
    hue = (category / classes + random.uniform(-0.2, 0.2) / classes) % 1
    colour = np.array(colorsys.hsv_to_rgb(hue, random.uniform(0.7, 1), random.uniform(0.7, 1))) * 255
    side = min(high, wide) * random.uniform(0.3, 0.45)
    y, x = np.mgrid[:high, :wide].astype(float)
    y -= random.uniform(side, high - side)
    x -= random.uniform(side, wide - side)
    shapes = (
        x**2 + y**2 < side**2,
        np.maximum(abs(x), abs(y)) < side * 0.85,
        (abs(x) < side / 2 + y / 2) & (abs(y) < side),
        np.minimum(abs(x), abs(y)) < side * 0.3,
    )
    pixels = np.full((high, wide, 3), random.uniform(90, 190))
    pixels[shapes[category % len(shapes)]] = colour
    pixels += random.normal(0, 8, pixels.shape)
    return pixels.clip(0, 255).astype(np.uint8)


def _slug(category: int) -> str:
    return f"kind-{category}"


def _labels(
    folder: Path, pictures: Iterable[Drawn], own: Sequence[str], places: Mapping[str, Sequence[str]]
) -> None:
    lines = []
    for one in sorted(pictures):
        known = one._asdict() | {"category": _slug(one.category), "category_index": str(one.category)}
        provenance = [known.get(column, "") for column in PROVENANCE]
        lines.append([one.id, *places[one.id], *provenance, hashlib.sha256(one.jpeg).hexdigest()])
    _table(folder / "labels.tsv", ("id", *own, *PROVENANCE, "file_sha256"), lines, "\t")


def _table(path: Path, columns: Sequence[str], lines: Iterable[Sequence[str]], delimiter: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows([columns, *lines])


def _finish(
    folder: Path, format: str, classes: int, pictures: list[Drawn], seed: int, facts: Mapping[str, Any]
) -> Path:
    """Write release.json and SHA256SUMS."""
    slugs = [_slug(each) for each in range(classes)]
    counts = {
        split: {
            slug: n
            for category, slug in enumerate(slugs)
            if (n := sum(one.split == split and one.category == category for one in pictures))
        }
        for split in WORDS
    }
    licences = {each: sum(one.licence == each for one in pictures) for each in sorted(set(LICENCES))}
    manifest = "".join(f"{one.id}\t{one.split}\t{one.category}\n" for one in sorted(pictures))
    (folder / "manifest.txt").write_text(manifest, encoding="utf-8")
    release = {
        "vasculum_export": 1,
        "format": format,
        "release": "drawn",
        "project": "drawn",
        "title": "Drawn shapes",
        "seed": seed,
        "manifest_sha256": hashlib.sha256(manifest.encode()).hexdigest(),
        "licences": {"included": licences, "excluded": {}},
        "pictures": len(pictures),
        "classes": [{"index": i, "slug": slug, "name": f"Kind {i}"} for i, slug in enumerate(slugs)],
        "counts": counts,
        **facts,
    }
    (folder / "release.json").write_text(json.dumps(release, indent=2) + "\n", encoding="utf-8")
    write_checksums(folder)
    return folder


def write_checksums(folder: Path) -> None:
    """SHA256SUMS of all that is in an export; again after a test has changed something on purpose."""
    files = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    )
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
