"""Predicting a folder: `python -m inference predict` against a plain Keras loop.

    python -m benchmarks.predict [--model MODEL] [--images DIR | --pictures 3000] [--rounds 3]
        [--baseline loop|tfdata] [--json]

MODEL is a model folder, or the published archive (ConvNeXt-distilled.keras). Without it a network of the same
size with random weights is built: as fast, but what it predicts means nothing.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.summary import as_text, number, summarise
from benchmarks.timing import Program, ProgramFailed, python, run, run_in_turn

NAMES = ("vasculum", "keras")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.predict", description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, help="a model folder or the published archive")
    parser.add_argument("--images", type=Path, help="a folder of pictures (default: draw some)")
    parser.add_argument("--pictures", type=number, default=3000, help="how many to draw (default: 3000)")
    parser.add_argument("--short-side", type=number, default=192, help="of drawn pictures, in pixels")
    parser.add_argument("--rounds", type=number, default=3)
    parser.add_argument("--batch", type=number, default=32, help="pictures a network call, in both programs")
    parser.add_argument("--baseline", choices=("loop", "tfdata"), default="loop", help="how Keras is fed")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    if arguments.images and not arguments.images.is_dir():
        parser.error(f"--images must be a folder, got {str(arguments.images)!r}")
    if arguments.model and not arguments.model.exists():
        parser.error(f"--model must be a model folder or a .keras file, got {str(arguments.model)!r}")
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as temporary:
            summary = measure(arguments, Path(temporary))
    except (ProgramFailed, Incomparable) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(summary, indent=2))
        return 0
    print(as_text("predict", summary, NAMES))
    print(
        f"same class for {summary['same_class']:,} of {summary['pictures']:,} pictures, "
        f"largest difference of a probability {summary['largest_difference']:g}"
    )
    return 0


def measure(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    images = arguments.images.resolve() if arguments.images else work / "pictures"
    if not arguments.images:
        size = ("--count", arguments.pictures, "--short-side", arguments.short_side)
        run(Program("drawing", python("benchmarks.prepare", "pictures", images, *size)))
    model = _model(arguments.model.resolve() if arguments.model else None, work)
    common = ("--model", model, "--images", images, "--batch", arguments.batch)
    tables = [work / f"{name}.tsv" for name in NAMES]
    ours = python("inference", "predict", *common, "--output", tables[0])
    plain = python("benchmarks.keras_loop", *common, "--output", tables[1], "--input", arguments.baseline)
    programs = [Program(NAMES[0], ours), Program(NAMES[1], plain)]
    runs = run_in_turn(programs, arguments.rounds)
    compared = compare(*tables)
    summary = summarise(runs, compared["pictures"])
    return {**summary, "baseline": arguments.baseline, **compared}


def _model(given: Path | None, work: Path) -> Path:
    """The folder of the model to predict with, made where none was given."""
    if given is None:
        run(Program("building", python("benchmarks.prepare", "model", work / "models" / "random")))
        return work / "models" / "random"
    if given.is_dir():
        return given
    command = python("inference", "import", given, "--name", "imported", "--any-checksum")
    run(Program("importing", command, {"VASCULUM_VAR": str(work)}))
    return work / "models" / "imported"


class Incomparable(Exception):
    """The two programs did not predict the same pictures into the same classes."""


def compare(ours: Path, plain: Path) -> dict[str, Any]:
    """Pictures in both tables, those with the same class, the largest difference of a probability."""
    (names, first), (other_names, second) = _read(ours), _read(plain)
    if not first or first.keys() != second.keys() or names != other_names:
        raise Incomparable(
            f"both programs must predict the same pictures into the same classes: {NAMES[0]} predicted "
            f"{len(first)}, {NAMES[1]} {len(second)}, {len(first.keys() & second.keys())} are common"
        )
    largest = max(abs(a - b) for file in first for a, b in zip(first[file][1], second[file][1], strict=True))
    same = sum(first[file][0] == second[file][0] for file in first)
    return {"pictures": len(first), "same_class": same, "largest_difference": round(largest, 6)}


def _read(table: Path) -> tuple[list[str], dict[str, tuple[str, list[float]]]]:
    """The class names, and for each file its class and its probabilities."""
    with table.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t")
        known = {"model", "file", "prediction", "confidence"}
        names = [name for name in rows.fieldnames or () if name not in known]
        return names, {row["file"]: (row["prediction"], [float(row[name]) for name in names]) for row in rows}


if __name__ == "__main__":
    sys.exit(main())
