"""Freeze 17 x 12,288 from 300,000 decided candidates of 43 sources with near-duplicates and specimens.

python -m benchmarks.freeze [--rows 300000] [--per-class 12288] [--most-seconds 60] [--most-mib 1024] [--json]

`manage.py freeze` is run as a whole process for both balances, then on a second database that was loaded in
another order: the manifests must be the same. The baseline splits the same pictures by scikit-learn, which
keeps groups together and gives up exact counts. Status 1 where a count is not exact, a candidate is not
accounted for, a manifest differs, or a run takes more than --most-seconds or --most-mib. The CPU seconds of
the process and of the database tell how much work it is, whatever else the machine does.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import psutil

from benchmarks.database import own_database
from benchmarks.freeze_plain import WAYS
from benchmarks.summary import number
from benchmarks.timing import Program, python, run

BALANCES = ("random", "even-sources")
CHECK = """
SELECT count(*), count(*) FILTER (WHERE n <> wanted) FROM (
    SELECT count(m.id) n,
        CASE s.split WHEN 'train' THEN r.train WHEN 'test' THEN r.test ELSE r.validate END wanted
    FROM curation_release r
    JOIN curation_labelclass c ON c.project_id = r.project_id
    CROSS JOIN (VALUES ('train'), ('test'), ('validate')) s(split)
    LEFT JOIN curation_releasemember m
        ON m.release_id = r.id AND m.category_index = c.index AND m.split = s.split
    WHERE r.name = %s GROUP BY c.index, s.split, r.train, r.test, r.validate) cells
"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.freeze", description=__doc__)
    parser.add_argument("--rows", type=number, default=300_000)
    parser.add_argument("--per-class", type=number, default=12_288)
    parser.add_argument("--most-seconds", type=float, default=60.0)
    parser.add_argument("--most-mib", type=float, default=1024.0)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    found = measure(arguments)
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    return 0 if found["reached"] else 1


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    first = _database(arguments, order=1)
    second = _database(arguments, order=2)
    plain = {way: first["plain"].pop(way) for way in WAYS}
    runs = [*first["runs"], *second["runs"]]
    same = all(
        len({each["manifest_sha256"] for each in runs if each["balance"] == balance}) == 1
        for balance in BALANCES
    )
    within = all(
        each["seconds"] <= arguments.most_seconds and each["peak_mib"] <= arguments.most_mib for each in runs
    )
    return {
        "rows": arguments.rows,
        "per_class": arguments.per_class,
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "runs": runs,
        "plain": plain,
        "same_manifests": same,
        "reached": same and within and all(each["exact"] and each["all_accounted"] for each in runs),
    }


def _database(arguments: argparse.Namespace, order: int) -> dict[str, Any]:
    """Fill a database in this order and freeze from it; with the first one, the baseline as well."""
    with own_database():
        try:
            sizes = ("--rows", arguments.rows, "--per-class", arguments.per_class, "--order", order)
            run(Program("fill", python("benchmarks.freeze_rows", *sizes)))
            runs = [_frozen(balance, arguments.per_class, order) for balance in BALANCES]
            plain = {
                way: json.loads(
                    run(
                        Program(
                            way,
                            python(
                                "benchmarks.freeze_plain", "--per-class", arguments.per_class, "--way", way
                            ),
                        )
                    ).output
                )
                for way in (WAYS if order == 1 else ())
            }
            return {"runs": runs, "plain": plain}
        finally:
            # The next database is another one.
            for name in ("DATABASE_URL", "REDIS_URL"):
                os.environ.pop(name, None)


def _frozen(balance: str, per_class: int, order: int) -> dict[str, Any]:
    import psycopg

    words = ("freeze", "--project", "herbariograph", "--seed", 7, "--per-class", per_class)
    command = [sys.executable, "manage.py", *map(str, words), "--balance", balance, "--json"]
    before = _database_seconds()
    done = run(Program(balance, command))
    database = _database_seconds() - before
    release = json.loads(done.output)
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        cells, wrong = connection.execute(CHECK, [release["release"]]).fetchone() or (0, 0)
        candidates = (connection.execute("SELECT count(*) FROM curation_candidate").fetchone() or (0,))[0]
    return {
        "order": order,
        "balance": balance,
        "seconds": round(done.seconds, 1),
        "cpu_seconds": round(done.cpu_seconds, 1),
        "database_cpu_seconds": round(database, 1),
        "peak_mib": round(done.peak_mib),
        "load": round(os.getloadavg()[0], 1),
        "pictures": release["pictures"],
        "exact": cells > 0 and wrong == 0,
        "left_out": release["left_out"],
        "all_accounted": release["pictures"] + sum(release["left_out"].values()) == candidates,
        "manifest_sha256": release["manifest_sha256"],
    }


def _database_seconds() -> float:
    """CPU seconds of all backends of the database that have ended, as the server process has counted them."""
    pid = Path(os.environ["VASCULUM_VAR"], "pg", "postmaster.pid").read_text().split()[0]
    times = psutil.Process(int(pid)).cpu_times()
    return float(times.children_user + times.children_system)


def as_text(found: dict[str, Any]) -> str:
    lines = [
        f"freeze: {found['per_class']:,} a class from {found['rows']:,} decided, {found['cpus']} CPUs",
        f"{'':22}{'seconds':>9}{'CPU s':>7}{'+ database':>12}{'MiB':>7}{'load':>6}  counts",
    ]
    for each in found["runs"]:
        exact = "exact" if each["exact"] else "NOT exact"
        name = f"{each['balance']}, order {each['order']}"
        lines.append(
            f"{name:22}{each['seconds']:9.1f}{each['cpu_seconds']:7.1f}"
            f"{each['database_cpu_seconds']:12.1f}"
            f"{each['peak_mib']:7,}{each['load']:6.1f}  {exact}, left out {each['left_out']}"
        )
    for way, each in found["plain"].items():
        off = ", ".join(f"{name} {n:g}" for name, n in each["most_off"].items())
        lines.append(f"{way:22}{each['seconds']:9.1f}  off by up to: {off} pictures of a class")
    same = "the same" if found["same_manifests"] else "NOT the same"
    lines.append(
        f"manifests of both orders are {same}; all within the limits: {'yes' if found['reached'] else 'NO'}"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
