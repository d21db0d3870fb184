"""All benchmarks one after the other, and what they came to as a table: `make bench SCALE=small|full`.

python -m benchmarks [--scale small] [--only NAME …] [--limit SECONDS] [--out FILE.md] [--keep DIR]

small: to see that all of them work; ratios of few rows say little. full: each at the size that its claim is
about, some hours. A benchmark that fails or takes longer than --limit is a row that says so, and the next one
begins. The table stands between two marks in --out and is written anew after each; rows of what was not run
again stay, as do the words around it. What each printed is kept as JSON in --keep. Status 1 where one failed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.bench import measured
from benchmarks.bench_table import put_between_marks
from benchmarks.suite import BENCHMARKS
from benchmarks.summary import number
from benchmarks.timing import ROOT

LIMITS = {"small": 300, "full": 3600}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [one.name for one in BENCHMARKS]
    parser.add_argument("--scale", choices=tuple(LIMITS), default="small")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help="only these")
    parser.add_argument("--limit", type=number, help="seconds for each (small: 300, full: 3600)")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--keep", type=Path, default=ROOT / "var" / "bench")
    arguments = parser.parse_args()
    if not arguments.out.is_file():
        parser.error(f"--out {arguments.out}: expected a file with the two marks")
    limit = arguments.limit or LIMITS[arguments.scale]
    rows = []
    for one in (each for each in BENCHMARKS if each.name in arguments.only):
        print(f"{one.name} …", flush=True)
        rows.append(measured(one, arguments.scale, limit, arguments.keep))
        print(f"  {rows[-1].in_words()}", flush=True)
        put_between_marks(arguments.out, rows)
    return 0 if all(row.done for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
