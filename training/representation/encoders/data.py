"""The pictures that an encoder is trained on: the training set of a sample, cut in two."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inference.files import sha256_of
from training.data.errors import DataError
from training.representation.catalogue import Catalogue, open_catalogue, rows_of
from training.representation.encoders.split import Places, split
from training.representation.sample import FACTS_FILE, TABLE_FILE, Sample


@dataclass(frozen=True)
class EncoderData:
    """paths and labels of the pictures; classes: names, sorted; train, validation: places of the pictures.

    facts: for the run folder, JSON-ready. left_out: ids of pictures whose files are missing or empty, or that
    are not to be used.
    """

    paths: tuple[Path, ...]
    labels: Places
    classes: tuple[str, ...]
    train: Places
    validation: Places
    facts: Mapping[str, Any]
    left_out: tuple[str, ...]


def open_data(settings: Mapping[str, Any]) -> EncoderData:
    """Read sample and catalogue, look at the files, and split. settings: a resolved config.

    An autoencoder, which asks for no names, takes pictures without one, too. Raises DataError where the
    catalogue is not the one sampled, where no name is known at the level, or where too few pictures or
    classes are there.
    """
    folder = Path(settings["data"])
    sample = Sample.read(folder)
    catalogue = open_catalogue(Path(settings["catalogue"] or folder))
    if catalogue.sha256 != (drawn_from := sample.facts["catalogue_sha256"]):
        raise DataError(
            f"{folder / FACTS_FILE}: the sample was drawn from the catalogue with SHA-256 {drawn_from}, got "
            f"{catalogue.sha256} ({catalogue.root}); its records were changed, or it is another one"
        )
    level = settings["level"]
    ids = sample.sets["train"]
    names = catalogue.labels(ids, level)
    unwanted = _unwanted(settings["leave_out"])
    sizes = {id: 0 if id in unwanted else _size(catalogue.path(id)) for id in ids}
    left_out = tuple(id for id in ids if not sizes[id])
    nameless = settings["kind"] == "autoencoder"
    chosen = [(id, name) for id, name in zip(ids, names, strict=True) if sizes[id] and (name or nameless)]
    if len(chosen) < 2:
        needed = "a file" if nameless else f"a file and a name at the level {level!r}"
        raise DataError(
            f"{folder}: at least 2 pictures must have {needed}, "
            f"{len(chosen)} of {len(ids):,} have; {len(left_out):,} have no file under {catalogue.root}"
        )
    kept, own = zip(*chosen, strict=True)
    classes = tuple(sorted(set(own)))
    if settings["kind"] != "autoencoder" and len(classes) < 2:
        raise DataError(f"{folder}: the training set must have at least 2 names at {level!r}, it has 1")
    labels = np.searchsorted(np.array(classes), np.array(own)).astype(np.int64)
    train, validation = split(
        labels,
        settings["validation_share"],
        settings["seed"],
        stratified=settings["kind"] != "autoencoder",
    )
    if not len(validation):
        raise DataError(
            f"{folder}: validation_share {settings['validation_share']:g} leaves no picture to validate, of "
            f"{len(labels):,}"
        )
    return EncoderData(
        tuple(catalogue.path(id) for id in kept),
        labels,
        classes,
        train,
        validation,
        _facts(folder, sample, catalogue, kept, sizes, own, classes, train, validation, left_out),
        left_out,
    )


def _unwanted(path: str | None) -> set[str]:
    if path is None:
        return set()
    return {row["id"] for _, row in rows_of(Path(path), ("id",))}


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _facts(
    folder: Path,
    sample: Sample,
    catalogue: Catalogue,
    ids: tuple[str, ...],
    sizes: Mapping[str, int],
    names: tuple[str, ...],
    classes: tuple[str, ...],
    train: Places,
    validation: Places,
    left_out: tuple[str, ...],
) -> dict[str, Any]:
    # Not their content: a set may be terabytes. Another size is another file; the content is not looked at.
    listing = "".join(f"{id}\t{sizes[id]}\n" for id in ids)
    sources = Counter(catalogue[ids[place]].source for place in train)
    return {
        "release": f"sample-{sha256_of(folder / TABLE_FILE)[:12]}",
        "manifest_sha256": sha256_of(folder / TABLE_FILE),
        "catalogue_sha256": catalogue.sha256,
        "sizes_sha256": hashlib.sha256(listing.encode()).hexdigest(),
        "seed": sample.facts["seed"],
        "classes": [{"name": name, "slug": name} for name in classes if name],
        "counts": {
            split: dict(sorted(Counter(names[place] for place in places).items()))
            for split, places in (("train", train), ("validate", validation))
        },
        "sources": dict(sorted((name, n) for name, n in sources.items() if name)),
        "left_out": list(left_out),
    }
