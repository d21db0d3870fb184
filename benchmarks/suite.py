"""All benchmarks: how each is called at both scales, and where its JSON says how it compares.

A new one is a line here; tests/test_bench.py fails where a module that can be called is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Found = Mapping[str, Any]  # what a benchmark prints with --json

# Programs that benchmarks start, and what they share.
PARTS = {
    "archive_plain", "dedupe_hashes", "dedupe_imagededup", "exporting", "features_loop", "features_rows",
    "fetch_programs", "freeze_plain", "freeze_rows", "keras_loop", "labels_plain",
    "labels_rows", "neighbours_rows", "prepare", "renditions", "renditions_compare", "tfrecord_plain",
    "tiles_ways", "training_data_batches", "training_data_plain", "umap_rows",
}  # fmt: skip


@dataclass(frozen=True)
class Benchmark:
    """name: the module. against: the baseline, in words. small, full: arguments beside --json.

    ratios: from what it printed to pairs of words and number, above 1 where ours is the better one.
    """

    name: str
    against: str
    small: str
    ratios: Callable[[Found], Mapping[str, float]]
    full: str = ""
    browser: bool = False


def median(found: Found) -> dict[str, float]:
    """What benchmarks.summary.summarise prints."""
    ratio = found["ratio"]
    return {"speed": ratio["median"] if isinstance(ratio, Mapping) else ratio}


def _records(found: Found) -> dict[str, float]:
    plain, *ours = found["runs"]
    return {"rows a second": ours[-1]["rows_per_second"] / plain["rows_per_second"]}


def _download(found: Found) -> dict[str, float]:
    return {"pictures a second": _over(found["vasculum"], found["plain"], "pictures_per_second")}


def _queue(found: Found) -> dict[str, float]:
    orders = {name: row["database"]["p95_ms"] for name, row in found["orders"].items()}
    plain = orders.pop("plain")
    return {"database, p95, slowest order": plain / max(orders.values())}


def _grid(found: Found) -> dict[str, float]:
    return {"wait, p95": found["runs"]["plain"]["p95_ms"] / found["runs"]["vasculum"]["p95_ms"]}


def _freeze(found: Found) -> dict[str, float]:
    exact = found["plain"]["StratifiedGroupKFold"]["seconds"]
    return {"whole freeze against the split alone": exact / max(one["seconds"] for one in found["runs"])}


def _labels(found: Found) -> dict[str, float]:
    rows = {name: row for name, row in found["files"].items() if "plain" in row}
    return {name: row["plain"]["seconds"] / row["vasculum"]["seconds"] for name, row in rows.items()}


def _mislabels(found: Found) -> dict[str, float]:
    ours = found["regression_seconds"] + found["cleanlab_seconds"]
    return {"speed": found["plain_seconds"] / ours}


def _dashboards(found: Found) -> dict[str, float]:
    pages = {name: row for name, row in found["pages"].items() if "plain" in row}
    return {name: row["plain"] / max(row["p50"], 1) for name, row in pages.items()}


def _curators(found: Found) -> dict[str, float]:
    alone, together = list(found["ways"].values())
    return {"wait of one alone over that of all, p95": alone["votes"]["p95_ms"] / together["votes"]["p95_ms"]}


def _over(ours: Found, plain: Found, name: str) -> float:
    return float(ours[name]) / float(plain[name])


BENCHMARKS = (
    Benchmark("predict", "TensorFlow and Keras in a loop", "--pictures 340 --rounds 1", median),
    Benchmark("ingest", "Pillow", "--pictures 4 --rounds 1", median),
    Benchmark(
        "dedupe", "a loop over pairs in plain Python",
        "--hashes 20000 --new 1000 --small 2000 --rounds 1", lambda found: median(found["small"]),
    ),
    Benchmark(
        "import_records", "csv and bulk_create", "--rows 2000 --baseline-rows 2000", _records
    ),
    Benchmark("fetch", "a loop over httpx", "--hosts 10 --pictures 5 --rounds 1", median),
    Benchmark("download", "a loop over httpx and Django", "--hosts 8 --pictures 4", _download),
    Benchmark("tiles", "Pillow, numpy and scipy", "--megapixels 6 --times 1 --rounds 1", median),
    Benchmark(
        "queue", "all open candidates, sorted",
        "--rows 5000 --curators 3 --seconds 5 --pause 1 --orders entropy double plain", _queue,
    ),
    Benchmark(
        "review_speed", "the page that loads one picture at a time",
        "--rows 2000 --pictures 30 --short-side 500 --pause 0.1", median, browser=True,
    ),
    Benchmark(
        "grid_speed", "the page that loads the next one only then",
        "--pictures 96 --size 24 --look 1", _grid, browser=True,
    ),
    Benchmark(
        "map_zoom", "Plotly's scattergl", "--points 5000 --rounds 1",
        lambda found: found["plotly_to_ours"], browser=True,
    ),
    Benchmark(
        "curators", "one curator alone",
        "--curators 5 --seconds 10 --arriving 2 --rows 400 --alone 5", _curators,
    ),
    Benchmark("dashboards", "an aggregate for each number", "--rows 3000 --rounds 2", _dashboards),
    Benchmark(
        "labels", "Django objects and csv.writer",
        "--rows 2000 --files votes.tsv decisions.tsv --plain votes.tsv decisions.tsv", _labels,
        "--plain votes.tsv decisions.tsv label-studio.json",
    ),
    Benchmark("freeze", "scikit-learn's split by groups", "--rows 5000 --per-class 120", _freeze),
    Benchmark(
        "tfrecord", "Pillow and tf.io.TFRecordWriter", "--pictures 1632 --baseline-pictures 408 --least 0",
        lambda found: {"records": found["ratio_records"], "with tables and checksums": found["ratio"]},
    ),
    Benchmark(
        "archive", "cat; zipfile stored; zipfile deflated", "--pictures 1632",
        lambda found: found["ratio"],
    ),
    Benchmark("training_data", "Pillow and numpy in a loop", "--pictures 2000 --rounds 1", median),
    Benchmark(
        "features", "Keras and Pillow in a loop", "--pictures 64 --image-size 64 --short-side 96", median
    ),
    Benchmark(
        "neighbours", "scikit-learn's brute force", "--rows 5000 --dimension 64 --part 500 --map none",
        median, "--map none",
    ),
    Benchmark(
        "umap", "umap-learn fitted on every row",
        "--rows 3000 --dimension 32 --part 1000 --fitted 1000", median,
    ),
    Benchmark("mislabels", "cross_val_predict", "--pictures 2000 --dimension 32 --plain", _mislabels),
    Benchmark(
        "renditions_speed", "Pillow in a loop", "--times 1 --rounds 1 --least 0", median
    ),
    Benchmark(
        "near_distance", "the hash (no ratio: a table)", "--pictures 34 --size 32 --epochs 1",
        lambda found: {},
    ),
)  # fmt: skip
