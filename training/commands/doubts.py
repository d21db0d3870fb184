"""Rank the decisions on pictures by how doubtful they are, from features: out-of-fold probabilities, the
labels of the nearest pictures, what the model predicts. The table has each part beside the score."""

import argparse
import csv
import json
from pathlib import Path
from typing import Any

from training.commands.arguments import positive
from training.commands.ending import ended
from training.progress import Console

HELP = "rank doubtful decisions from features"
COLUMNS = (
    "rank", "id", "label", "score", "flagged", "quality", "neighbours", "agreement", "self_confidence",
    "normalized_margin", "predicted", "predicted_probability", "neighbours_other", "neighbours_label",
    "nearest",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--features", type=Path, required=True, metavar="STORE", help="a store of features")
    parser.add_argument(
        "--labels", type=Path, required=True, metavar="FILE", help="a table with the columns id and label"
    )
    parser.add_argument(
        "--probabilities",
        type=Path,
        metavar="FILE",
        help="a table with id and one column a class, from models that have not seen the picture",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the table to write (.tsv)")
    parser.add_argument("--neighbours", type=positive, default=10, help="pictures to look at (default: 10)")
    parser.add_argument("--folds", type=positive, default=5, help="of the probabilities (default: 5)")
    parser.add_argument(
        "--quality", choices=("self_confidence", "normalized_margin"), default="self_confidence"
    )
    parser.add_argument("--seed", type=int, default=89)
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    def work() -> dict[str, Any]:
        with Console("doubts", quiet=arguments.json) as progress:
            return _doubts(arguments, progress)

    def show(facts: dict[str, Any]) -> None:
        print(f"{facts['judged']:,} decisions ranked, {facts['flagged']:,} flagged as errors")
        for why, count in facts["not_judged"].items():
            print(f"not judged, as {why}: {count:,}")
        if constant := facts["constant_features"]:
            print(f"{constant:,} of {facts['dimension']:,} features are the same in all pictures")
        print(f"-> {arguments.out}")

    return ended(parser, work, show, as_json=arguments.json)


def _doubts(arguments: argparse.Namespace, progress: Console) -> dict[str, Any]:
    from collections import Counter

    from training.reports.tables import write_table
    from training.representation.doubts import doubts
    from training.representation.features.store import STORE_FILE, FeatureStore
    from training.representation.neighbours import saved_or_built, store_checksum

    labels = {row["id"]: row["label"] for row in _rows(arguments.labels, ("id", "label"))}
    store = FeatureStore.read(arguments.features)
    left = {id: "there are no features of it" for id in labels if id not in store}
    left |= {id: "its label is empty" for id, label in labels.items() if not label and id not in left}
    ids = [id for id in store.ids if id in labels and id not in left]
    probabilities = None
    if arguments.probabilities:
        probabilities, known = _probabilities(arguments.probabilities, ids)
        left |= {id: "there are no probabilities of it" for id in ids if id not in known}
        ids = [id for id in ids if id in known]
    if len(ids) < 2:
        raise ValueError(
            f"{arguments.labels} must name at least two pictures that can be judged, got {len(ids)}"
        )
    features = store.blocks(ids)
    index = None
    if ids == store.ids:
        checksum = store_checksum(store.folder / STORE_FILE)
        index = saved_or_built(store.folder, checksum, ids, features, seed=arguments.seed)
    found = doubts(
        features,
        [labels[id] for id in ids],
        ids,
        probabilities,
        k=arguments.neighbours,
        folds=arguments.folds,
        quality=arguments.quality,
        seed=arguments.seed,
        index=index,
        progress=progress,
    )
    left |= found.left_out
    rows = (
        {**vars(one), **one.evidence, "nearest": json.dumps(one.evidence["nearest"], ensure_ascii=False)}
        for one in found.items
    )
    write_table(arguments.out, COLUMNS, ([_told(row[name]) for name in COLUMNS] for row in rows))
    beside = arguments.out.with_name(f"{arguments.out.stem}.left-out.tsv")
    beside.unlink(missing_ok=True)
    if left:
        write_table(beside, ["id", "why"], sorted(left.items()))
    return {**found.facts, "not_judged": dict(Counter(left.values())), "out": str(arguments.out)}


def _told(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of a tab-separated table with those columns, each id once."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t")
        names = reader.fieldnames or []
        if missing := [name for name in columns if name not in names]:
            raise ValueError(
                f"{path} must have the column {missing[0]!r}, it has {', '.join(names) or 'none'}"
            )
        rows = list(reader)
    seen: set[str] = set()
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise ValueError(f"{path}, line {number} must have {len(names)} cells")
        if row["id"] in seen:
            raise ValueError(f"{path}, line {number}: {row['id']!r} must be there once")
        seen.add(row["id"])
    return rows


def _probabilities(path: Path, ids: list[str]) -> tuple[Any, set[str]]:
    """Probabilities of those ids that the table has, in the order of `ids`; and which they are."""
    import numpy as np

    from training.representation.doubts import Probabilities

    rows = {row.pop("id"): row for row in _rows(path, ("id",))}
    known = [id for id in ids if id in rows]
    if not known:
        raise ValueError(f"{path} must have probabilities of the pictures that are labelled, it has none")
    classes = tuple(rows[known[0]])
    try:
        values = np.array([[float(rows[id][name]) for name in classes] for id in known], np.float32)
    except ValueError as error:
        raise ValueError(f"{path}: probabilities must be numbers: {error}") from error
    return Probabilities(classes, values), set(known)
