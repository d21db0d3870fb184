"""Renditions of large photographs: `curation.imaging.process` on every core, a plain Pillow loop on one.

    python -m benchmarks.renditions_speed [--images DIR] [--megapixels 10] [--times 8] [--rounds 3] [--json]

The loop opens, converts to RGB, three times resizes with Lanczos and saves. Ours makes the same files, and
checks, hashes and dHashes each picture besides. Both are whole processes, in turn. Ends with status 1 where
ours is not at least --least times as fast (6).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.renditions import SUFFIXES
from benchmarks.summary import as_text, number, summarise
from benchmarks.timing import ROOT, Program, ProgramFailed, python, run, run_in_turn

NAMES = ("vasculum", "loop")
SPECIMENS = Path(os.environ.get("VASCULUM_SHARED_DATA", ROOT.parent / "shared" / "data")) / "specimens"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.renditions_speed", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--images", type=Path, default=SPECIMENS, help=f"default: {SPECIMENS}")
    parser.add_argument("--megapixels", type=float, default=10, help="only pictures with more (10)")
    parser.add_argument("--times", type=number, default=8, help="how often each is gone through in a run (8)")
    parser.add_argument("--rounds", type=number, default=3)
    parser.add_argument("--threads", type=number, default=os.cpu_count() or 1, help="of ours (every core)")
    parser.add_argument("--least", type=float, default=6, help="the ratio to be reached (6)")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    if not arguments.images.is_dir():
        parser.error(f"--images must be a folder, got {str(arguments.images)!r}")
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as temporary:
            summary = measure(arguments, Path(temporary))
    except (ProgramFailed, ValueError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    reached = summary["ratio"]["median"] >= arguments.least
    if arguments.json:
        print(json.dumps(summary, indent=2))
    else:
        print(as_text("renditions", summary, NAMES))
        print(
            f"{summary['files']} pictures of more than {arguments.megapixels:g} megapixels,"
            f" {arguments.times} times; vasculum with {arguments.threads} threads, the loop with 1"
        )
        print(f"for each second of CPU vasculum does {summary['cpu_ratio']} times as much as the loop")
        differences = summary["mean_difference"]
        print(
            "mean difference of a pixel's channel (0-255): "
            + ", ".join(f"{name} {value}" for name, value in differences.items())
        )
        print(f"at least {arguments.least:g} times: {'reached' if reached else 'NOT reached'}")
    return 0 if reached else 1


def measure(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    """Time both, compare what they wrote. Raises ValueError where no picture is large enough."""
    pictures = work / "pictures"
    pictures.mkdir()
    files = [file for file in sorted(arguments.images.iterdir()) if file.suffix.lower() in SUFFIXES]
    large = [file for file in files if _megapixels(file) > arguments.megapixels]
    if not large:
        raise ValueError(
            f"none of the {len(files)} pictures in {arguments.images} has more than"
            f" {arguments.megapixels:g} megapixels; give a folder with --images or another --megapixels"
        )
    for file in large:
        (pictures / file.name).symlink_to(file.resolve())
    programs = [
        Program(
            name,
            python(
                "benchmarks.renditions",
                *(way, "--images", pictures, "--output", work / name),
                *("--threads", threads, "--times", arguments.times),
            ),
        )
        for name, way, threads in zip(NAMES, ("imaging", "loop"), (arguments.threads, 1), strict=True)
    ]
    runs = run_in_turn(programs, arguments.rounds)
    summary = summarise(runs, int(runs[NAMES[0]][0].output))
    compared = run(
        Program("comparing", python("benchmarks.renditions_compare", *(work / name for name in NAMES)))
    )
    ours, plain = (summary[name]["cpu_seconds"]["median"] for name in NAMES)
    return {
        **summary,
        "files": len(large),
        "threads": arguments.threads,
        "cpu_ratio": round(plain / ours, 2),
        "mean_difference": json.loads(compared.output),
    }


def _megapixels(file: Path) -> float:
    with Image.open(file) as opened:
        return opened.width * opened.height / 1e6


if __name__ == "__main__":
    sys.exit(main())
