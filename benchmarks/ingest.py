"""Bringing pictures in: `curation.imaging.process` against the plain Pillow way, one process each.

python -m benchmarks.ingest [--images DIR | --pictures 34 --short-side 2048] [--rounds 3] [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.summary import as_text, number, summarise
from benchmarks.timing import Program, ProgramFailed, python, run, run_in_turn

NAMES = ("vasculum", "pillow")
WAYS = {"vasculum": "imaging", "pillow": "pillow"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=Path, help="a folder of pictures (default: draw some)")
    parser.add_argument("--pictures", type=number, default=34, help="how many to draw (default: 34)")
    parser.add_argument("--short-side", type=number, default=2048, help="of drawn pictures, in pixels")
    parser.add_argument("--rounds", type=number, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    if arguments.images and not arguments.images.is_dir():
        parser.error(f"--images must be a folder, got {str(arguments.images)!r}")
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as temporary:
            summary = measure(arguments, Path(temporary))
    except ProgramFailed as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(summary, indent=2))
        return 0
    print(as_text("ingest", summary, NAMES))
    differences = summary["mean_difference"]
    print(
        "mean difference of a pixel's channel (0-255): "
        + ", ".join(f"{name} {value}" for name, value in differences.items())
    )
    return 0


def measure(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    images = arguments.images.resolve() if arguments.images else work / "pictures"
    if not arguments.images:
        # Large drawings take a second each: one of each class, then the same again under other names.
        size = ("--count", arguments.pictures, "--short-side", arguments.short_side, "--drawn", 17)
        run(Program("drawing", python("benchmarks.prepare", "pictures", images, *size)))
    outputs = {name: work / name for name in NAMES}
    programs = [
        Program(
            name,
            python("benchmarks.renditions", WAYS[name], "--images", images, "--output", outputs[name]),
        )
        for name in NAMES
    ]
    runs = run_in_turn(programs, arguments.rounds)
    pictures = int(runs[NAMES[0]][0].output)
    compared = run(Program("comparing", python("benchmarks.renditions_compare", *outputs.values())))
    return {**summarise(runs, pictures), "mean_difference": json.loads(compared.output)}


if __name__ == "__main__":
    sys.exit(main())
