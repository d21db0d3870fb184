"""A map of many pictures: as the map job draws it, against umap-learn fitted on every row.

python -m benchmarks.umap [--rows 200000] [--dimension 512] [--part 20000] [--rounds 1] [--json]

Ours reads a store of features, fits UMAP on 20,000 rows after 50 principal components, and puts the rest in
between their neighbours. umap-learn is fitted with its defaults and a seed on a part of the rows, in memory,
and its time taken in proportion, which favours it. Imports, compiling and drawing are left out of the
seconds; peak memory is that of the whole process. Trustworthiness (scikit-learn's, 15 neighbours) is of the
same 2,000 rows in both maps: 1 where what is near in a map is near in the features.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.summary import number, spread
from benchmarks.timing import Program, ProgramFailed, Run, python, run, run_in_turn

LIMIT_SECONDS = 7200
WORK = "benchmarks.umap_rows"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.umap", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=number, default=200_000)
    parser.add_argument("--dimension", type=number, default=512)
    parser.add_argument("--part", type=number, default=20_000, help="rows that umap-learn is fitted on")
    parser.add_argument("--fitted", type=number, default=20_000, help="rows that ours is fitted on at most")
    parser.add_argument("--rounds", type=number, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as temporary:
            store = Path(temporary) / "store"
            drawn = python(WORK, "draw", store, arguments.rows, arguments.dimension)
            run(Program("drawing", drawn), LIMIT_SECONDS)
            part = min(arguments.part, arguments.rows)
            programs = [
                Program("ours", python(WORK, "ours", store, arguments.fitted)),
                Program("plain", python(WORK, "plain", store, part)),
            ]
            runs = run_in_turn(programs, arguments.rounds, LIMIT_SECONDS)
    except ProgramFailed as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    found = summarise(runs, arguments.rows, part)
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    return 0


def summarise(runs: Mapping[str, Sequence[Run]], rows: int, part: int) -> dict[str, Any]:
    """Seconds, peak memory and facts of each; ratio: umap-learn's seconds for all rows over ours."""
    told = {name: [json.loads(one.output) for one in some] for name, some in runs.items()}
    for name, expected in (("ours", rows), ("plain", part)):
        if (given := told[name][0]["rows"]) != expected:
            raise SystemExit(f"{name} placed {given} rows, expected {expected}")
    whole = [one["seconds"] * rows / part for one in told["plain"]]
    return {
        "rows": rows,
        "part": part,
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "programs": {
            name: {
                "seconds": spread([one["seconds"] for one in told[name]]),
                "peak_mib": round(max(one.peak_mib for one in some)),
                **{key: value for key, value in told[name][0].items() if key != "seconds"},
            }
            for name, some in runs.items()
        },
        "plain_seconds_of_all": spread(whole),
        "ratio": spread([all_ / one["seconds"] for all_, one in zip(whole, told["ours"], strict=True)]),
    }


def as_text(found: Mapping[str, Any]) -> str:
    lines = [
        f"{found['rows']:,} rows, {found['cpus']} CPUs, load {found['load']}",
        f"{'':<8}{'rows':>9}{'seconds (min-max)':>26}{'peak MiB':>10}{'trustworthiness':>17}",
    ]
    for name, one in found["programs"].items():
        seconds = one["seconds"]
        told = f"{seconds['median']} ({seconds['min']}-{seconds['max']})"
        lines.append(
            f"{name:<8}{one['rows']:>9,}{told:>26}{one['peak_mib']:>10}{one['trustworthiness']:>17.4f}"
        )
    lines += [
        f"plain: {found['plain_seconds_of_all']['median']} s for all in proportion",
        f"ours is {found['ratio']['median']} times as fast as plain",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
