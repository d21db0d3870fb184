"""Grouping near-duplicates: how long it takes for a whole collection, and beside imagededup or a plain loop.

python -m benchmarks.dedupe [--hashes 208896] [--new 12288] [--small 10000] [--within 10]
                            [--imagededup-python PATH] [--rounds 3] [--json]

imagededup is not installed with Vasculum. A throw-away environment is enough; its search of hashes needs
no PyTorch:

    python3 -m venv /tmp/imagededup
    /tmp/imagededup/bin/pip install --no-deps imagededup
    /tmp/imagededup/bin/pip install numpy scikit-learn matplotlib tqdm PyWavelets Pillow
    python -m benchmarks.dedupe --imagededup-python /tmp/imagededup/bin/python

Without it the baseline is a loop in plain Python that compares every hash with every other.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.summary import as_text, number, spread, summarise
from benchmarks.timing import ROOT, Program, ProgramFailed, Run, python, run, run_in_turn

WORKER = "benchmarks.dedupe_hashes"


class Incomparable(Exception):
    """The two programs did not find the same."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dedupe", description=__doc__.split("\n")[0])
    parser.add_argument("--hashes", type=number, default=208_896, help="pictures of a whole collection")
    parser.add_argument("--new", type=number, default=12_288, help="pictures that come to it")
    parser.add_argument("--small", type=number, default=10_000, help="pictures for both programs")
    parser.add_argument(
        "--within", type=number, default=10, help="bits that near pictures differ in, at most"
    )
    parser.add_argument("--imagededup-python", type=Path, help="a Python that has imagededup")
    parser.add_argument("--rounds", type=number, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of tables")
    arguments = parser.parse_args()
    if arguments.imagededup_python and not arguments.imagededup_python.is_file():
        parser.error(f"--imagededup-python must be a Python, got {str(arguments.imagededup_python)!r}")
    if arguments.new >= arguments.hashes:
        parser.error(f"--new must be less than --hashes, got {arguments.new} of {arguments.hashes}")
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as temporary:
            summary = measure(arguments, Path(temporary))
    except (ProgramFailed, Incomparable) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(summary, indent=2))
        return 0
    for name, words in (("whole", "grouped anew"), ("new", "come to the rest")):
        one = summary[name]
        seconds = f"{one['seconds']['median']} s ({one['seconds']['min']}-{one['seconds']['max']})"
        print(
            f"{one['pictures']:,} pictures {words}: {seconds}, CPU {one['cpu_seconds']['median']} s, "
            f"peak {one['peak_mib']} MiB; {one['groups']:,} groups, the largest of {one['largest']:,}"
        )
    print(as_text("dedupe", summary["small"], summary["small"]["names"]))
    print(f"both found the same {summary['small']['pairs']:,} pairs")
    if not arguments.imagededup_python:
        print("imagededup was not measured: see the head of benchmarks/dedupe.py for how to give it")
    return 0


def measure(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    large, small = work / "large.txt", work / "small.txt"
    for file, count in ((large, arguments.hashes), (small, arguments.small)):
        run(Program("drawing", python(WORKER, "draw", file, count)))
    within = arguments.within
    machine = {"cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    return {
        **machine,
        "whole": inside(python(WORKER, "all", large, within), arguments.rounds, arguments.hashes),
        "new": inside(python(WORKER, "new", large, within, arguments.new), arguments.rounds, arguments.new),
        "small": beside(arguments, small),
    }


def inside(command: list[str], rounds: int, pictures: int) -> dict[str, Any]:
    """Runs that measure a part of themselves: seconds and CPU seconds are those of this part."""
    runs: list[Run] = run_in_turn([Program("vasculum", command)], rounds)["vasculum"]
    told = [json.loads(one.output) for one in runs]
    return {
        "pictures": pictures,
        "rounds": rounds,
        "seconds": spread([one["seconds"] for one in told]),
        "cpu_seconds": spread([one["cpu_seconds"] for one in told]),
        "peak_mib": round(max(one.peak_mib for one in runs)),
        "groups": told[0]["groups"],
        "largest": told[0]["largest"],
    }


def beside(arguments: argparse.Namespace, file: Path) -> dict[str, Any]:
    """All near pairs of a few hashes, by both programs as whole processes in turn."""
    names = ("vasculum", "imagededup" if arguments.imagededup_python else "plain")
    command = python(WORKER, "plain", file, arguments.within)
    if arguments.imagededup_python:
        script = str(ROOT / "benchmarks" / "dedupe_imagededup.py")
        command = [str(arguments.imagededup_python.absolute()), script, str(file), str(arguments.within)]
    ours = Program(names[0], python(WORKER, "pairs", file, arguments.within))
    runs = run_in_turn([ours, Program(names[1], command)], arguments.rounds)
    found = {name: int(runs[name][0].output.split()[-1]) for name in names}
    if len(set(found.values())) > 1:
        raise Incomparable(f"the programs found different numbers of near pairs: {found}")
    return {**summarise(runs, arguments.small), "names": names, "pairs": found[names[0]]}


if __name__ == "__main__":
    sys.exit(main())
