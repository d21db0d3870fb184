"""Silhouettes, map and channels of the features of a sample, as files.

geometry.json                 all figures and how each came about; written last
README.md                     the same for people
silhouettes.tsv               one line a set and level; -classes.tsv a class; -pictures.tsv a picture
umap.tsv, umap.svg, umap.png  id, set, x, y; and the picture of it
channels.tsv, channels/*.png  the most variable channels, the pictures at their ends, where they answer
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from training.progress import Progress, Silent
from training.reports import json_text, write_text
from training.reports.markdown import table as markdown_table
from training.reports.tables import of_rows, table
from training.representation.blocks import Blocks
from training.representation.catalogue import Catalogue, open_catalogue
from training.representation.features.store import FeatureStore
from training.representation.geometry.channels import Channel, save_overlay, variable_channels
from training.representation.geometry.scatter import save_scatter
from training.representation.geometry.silhouettes import Silhouettes, of_sets
from training.representation.geometry.umap import embed
from training.representation.rows import constant_columns
from training.representation.sample import Sample

LEVELS = ("genus", "family", "order")
REPORT_FILE = "geometry.json"


@dataclass(frozen=True)
class Options:
    """most: rows of a silhouette. umap, cheaper: as geometry.umap; fitted: its `most`. model,
    layer: for the overlays, those the features are of; None makes none."""

    seed: int = 89
    most: int = 20_000
    neighbours: int = 15
    min_dist: float = 0.1
    umap: bool = True
    cheaper: bool = False
    fitted: int = 20_000
    channels: int = 8
    examples: int = 5
    model: Path | str | None = None
    layer: str = ""


@dataclass
class _Work:
    """What the steps share. notes: what could not be done, in words."""

    catalogue: Catalogue
    sets: dict[str, list[str]]
    features: dict[str, Blocks]
    every: Blocks
    options: Options
    out: Path
    notes: list[str] = field(default_factory=list)

    def labels(self, level: str) -> dict[str, list[str]]:
        return {name: self.catalogue.labels(ids, level) for name, ids in self.sets.items()}


def run_geometry(
    store: Path,
    catalogue: Path,
    sample: Path | None,
    out: Path,
    options: Options | None = None,
    *,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the files above into `out` and return what geometry.json holds.

    sample: the folder of one; None takes all pictures of the catalogue as the set train. Features are read
    from the store in blocks; what is in memory are the `most` rows of a silhouette, or the `fitted` ones of
    the map. What cannot be done (a level of one class, too few rows for a map) is a note of the report, and
    the rest goes on. Raises DataError or FeatureError where an
    input cannot be read, or no picture of the training set has features.
    """
    progress = progress or Silent()
    features, taxa = FeatureStore.read(store), open_catalogue(catalogue)
    asked = Sample.read(sample).sets if sample else {"train": tuple(one.id for one in taxa)}
    options = options or Options()
    sets = {name: [id for id in ids if id in features] for name, ids in asked.items()}
    if not sets["train"]:
        raise ValueError(
            f"{store} must have features of pictures of the set train, it has none of {len(asked['train']):,}"
        )
    blocks = {name: features.blocks(ids) for name, ids in sets.items()}
    every = features.blocks([id for ids in sets.values() for id in ids])
    work = _Work(taxa, sets, blocks, every, options, out)
    for name, ids in asked.items():
        if lacking := len(ids) - len(sets[name]):
            work.notes.append(f"{lacking:,} of {len(ids):,} pictures of {name} have no features")
    steps: dict[str, Callable[[_Work], Any]] = {
        "silhouettes": _silhouettes,
        "channels": _channels,
        "umap": _umap,
    }
    progress.begin(len(steps), "steps")
    report: dict[str, Any] = {
        "features": {
            "model": features.model,
            "dimension": features.dimension,
            "constant": constant_columns(every),
            "of": features.of,
        },
        "sets": {name: len(ids) for name, ids in sets.items()},
        "options": {**asdict(options), "model": str(options.model) if options.model else None},
    }
    for name, step in steps.items():
        progress.check()
        progress.log(name)
        try:
            report[name] = step(work)
        except ValueError as error:
            work.notes.append(f"{name}: {error}")
            report[name] = None
        progress.advance()
    if options.model:
        report["overlays"] = _overlays(work, features, report["channels"] or [])
    report["notes"] = work.notes
    write_text(out / "README.md", summary(report))
    write_text(out / REPORT_FILE, json_text(report))
    return report


def _silhouettes(work: _Work) -> list[dict[str, Any]]:
    ids = [id for some in work.sets.values() for id in some]
    ends = accumulate(len(some) for some in work.sets.values())
    places = {
        name: range(end - len(some), end)
        for (name, some), end in zip(work.sets.items(), ends, strict=True)
        if some
    }
    rows, classes = [], []
    by_level: dict[str, dict[int, float]] = {level: {} for level in LEVELS}
    for level in LEVELS:
        labels = [label for some in work.labels(level).values() for label in some]
        options = work.options
        found, failed = of_sets(work.every, labels, places, seed=options.seed, most=options.most)
        for name, one in found.items():
            rows.append({"set": name, "level": level, **one.facts})
            classes += [{"set": name, "level": level, **each} for each in one.per_class]
            by_level[level].update(_by_row(one))
        work.notes += [f"silhouettes of {name} at {level}: {why}" for name, why in failed.items()]
    lines = (
        [ids[row], name, *(by_level[level].get(row) for level in LEVELS)]
        for name, some in places.items()
        for row in some
    )
    write_text(work.out / "silhouettes.tsv", of_rows(rows))
    write_text(work.out / "silhouettes-classes.tsv", of_rows(classes))
    write_text(work.out / "silhouettes-pictures.tsv", table(["id", "set", *LEVELS], lines))
    return rows


def _by_row(found: Silhouettes) -> Mapping[int, float]:
    return dict(zip(found.rows.tolist(), found.values.tolist(), strict=True))


def _umap(work: _Work) -> dict[str, Any] | None:
    options = work.options
    if not options.umap:
        return None
    others = {name: rows for name, rows in work.features.items() if name != "train"}
    found = embed(
        work.features["train"],
        others,
        neighbours=options.neighbours,
        min_dist=options.min_dist,
        seed=options.seed,
        cheaper=options.cheaper,
        most=options.fitted,
    )
    points = {"train": found.fitted, **found.others}
    lines = (
        [id, name, x, y]
        for name, ids in work.sets.items()
        for id, (x, y) in zip(ids, points[name].tolist(), strict=True)
    )
    write_text(work.out / "umap.tsv", table(["id", "set", "x", "y"], lines))
    level = next((one for one in ("family", "genus") if any(map(any, work.labels(one).values()))), "genus")
    shown = {name: rows for name, rows in points.items() if len(rows)}
    save_scatter(work.out / "umap", shown, work.labels(level), level, seed=options.seed)
    return found.facts


def _channels(work: _Work) -> list[dict[str, Any]]:
    """Of the training set."""
    options = work.options
    found = variable_channels(
        work.features["train"], work.sets["train"], k=options.channels, examples=options.examples
    )
    lines = [
        [one.channel, one.variance, one.mean, end, place, id, value]
        for one in found
        for end, pictures in (("highest", one.highest), ("lowest", one.lowest))
        for place, (id, value) in enumerate(pictures, 1)
    ]
    names = ["channel", "variance", "mean", "end", "place", "id", "value"]
    write_text(work.out / "channels.tsv", table(names, lines))
    return [asdict(one) for one in found]


def _overlays(work: _Work, store: FeatureStore, channels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first picture of both ends of each channel; one that cannot be read is a note."""
    from inference.errors import PictureError
    from training.representation.features.model import feature_model

    assert work.options.model is not None
    # A size is asked for where the model takes any; the store knows which one its pictures had.
    size = store.of.get("preprocessing", {}).get("size", [None])[0]
    made = feature_model(work.options.model, work.options.layer or store.of.get("layer", ""), size)
    if made.sha256 != store.model:
        work.notes.append(f"overlays: the features are of the model {store.model}, not of {made.sha256}")
        return []
    found = []
    for one in (Channel(**each) for each in channels):
        for end, pictures in (("highest", one.highest), ("lowest", one.lowest)):
            id = pictures[0][0]
            file = f"channels/{one.channel:04d}-{end}.png"
            try:
                picture = made.preprocessing(work.catalogue.path(id).read_bytes())
                save_overlay(work.out / file, made.model, picture, one.channel)
            except (OSError, PictureError, ValueError) as error:
                work.notes.append(f"overlay of channel {one.channel} on {id}: {error}")
            else:
                found.append({"channel": one.channel, "end": end, "id": id, "file": file})
    return found


def summary(report: Mapping[str, Any]) -> str:
    """README.md."""
    lines = ["# Geometry of the features", "", f"Model {report['features']['model']}", ""]
    if constant := report["features"]["constant"]:
        told = f"{constant:,} of {report['features']['dimension']:,} features are the same in all pictures."
        lines += [told, ""]
    lines += ["## Silhouettes", ""]
    if report["silhouettes"]:
        lines += markdown_table(
            ["set", "level", "pictures", "scored", "classes", "of one picture", "mean", "mean of classes"],
            (
                [
                    one["set"], one["level"], f"{one['rows']:,}", f"{one['scored']:,}", f"{one['classes']:,}",
                    f"{one['singletons']:,}", f"{one['mean']:.4f}", f"{one['mean_of_classes']:.4f}",
                ]
                for one in report["silhouettes"]
            ),
        )  # fmt: skip
        sampled = [one for one in report["silhouettes"] if one["sampling"] != "all"]
        lines += ["", *(f"{one['set']}, {one['level']}: {one['sampling']}." for one in sampled)]
    lines += ["", "## Map", ""]
    if facts := report["umap"]:
        reduced = f", after {facts['components']} principal components" if facts["components"] else ""
        lines += [
            f"UMAP fitted on {_part(facts)} pictures of train{reduced}: {facts['neighbours']} neighbours, "
            f"minimal distance {facts['min_dist']:g}, seed {facts['seed']}, start {facts['init']}, one core. "
            f"The others were put in {facts['put_in']}.",
            "",
            "![map](umap.svg)",
        ]
    lines += ["", "## Most variable channels", ""]
    lines += markdown_table(
        ["channel", "variance", "mean", "highest", "lowest"],
        (
            [
                str(one["channel"]), f"{one['variance']:.4g}", f"{one['mean']:.4g}",
                ", ".join(id for id, _ in one["highest"]), ", ".join(id for id, _ in one["lowest"]),
            ]
            for one in report["channels"] or ()
        ),
    )  # fmt: skip
    for one in report.get("overlays", ()):
        lines += ["", f"![channel {one['channel']}, {one['end']}]({one['file']}) {one['id']}"]
    if report["notes"]:
        lines += ["", "## Notes", "", *(f"- {note}" for note in report["notes"])]
    return "\n".join(lines) + "\n"


def _part(facts: Mapping[str, Any]) -> str:
    rows, fitted = facts["rows"], facts["fitted"]
    return f"{rows:,}" if rows == fitted else f"{fitted:,} of {rows:,}"
