"""Describe the space of features of a sample: silhouettes at genus, family and order, a UMAP map fitted on
the training set, and the channels that vary most. What cannot be done is said in the report, and the rest
goes on.
"""

import argparse
from pathlib import Path
from typing import Any

from training.commands.arguments import positive
from training.commands.ending import ended
from training.progress import Console

HELP = "silhouettes, a map and channels of features"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--features", type=Path, required=True, metavar="STORE", help="a store of features")
    parser.add_argument(
        "--catalogue", type=Path, required=True, metavar="PATH", help="the pictures with their taxa"
    )
    parser.add_argument(
        "--sample",
        type=Path,
        metavar="DIR",
        help="what python -m training sample wrote (default: all pictures are one set, train)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write the report")
    parser.add_argument("--seed", type=int, default=89)
    parser.add_argument(
        "--most", type=positive, default=20_000, help="pictures of one silhouette (default: 20000)"
    )
    parser.add_argument("--neighbours", type=positive, default=15, help="of UMAP (default: 15)")
    parser.add_argument("--min-dist", type=float, default=0.1, help="of UMAP (default: 0.1)")
    parser.add_argument("--no-umap", action="store_true", help="no map")
    parser.add_argument(
        "--cheaper",
        action="store_true",
        help="UMAP after 50 principal components, started from them; for very many pictures",
    )
    parser.add_argument(
        "--fitted",
        type=positive,
        default=20_000,
        metavar="N",
        help="pictures of train that the map is fitted on; the others are put into it (default: 20000)",
    )
    parser.add_argument("--channels", type=positive, default=8, help="how many (default: 8)")
    parser.add_argument("--examples", type=positive, default=5, help="pictures at each end (default: 5)")
    parser.add_argument(
        "--model", help="what the features are of, to show where in a picture a channel answers"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    from training.representation.geometry.report import Options, run_geometry

    options = Options(
        seed=arguments.seed,
        most=arguments.most,
        neighbours=arguments.neighbours,
        min_dist=arguments.min_dist,
        umap=not arguments.no_umap,
        cheaper=arguments.cheaper,
        fitted=arguments.fitted,
        channels=arguments.channels,
        examples=arguments.examples,
        model=arguments.model,
    )

    def work() -> dict[str, Any]:
        with Console("geometry", quiet=arguments.json) as progress:
            inputs = (arguments.features, arguments.catalogue, arguments.sample, arguments.out)
            return run_geometry(*inputs, options, progress=progress)

    def show(report: dict[str, Any]) -> None:
        for one in report["silhouettes"] or ():
            print(f"{one['set']} {one['level']}: silhouette {one['mean']:.4f} ({one['scored']:,} pictures)")
        for note in report["notes"]:
            print(f"note: {note}")
        print(f"-> {arguments.out}")

    return ended(parser, work, show, as_json=arguments.json)
