"""Downloading pictures: `curation.fetching` against a plain loop over httpx, one process each.

python -m benchmarks.fetch [--hosts 50] [--pictures 40] [--rounds 3] [--delay 0] [--json]

A server in a process of its own answers all hosts on a loopback port. Both programs write every picture to
a folder and take its SHA-256; ours does all that it does in earnest (robots.txt, checks, fsync, results),
with waits set to 0.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.summary import as_text, number, summarise
from benchmarks.timing import ROOT, Program, ProgramFailed, python, run, run_in_turn

NAMES = ("vasculum", "httpx")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fetch", description=__doc__.split("\n")[0])
    parser.add_argument("--hosts", type=number, default=50)
    parser.add_argument("--pictures", type=number, default=40, help="of each host (default: 40)")
    parser.add_argument(
        "--delay", type=float, default=0.0, help="seconds a host takes to answer (default: 0)"
    )
    parser.add_argument("--rounds", type=number, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    if not 0 <= arguments.delay <= 60:
        parser.error(f"--delay must be from 0 to 60 seconds, got {arguments.delay}")
    try:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as temporary:
            summary = measure(arguments, Path(temporary))
    except ProgramFailed as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(summary, indent=2))
        return 0
    print(as_text("fetch", summary, NAMES))
    shares = ", ".join(f"{name} {share:.0%}" for name, share in summary["cpu_share"].items())
    print(
        f"CPU of the program over the clock (100% is one CPU of {summary['cpus']}): {shares}; "
        f"{summary['hosts']} hosts, pictures of {summary['picture_bytes']:,} bytes, "
        f"answers after {summary['delay']:g} s; same bytes: {summary['same_bytes']:,}"
    )
    return 0


def measure(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    picture = work / "picture.jpg"
    run(Program("drawing", python("benchmarks.fetch_programs", "draw", picture)))
    count = arguments.hosts * arguments.pictures
    with serving(picture, arguments.delay) as address:
        size = ("--hosts", arguments.hosts, "--pictures", arguments.pictures)
        programs = [
            Program(
                name,
                python("benchmarks.fetch_programs", name, "--address", address, *size, "--out", work / name),
            )
            for name in NAMES
        ]
        runs = run_in_turn(programs, arguments.rounds)
    digests = [json.loads(series[-1].output) for series in runs.values()]
    same = sum(digests[0].get(name) == digest for name, digest in digests[1].items())
    if not all(len(found) == count for found in digests) or same != count:
        raise ProgramFailed(f"{count} pictures were asked for, the same {same} came in both programs")
    return {
        **summarise(runs, count),
        "hosts": arguments.hosts,
        "delay": arguments.delay,
        "picture_bytes": picture.stat().st_size,
        "same_bytes": same,
        "cpu_share": {
            name: round(sum(one.cpu_seconds for one in series) / sum(one.seconds for one in series), 3)
            for name, series in runs.items()
        },
    }


@contextmanager
def serving(picture: Path, delay: float) -> Iterator[str]:
    """A server of the picture on a free loopback port: its "ip:port"."""
    command = python("benchmarks.fetch_programs", "serve", picture, "--delay", delay)
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ})
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        if not address:
            raise ProgramFailed("the server did not start")
        yield address
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    sys.exit(main())
