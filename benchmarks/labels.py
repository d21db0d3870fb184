"""All votes and decisions of a project as files, in every form, against the plain way.

python -m benchmarks.labels [--rows 208896] [--files votes.tsv …] [--plain votes.tsv …] [--rounds 1] [--json]

A database of its own holds a project with --rows pictures, each with a vote (every third with two), a
prediction and a decision. Both programs are whole processes: `manage.py labels` writes row by row what
PostgreSQL's COPY gives; the plain one (labels_plain.py) makes Django's objects of all rows, then writes them
with csv.writer, json.dumps or pyarrow. Both must write the same rows.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from contextlib import ExitStack
from itertools import zip_longest
from pathlib import Path
from typing import Any

from benchmarks.database import own_database
from benchmarks.summary import number
from benchmarks.timing import Program, Run, python, run_in_turn

FILES = [
    *(("votes", form) for form in ("tsv", "csv", "jsonl", "parquet")),
    *(("decisions", form) for form in ("tsv", "csv", "jsonl", "parquet")),
    ("label-studio", "json"),
]
NAMES = [f"{table}.{form}" for table, form in FILES]
COMPARED = {
    "votes": ("id", "sha256", "reviewer", "class", "counts"),
    "decisions": ("sha256", "class", "votes_for"),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.labels", description=__doc__)
    parser.add_argument("--rows", type=number, default=208_896, help="pictures")
    parser.add_argument("--files", nargs="+", choices=NAMES, default=NAMES, metavar="FILE")
    parser.add_argument(
        "--plain", nargs="*", choices=NAMES, default=NAMES, metavar="FILE", help="those also written plainly"
    )
    parser.add_argument("--rounds", type=number, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    with own_database() as work:
        found = _measured(arguments, work)
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    return 0 if found["same"] else 1


def _measured(arguments: argparse.Namespace, work: Path) -> dict[str, Any]:
    import django

    django.setup()
    from django.db import connection

    from benchmarks.labels_rows import fill
    from curation.models import Decision, Vote

    project = fill(arguments.rows)
    counted = {"votes": Vote.objects.count(), "decisions": Decision.objects.count()}
    connection.close()
    files: dict[str, Any] = {}
    same = True
    for table, form in (file for file in FILES if ".".join(file) in arguments.files):
        ours, plain = (work / f"{who}-{table}.{form}" for who in ("vasculum", "plain"))
        words = ["labels", "--project", project.key, "--table", table, "--form", form, "--out", ours]
        programs = [Program("vasculum", [sys.executable, "manage.py", *map(str, words)])]
        compared = f"{table}.{form}" in arguments.plain
        if compared:
            programs.append(Program("plain", python("benchmarks.labels_plain", table, form, plain)))
        runs = run_in_turn(programs, arguments.rounds)
        row = {
            "rows": counted.get(table, arguments.rows),
            "mib": round(ours.stat().st_size / 2**20, 1),
            **{name: _figures(series) for name, series in runs.items()},
            "load": round(os.getloadavg()[0], 1),
        }
        files[f"{table}.{form}"] = row
        print(_line(f"{table}.{form}", row), file=sys.stderr, flush=True)
        if compared and form == "tsv":
            same = same and _agree([ours, plain], COMPARED[table])
        ours.unlink()
        plain.unlink(missing_ok=True)
    return {"pictures": arguments.rows, "rounds": arguments.rounds, "files": files, "same": same}


def _figures(runs: list[Run]) -> dict[str, float]:
    best = min(runs, key=lambda run: run.seconds)
    return {
        "seconds": round(best.seconds, 2),
        "cpu_seconds": round(best.cpu_seconds, 2),
        "peak_mib": round(max(run.peak_mib for run in runs)),
    }


def _agree(paths: list[Path], names: tuple[str, ...]) -> bool:
    """Whether two tables say the same in these columns. Line by line: a child's peak memory begins at its
    parent's on Linux, so this process must stay small."""
    with ExitStack() as stack:
        files = [stack.enter_context(path.open(newline="", encoding="utf-8")) for path in paths]
        readers = [csv.DictReader(file, dialect="excel-tab") for file in files]
        return all(
            one is not None and other is not None and all(one[n].lower() == other[n].lower() for n in names)
            for one, other in zip_longest(*readers)
        )


def as_text(found: dict[str, Any]) -> str:
    lines = [
        f"labels: {found['pictures']:,} pictures, {found['rounds']} round(s), {os.cpu_count()} CPUs",
        f"{'file':20}{'rows':>9}{'MiB':>8}{'seconds':>9}{'CPU s':>8}{'peak MiB':>10}{'plain s':>10}"
        f"{'CPU s':>8}{'peak MiB':>10}"
        f"{'times':>8}{'load':>7}",
    ]
    lines += [_line(name, row) for name, row in found["files"].items()]
    lines.append("both wrote the same rows" if found["same"] else "the two did NOT write the same rows")
    return "\n".join(lines)


def _line(name: str, row: dict[str, Any]) -> str:
    ours, plain = row["vasculum"], row.get("plain")
    beside = f"{'':36}"
    if plain:
        times = plain["seconds"] / ours["seconds"]
        beside = f"{plain['seconds']:10.2f}{plain['cpu_seconds']:8.2f}{plain['peak_mib']:10}{times:8.1f}"
    return (
        f"{name:20}{row['rows']:9,}{row['mib']:8.1f}{ours['seconds']:9.2f}"
        f"{ours['cpu_seconds']:8.2f}{ours['peak_mib']:10}{beside}"
        f"{row['load']:7.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
