"""A release to one ZIP of pictures a class: against what the disk allows, and against deflating.

python -m benchmarks.archive [--pictures 208896] [--json]

A database of its own is started in a temporary folder (TMPDIR) and filled with a release. It is exported as
by `manage.py export --format dryad`, by a process of its own. `cat` writes the same pictures of each class
into one file without anything else, zipfile in a plain loop makes ZIPs stored and deflated; all are synced to
the disk. Each runs twice, in turn; the faster run counts.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.database import own_database
from benchmarks.summary import number
from benchmarks.timing import python
from benchmarks.tree import peak_of_tree

ROUNDS = 2
PLAIN = ("cat", "stored", "deflated")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archive", description=__doc__)
    parser.add_argument("--pictures", type=number, default=208_896)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    found = measure(arguments.pictures)
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    return 0


def measure(pictures: int) -> dict[str, Any]:
    with own_database() as work:
        import django

        django.setup()
        from django.conf import settings

        from benchmarks.pictures_rows import fill

        media = Path(settings.MEDIA_ROOT)
        [name] = fill([pictures], media).values()
        size = _lists(name, media, work / "lists")
        runs: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for _round in range(ROUNDS):
            runs["vasculum"].append(_run(python("benchmarks.exporting", name, "dryad", work / "out"), work))
            for way in PLAIN:
                command = python("benchmarks.archive_plain", way, work / "lists", work / "out")
                runs[way].append(_run(command, work))
        return summarise(runs, size)


def _lists(name: str, media: Path, folder: Path) -> int:
    """A list of the pictures of each class; the bytes of all pictures."""
    from curation.models import ReleaseMember

    folder.mkdir()
    paths: defaultdict[str, list[Path]] = defaultdict(list)
    members = ReleaseMember.objects.filter(release__name=name).order_by("sha256")
    for sha256, category in members.values_list("sha256", "category"):
        paths[category].append(media / "dataset" / sha256[:2] / f"{sha256}.jpg")
    for category, each in paths.items():
        (folder / f"{category}.txt").write_text("".join(f"{path}\n" for path in each))
    return sum(path.stat().st_size for each in paths.values() for path in each)


def _run(command: list[str], work: Path) -> dict[str, Any]:
    os.sync()  # so that nobody waits for what another has written
    said, peak = peak_of_tree(command)
    written = sum(path.stat().st_size for path in (work / "out").iterdir())
    shutil.rmtree(work / "out")
    return {**json.loads(said), "peak_mib": peak, "written": written, "load": os.getloadavg()[0]}


def summarise(runs: dict[str, list[dict[str, Any]]], size: int) -> dict[str, Any]:
    """ratio: seconds of a way over those of the archives of ours, tables and checksums left out."""
    best = {
        name: min(each, key=lambda run: float(run.get("units", run["seconds"])))
        for name, each in runs.items()
    }
    ours = best["vasculum"]["units"]
    for run in best.values():
        run["mb_per_second"] = size / run.get("units", run["seconds"]) / 1e6
    return {
        "cpus": os.cpu_count(),
        "bytes": size,
        "best": best,
        "ratio": {way: best[way]["seconds"] / ours for way in PLAIN},
    }


def as_text(found: dict[str, Any]) -> str:
    lines = [
        f"archive: {found['bytes'] / 1e6:,.0f} MB of pictures, {found['cpus']} CPUs",
        f"{'':10}{'seconds':>9}{'archives s':>12}{'CPU s':>8}{'MB/s':>7}{'written MB':>12}"
        f"{'peak MiB':>10}{'load':>6}",
    ]
    for name, run in found["best"].items():
        lines.append(
            f"{name:10}{run['seconds']:9.1f}{run.get('units', run['seconds']):12.1f}{run['cpu_seconds']:8.1f}"
            f"{run['mb_per_second']:7,.0f}{run['written'] / 1e6:12,.0f}"
            f"{run['peak_mib']:10,}{run['load']:6.1f}"
        )
    ratio = ", ".join(f"{way} {times:.2f}" for way, times in found["ratio"].items())
    lines.append(f"seconds over those of our archives: {ratio}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
