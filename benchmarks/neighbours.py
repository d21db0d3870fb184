"""The ten nearest neighbours of every picture by their features, against scikit-learn; and a UMAP map.

python -m benchmarks.neighbours [--rows 200000] [--dimension 512] [--k 10] [--part 2000] [--rounds 1]
                                [--map cheaper|own|none] [--json]

scikit-learn's NearestNeighbors (brute, all cores) is asked for a part of the rows, and its time taken in
proportion. Imports and drawing are left out; peak memory is that of the whole process.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.summary import number, spread
from benchmarks.timing import Program, Run, python, run, run_in_turn

LIMIT_SECONDS = 7200


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.neighbours", description=__doc__)
    parser.add_argument("--rows", type=number, default=200_000)
    parser.add_argument("--dimension", type=number, default=512)
    parser.add_argument("--k", type=number, default=10)
    parser.add_argument("--part", type=number, default=2000, help="rows asked of scikit-learn")
    parser.add_argument("--rounds", type=number, default=1)
    parser.add_argument("--map", choices=("cheaper", "own", "none"), default="cheaper", help="UMAP's way")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    size = (arguments.rows, arguments.dimension)
    part = min(arguments.part, arguments.rows)
    work = "benchmarks.neighbours_rows"
    programs = [
        Program("ours", python(work, "ours", *size, arguments.k)),
        Program("plain", python(work, "plain", *size, arguments.k, part)),
    ]
    runs: dict[str, Sequence[Run]] = dict(run_in_turn(programs, arguments.rounds))
    if arguments.map != "none":
        kind = "map" if arguments.map == "own" else "map-cheaper"
        runs["map"] = [run(Program("map", python(work, kind, *size)), LIMIT_SECONDS)]
    found = summarise(runs, arguments.rows, part)
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    return 0


def summarise(runs: Mapping[str, Sequence[Run]], rows: int, part: int) -> dict[str, Any]:
    """Seconds, peak memory and facts of each program; ratio: scikit-learn's for all rows over ours."""
    told = {name: [json.loads(one.output) for one in some] for name, some in runs.items()}
    for name, expected in (("ours", rows), ("plain", part), ("map", rows)):
        for one in told.get(name, ()):
            if one["found"] != expected:
                raise SystemExit(f"{name} gave {one['found']} rows, expected {expected}")
    programs = {
        name: {
            "seconds": spread([one["seconds"] for one in told[name]]),
            "peak_mib": round(max(one.peak_mib for one in some)),
            "facts": {key: value for key, value in told[name][0].items() if not key.endswith("seconds")},
        }
        for name, some in runs.items()
    }
    whole = [one["seconds_of_all"] for one in told["plain"]]
    ratios = [all_ / one["seconds"] for all_, one in zip(whole, told["ours"], strict=True)]
    machine = {"cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    return {
        "rows": rows,
        "part": part,
        **machine,
        "programs": programs,
        "plain_seconds_of_all": spread(whole),
        "ratio": spread(ratios),
    }


def as_text(found: Mapping[str, Any]) -> str:
    lines = [
        f"{found['rows']:,} rows, {found['cpus']} CPUs, load {found['load']}",
        f"{'':<8}{'seconds (min-max)':>26}{'peak MiB':>10}",
    ]
    for name, one in found["programs"].items():
        seconds = one["seconds"]
        told = f"{seconds['median']} ({seconds['min']}-{seconds['max']})"
        lines.append(f"{name:<8}{told:>26}{one['peak_mib']:>10}")
    ours = found["programs"]["ours"]["facts"]
    lines += [
        f"ours: {ours['kind']}, recall {ours['recall']}; plain: {found['part']:,} rows, "
        f"{found['plain_seconds_of_all']['median']} s for all in proportion",
        f"ours is {found['ratio']['median']} times as fast as plain",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
