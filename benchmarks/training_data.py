"""Batches for training, cropped and mixed as published: against a plain loop of Pillow and numpy.

python -m benchmarks.training_data [--pictures 40000] [--drawn 340] [--batch 256] [--rounds 3] [--json]

Drawn 96-pixel records in an export of their own are read by both in turn, each time by a process of its own.
Imports are left out; ours checks every record before it gives the first batch, which is counted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import sys
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.summary import number, spread
from benchmarks.timing import Program, Run, python, run_in_turn

CLASSES = 17
SHARD = "drawn-96-train.tfr"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training_data", description=__doc__)
    parser.add_argument("--pictures", type=number, default=40_000)
    parser.add_argument("--drawn", type=number, default=340, help="how many of them differ (default: 340)")
    parser.add_argument("--batch", type=number, default=256)
    parser.add_argument("--rounds", type=number, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder = make_export(Path(work, "export"), arguments.pictures, arguments.drawn)
        batch = arguments.batch
        programs = [
            Program("vasculum", python("benchmarks.training_data_batches", batch, folder)),
            Program("plain", python("benchmarks.training_data_plain", batch, folder / SHARD)),
        ]
        found = summarise(run_in_turn(programs, arguments.rounds), arguments.pictures)
    print(json.dumps(found, indent=2) if arguments.json else as_text(found))
    return 0


def make_export(folder: Path, pictures: int, drawn: int) -> Path:
    """An export of one shard: `drawn` different pictures, then the same again under other names."""
    from curation.drawing import demo_set
    from curation.services.exports.records import example, framed
    from curation.services.exports.training_jpeg import training_jpeg

    folder.mkdir()
    different = min(pictures, drawn)
    items = islice(demo_set(different // CLASSES + 1), different)
    jpegs = [training_jpeg(item.jpeg(192)) for item in items]
    counts: dict[str, int] = {}
    with (folder / SHARD).open("wb") as file:
        for each in range(pictures):
            category = each % different % CLASSES
            slug = f"kind-{category}"
            counts[slug] = counts.get(slug, 0) + 1
            name = hashlib.sha256(str(each).encode()).hexdigest()
            file.write(framed(example(jpegs[each % different], category, name, "AAA", "CC0-1.0")))
    facts = {
        "vasculum_export": 1, "format": "tfrecord", "release": "drawn", "manifest_sha256": "0" * 64,
        "classes": [{"index": i, "slug": f"kind-{i}", "name": f"Kind {i}"} for i in range(CLASSES)],
        "counts": {"train": counts}, "side": 96, "shards": {"train": {SHARD: pictures}},
    }  # fmt: skip
    (folder / "release.json").write_text(json.dumps(facts))
    shard = hashlib.sha256((folder / SHARD).read_bytes()).hexdigest()
    (folder / "SHA256SUMS").write_text(f"{shard}  {SHARD}\n")
    return folder


def summarise(runs: dict[str, list[Run]], pictures: int) -> dict[str, Any]:
    """ratio: pictures a second of ours over those of the plain loop, pair by pair."""
    said = {name: [json.loads(run.output) for run in each] for name, each in runs.items()}
    for name, each in said.items():
        wrong = [one["pictures"] for one in each if one["pictures"] != pictures]
        if wrong:
            raise SystemExit(f"{name} gave {wrong[0]} pictures, expected {pictures}")
    ratios = [
        plain["seconds"] / ours["seconds"]
        for ours, plain in zip(said["vasculum"], said["plain"], strict=True)
    ]
    programs = {
        name: {
            "seconds": spread([one["seconds"] for one in each]),
            "pictures_per_second": round(pictures / statistics.median(one["seconds"] for one in each)),
            "cpu_seconds": spread([one["cpu_seconds"] for one in each]),
            "peak_mib": round(max(run.peak_mib for run in runs[name])),
        }
        for name, each in said.items()
    }
    machine = {"cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    return {"pictures": pictures, "rounds": len(ratios), **machine, **programs, "ratio": spread(ratios)}


def as_text(found: dict[str, Any]) -> str:
    from benchmarks.summary import as_text

    return as_text("training data", found, ("vasculum", "plain"))


if __name__ == "__main__":
    sys.exit(main())
