"""A large sheet cut into tiles of 128 pixels with their entropy: inference.tiles, or Pillow, numpy and scipy.

    python -m benchmarks.tiles [--image FILE] [--megapixels 34] [--times 3] [--rounds 3] [--most 500] [--json]

Without --image a sheet is drawn. Both are whole processes, in turn, that go through the file --times times;
times are of one sheet, without starting Python. Ends with status 1 where ours takes more than --most
milliseconds (median), or where the two do not find the same.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.summary import number, spread
from benchmarks.timing import Program, ProgramFailed, Run, python, run, run_in_turn

NAMES = ("ours", "plain")


class Incomparable(Exception):
    """The two programs did not find the same."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiles", description=__doc__.split("\n")[0])
    parser.add_argument("--image", type=Path, help="a JPEG (default: one is drawn)")
    parser.add_argument("--megapixels", type=float, default=34, help="of the drawn one (34)")
    parser.add_argument("--times", type=number, default=3, help="how often it is gone through in a run (3)")
    parser.add_argument("--rounds", type=number, default=3)
    parser.add_argument("--most", type=float, default=500, help="milliseconds a sheet (500)")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    if arguments.image and not arguments.image.is_file():
        parser.error(f"--image must be a file, got {str(arguments.image)!r}")
    if not 0.05 <= arguments.megapixels <= 170:
        parser.error(f"--megapixels must be 0.05 to 170, got {arguments.megapixels:g}")
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as temporary:
            file = arguments.image
            if not file:
                file = Path(temporary) / "sheet.jpg"
                run(
                    Program(
                        "draw",
                        python("benchmarks.tiles_ways", "draw", file, "--megapixels", arguments.megapixels),
                    )
                )
            words = [file, "--times", arguments.times]
            programs = [Program(name, python("benchmarks.tiles_ways", name, *words)) for name in NAMES]
            found = summary_of(file, run_in_turn(programs, arguments.rounds))
    except (Incomparable, ProgramFailed) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    return 0 if found["ours"]["milliseconds"]["median"] <= arguments.most else 1


def summary_of(file: Path, runs: dict[str, list[Run]]) -> dict[str, Any]:
    """What is printed. Raises Incomparable where the entropies of the programs are others."""
    said = {name: [json.loads(one.output) for one in series] for name, series in runs.items()}
    first, other = (said[name][0] for name in NAMES)
    if len(first["entropies"]) != len(other["entropies"]):
        raise Incomparable(
            f"{len(first['entropies'])} whole tiles must be {len(other['entropies'])}, the plain program's"
        )
    gaps = np.abs(np.subtract(first["entropies"], other["entropies"]))
    # Ours decodes with the fast cosine transform, as models expect; a grey value may be one off.
    if gaps.mean() > 0.1:
        raise Incomparable(f"entropies differ by {gaps.mean():.3f} bits on average, at most 0.1 is expected")
    with Image.open(file) as opened:
        width, height = opened.size
    found: dict[str, Any] = {
        "megapixels": round(width * height / 1e6, 1),
        "megabytes": round(file.stat().st_size / 1e6, 1),
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "mean_entropy_difference": float(f"{gaps.mean():.2g}"),
    }
    for name in NAMES:
        found[name] = {
            "milliseconds": spread([1000 * each for one in said[name] for each in one["seconds"]]),
            "cpu_milliseconds": spread([1000 * each for one in said[name] for each in one["cpu"]]),
            "decode_milliseconds": spread([1000 * each for one in said[name] for each in one["decode"]]),
            "tiles": said[name][0]["tiles"],
            "peak_mib": round(max(one.peak_mib for one in runs[name])),
        }
    ratios = [
        min(plain["seconds"]) / min(ours["seconds"])
        for ours, plain in zip(said["ours"], said["plain"], strict=True)
    ]
    found["ratio"] = spread(ratios)
    return found


def as_text(found: dict[str, Any]) -> str:
    lines = [
        f"tiles: one sheet of {found['megapixels']} megapixels ({found['megabytes']} MB), "
        f"{found['cpus']} CPUs, load {found['load']}",
        f"{'':<7}{'ms (min-max)':>24}{'of it decoding':>16}{'CPU ms':>9}{'tiles':>8}{'peak MiB':>10}",
    ]
    for name in NAMES:
        one = found[name]
        taken = one["milliseconds"]
        shown = f"{taken['median']} ({taken['min']}-{taken['max']})"
        decoding = one["decode_milliseconds"]["median"]
        cpu = one["cpu_milliseconds"]["median"]
        lines.append(f"{name:<7}{shown:>24}{decoding:>16}{cpu:>9}{one['tiles']:>8,}{one['peak_mib']:>10}")
    ratio = found["ratio"]
    lines.append(f"ours is {ratio['median']} times as fast as plain ({ratio['min']}-{ratio['max']})")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
