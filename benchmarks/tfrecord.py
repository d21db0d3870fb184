"""A release to sharded TFRecords: against a plain loop of Pillow and tf.io.TFRecordWriter.

python -m benchmarks.tfrecord [--pictures 208896] [--baseline-pictures 20000] [--json]

A database of its own is started in a temporary folder (TMPDIR) and filled with releases of an eighth, a half
and all of the pictures. Each is exported as by `manage.py export --format tfrecord`, by a process of its own,
so that its peak memory can be told; the plain loop runs before the first, between them and after the last.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any

from benchmarks.database import own_database
from benchmarks.summary import number
from benchmarks.timing import python
from benchmarks.tree import peak_of_tree


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tfrecord", description=__doc__)
    parser.add_argument("--pictures", type=number, default=208_896)
    parser.add_argument("--baseline-pictures", type=number, default=20_000)
    parser.add_argument(
        "--least", type=float, default=3.0, help="records: times the speed of the loop, else status 1"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    found = measure(arguments.pictures, arguments.baseline_pictures)
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    return 0 if found["ratio_records"] >= arguments.least else 1


def measure(pictures: int, baseline: int) -> dict[str, Any]:
    with own_database() as work:
        import django

        django.setup()
        from django.conf import settings

        from benchmarks.pictures_rows import fill

        names = fill([pictures // 8, pictures // 2, pictures], Path(settings.MEDIA_ROOT))
        listed = work / "list.tsv"
        listed.write_text(_list(names[max(names)], Path(settings.MEDIA_ROOT), baseline))
        plain = [_plain(listed, work)]
        ours = []
        for size, name in names.items():
            ours.append({"pictures": size, **_ours(name, work / "out")})
            plain.append(_plain(listed, work))
        return summarise(ours, plain)


def _list(name: str, media: Path, most: int) -> str:
    from curation.models import ReleaseMember

    members = ReleaseMember.objects.filter(release__name=name).order_by("id")[:most]
    return "".join(
        f"{media}/dataset/{sha256[:2]}/{sha256}.jpg\t{category}\t{sha256}\t{source}\t{licence}\n"
        for sha256, category, source, licence in members.values_list(
            "sha256", "category_index", "source", "licence"
        )
    )


def _plain(listed: Path, work: Path) -> dict[str, Any]:
    out, peak = peak_of_tree(python("benchmarks.tfrecord_plain", listed, work / "plain.tfr"))
    lines = listed.read_text().count("\n")
    return {"pictures": lines, **json.loads(out), "peak_mib": peak, "load": os.getloadavg()[0]}


def _ours(name: str, out: Path) -> dict[str, Any]:
    said, peak = peak_of_tree(python("benchmarks.exporting", name, "tfrecord", out / name))
    return {**json.loads(said), "peak_mib": peak, "load": os.getloadavg()[0]}


def summarise(ours: list[dict[str, Any]], plain: list[dict[str, Any]]) -> dict[str, Any]:
    """Pictures a second of the largest export over the median of the plain loop.

    ratio_records: of the records, which is what the loop writes, but synced to the disk. ratio: of
    everything, with the tables and checksums that the loop does not make.
    """
    for run in (*ours, *plain):
        run["per_second"] = run["pictures"] / run["seconds"]
    usual = statistics.median(run["per_second"] for run in plain)
    largest = ours[-1]
    return {
        "cpus": os.cpu_count(),
        "vasculum": ours,
        "plain": plain,
        "ratio": largest["per_second"] / usual,
        "ratio_records": largest["pictures"] / largest["units"] / usual,
    }


def as_text(found: dict[str, Any]) -> str:
    lines = [
        f"tfrecord: {found['cpus']} CPUs",
        f"{'':10}{'pictures':>10}{'seconds':>9}{'records s':>11}{'CPU s':>8}{'pictures/s':>12}"
        f"{'peak MiB':>10}{'load':>6}",
    ]
    for name in ("plain", "vasculum"):
        for run in found[name]:
            units = f"{run['units']:11.1f}" if "units" in run else f"{'':11}"
            lines.append(
                f"{name:10}{run['pictures']:10,}{run['seconds']:9.1f}{units}{run['cpu_seconds']:8.1f}"
                f"{run['per_second']:12,.0f}{run['peak_mib']:10,}{run['load']:6.1f}"
            )
    lines.append(
        f"vasculum writes records {found['ratio_records']:.2f} times as fast as the plain loop; with "
        f"tables and checksums, which the loop does not make, {found['ratio']:.2f} times"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
