"""Encoders beside each other: every downstream task, level and set of pictures, as one table with figures.

Published: three encoders, genus, family and order, three test sets; two genera told apart, similar and
distinct; a tenth of the labels of the same pictures flipped and looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data.errors import DataError
from training.progress import Progress, Silent
from training.representation.catalogue import Catalogue, open_catalogue
from training.representation.downstream.compare_cells import cell, digest, versions
from training.representation.downstream.compare_config import resolved
from training.representation.downstream.compare_inputs import Common, Features, common, opened, told
from training.representation.downstream.compare_report import write_comparison
from training.representation.downstream.discrimination import discrimination
from training.representation.downstream.identification import identification
from training.representation.downstream.mislabels import mislabels
from training.representation.sample import Sample

FORMAT, VERSION = "vasculum-comparison", 1
TASKS = ("identification", "discrimination", "mislabels")
Opened = tuple[Mapping[str, Features], Mapping[str, str]]


@dataclass(frozen=True)
class Part:
    """A set of pictures in which the tasks are done, with the features of every encoder for it; refused: of
    those without, why."""

    name: str
    catalogue: Catalogue
    ids: Sequence[str]
    pictures: Common
    encoders: Mapping[str, Features]
    refused: Mapping[str, str]

    @classmethod
    def of(cls, name: str, catalogue: Catalogue, ids: Sequence[str], found: Opened) -> Part:
        pictures = common(ids, found[0])
        return cls(name, catalogue, ids, pictures, found[0], {**found[1], **pictures.without})

    def lacking(self, encoder: str) -> Sequence[str]:
        return self.pictures.missing.get(encoder, self.ids)


def compare(config: Mapping[str, Any], out: Path, *, progress: Progress | None = None) -> dict[str, Any]:
    """Do all tasks and write comparison.json, README.md, tables (.tsv) and figures (.svg) into ``out``.

    config: see compare_config. A cell that nothing can be learned in says why, as do those of an encoder
    without features, and the others go on; a comparison that was stopped goes on with the same call. The same
    features give the same bytes. Raises ConfigError, DataError.
    """
    settings = resolved(config)
    told_to = progress or Silent()
    catalogue = open_catalogue(Path(settings["data"]))
    sample = Sample.read(Path(settings["sample"]))
    if sample.facts["catalogue_sha256"] != catalogue.sha256:
        raise DataError(
            f"{settings['sample']} must be a sample of {settings['data']}; its records have changed since, "
            "or it is of others"
        )
    encoders = opened(settings)
    sets = [Part.of(name, catalogue, sample.sets[name], encoders) for name in settings["sets"]]
    pairs = _pairs(settings, catalogue, sample, encoders) if settings["pairs"] else None
    jobs = list(_jobs(settings, sets, pairs))
    told_to.begin(len(jobs), "cells")
    rows: dict[str, list[dict[str, Any]]] = {task: [] for task in TASKS}
    loaded: tuple[Any, NDArray[np.float32], str] | None = None
    for task, part, encoder, row, options in jobs:
        told_to.check()
        lacking = part.catalogue.labels(part.lacking(encoder), row["level"])
        missing = sum(not row["pair"] or name in row["pair"] for name in lacking)
        about = {"encoder": encoder, **row, "set": part.name, "missing": missing}
        if encoder in part.refused:
            rows[task].append({**about, "refused": part.refused[encoder]})
            told_to.advance()
            continue
        labels = part.catalogue.labels(part.pictures.ids, row["level"])
        chosen = [place for place, name in enumerate(labels) if not row["pair"] or name in row["pair"]]
        ids = [part.pictures.ids[place] for place in chosen]
        names = [labels[place] for place in chosen]
        # Jobs of the same pictures follow each other: they are read once.
        key = (encoder, part.name, row["pair"])
        if loaded is None or loaded[0] != key:
            features = part.encoders[encoder].array(ids)
            loaded = (key, features, digest(ids, features))
        work = partial(_work, task, loaded[1], names, ids, row["pair"], options, told_to)
        found = cell(out, task, loaded[2], names, {**options, "pair": row["pair"]}, work)
        rows[task].append({**about, **found})
        told_to.advance()
    document = {
        "format": FORMAT,
        "version": VERSION,
        "config": settings,
        "catalogue_sha256": catalogue.sha256,
        "sample": {name: sample.facts["sets"][name]["pictures"] for name in ("train", *settings["sets"])},
        "encoders": [
            told(one, encoders[0].get(one["name"]), encoders[1].get(one["name"], ""))
            for one in settings["encoders"]
        ],
        "versions": versions(),
        **rows,
    }
    write_comparison(document, out)
    return document


def _pairs(settings: Mapping[str, Any], catalogue: Catalogue, sample: Sample, encoders: Opened) -> Part:
    """The pictures that pairs are taken from: a collection of their own, or all test sets together."""
    if settings["pair_data"] is None:
        ids = [id for name in settings["sets"] for id in sample.sets[name]]
        return Part.of("test sets", catalogue, ids, encoders)
    own = open_catalogue(Path(settings["pair_data"]))
    wanted = {name for one in settings["pairs"] for name in (one["first"], one["second"])}
    ids = [one.id for one in own if one.genus in wanted]
    return Part.of("pair data", own, ids, opened(settings, "pair_features"))


def _jobs(
    settings: Mapping[str, Any], sets: Sequence[Part], pairs: Part | None
) -> Iterator[tuple[str, Part, str, dict[str, Any], dict[str, Any]]]:
    """Task, pictures, encoder, how the row begins, and options."""
    folds = {"folds": settings["folds"], "seed": settings["seed"]}
    small, flips = {"small": settings["small"]}, {"share": settings["mislabels"]["share"]}
    for encoder in (one["name"] for one in settings["encoders"]):
        for part in sets:
            plain: dict[str, Any] = {"pair": None, "kind": ""}
            for level in settings["levels"]:
                yield "identification", part, encoder, {"level": level, **plain}, {**folds, **small}
            for level in settings["mislabels"]["levels"]:
                yield "mislabels", part, encoder, {"level": level, **plain}, {**folds, **small, **flips}
        for one in settings["pairs"]:
            assert pairs is not None
            row = {"level": "genus", "pair": [one["first"], one["second"]], "kind": one["kind"]}
            yield "discrimination", pairs, encoder, row, folds
            if settings["mislabels"]["pairs"]:
                yield "mislabels", pairs, encoder, row, {**folds, **flips}


def _work(
    task: str,
    features: NDArray[np.float32],
    names: Sequence[str],
    ids: Sequence[str],
    pair: Sequence[str] | None,
    options: Mapping[str, Any],
    progress: Progress,
) -> dict[str, Any]:
    if task == "identification":
        return identification(features, names, progress=progress, **options)
    if task == "mislabels":
        return mislabels(features, names, ids=ids, progress=progress, **options)
    assert pair is not None
    return discrimination(features, names, *pair, progress=progress, **options)
