"""Draw the sets that representations are learned and tested on from a collection with taxonomic names.

A cap on the pictures of a species; all institutions but one held out; then a share of its species; then a
share of the pictures that are left. The same data and seed give the same files.
"""

import argparse
from pathlib import Path
from typing import Any

from training.commands.arguments import positive
from training.commands.ending import ended

HELP = "draw training and test sets of taxa from a collection"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        *("--data",),
        required=True,
        type=Path,
        metavar="PATH",
        help="a folder in the layout of the Half-Earth challenge, an imagefolder export, or a table (.tsv)",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="for sample.tsv, sample.json")
    parser.add_argument("--most-per-species", type=positive, default=25, metavar="N", help="default: 25")
    parser.add_argument(
        "--home-source", metavar="NAME", help="the institution to train on (default: that with most pictures)"
    )
    parser.add_argument("--species-share", type=float, default=0.1, metavar="SHARE", help="default: 0.1")
    parser.add_argument("--image-share", type=float, default=0.1, metavar="SHARE", help="default: 0.1")
    parser.add_argument("--seed", type=int, default=89, help="default: 89")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    for name in ("species_share", "image_share"):
        share = getattr(arguments, name)
        if not 0 <= share < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 0 and less than 1, got {share:g}")
    from training.representation.catalogue import open_catalogue
    from training.representation.sampling import sample

    def work() -> dict[str, Any]:
        found = sample(
            open_catalogue(arguments.data),
            most_per_species=arguments.most_per_species,
            home_source=arguments.home_source,
            species_share=arguments.species_share,
            image_share=arguments.image_share,
            seed=arguments.seed,
        )
        found.write(arguments.out)
        return dict(found.facts)

    def show(facts: dict[str, Any]) -> None:
        for note in facts["notes"]:
            print(note)
        print(f"{facts['read']:,} pictures read; trained on: {facts['home_source'] or 'all'}")
        for one in facts["steps"]:
            counts = f"{one['taken']:,} dropped, {one['held_out']:,} held out, {one['left']:,} left"
            print(f"{one['step']}: {counts}")
        for name, some in facts["sets"].items():
            print(f"{name}: " + ", ".join(f"{n:,} {what}" for what, n in some.items()))
        print(f"-> {arguments.out}")

    return ended(parser, work, show, as_json=arguments.json)
