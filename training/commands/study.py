"""Do a whole study of representations by one command: sample, train the encoders, make features, silhouettes,
maps and channels, compare the encoders at every downstream task; as one page with tables and figures.

Of drawn pictures (--drawn), whose taxonomy is known, or of a collection (--data). A study that was stopped
goes on with the same command, and what is done is not done again.
"""

import argparse
from pathlib import Path
from typing import Any

from training.commands.ending import ended
from training.config import read_config
from training.progress import Console

HELP = "reproduce the study of representations: encoders, features, tables, figures"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--drawn", action="store_true", help="of pictures that are drawn for it")
    source.add_argument(
        "--data",
        type=Path,
        metavar="PATH",
        help="a folder in the layout of the Half-Earth challenge, an imagefolder export, or a table (.tsv)",
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="a TOML file (default: the published settings, with --drawn small ones; training/configs/)",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="the folder of the study")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="put a value in over that of the file, as encoder.epochs=2; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    from training.representation.study.config import DRAWN, PUBLISHED
    from training.representation.study.run import run_study

    file = arguments.config or (DRAWN if arguments.drawn else PUBLISHED)

    def work() -> dict[str, Any]:
        config = read_config(file, arguments.set)
        with Console("study", quiet=arguments.json) as progress:
            return run_study(config, arguments.data, arguments.out, progress=progress)

    def show(found: dict[str, Any]) -> None:
        for name, why in found["refused"].items():
            print(f"{name}: {why}")
        for note in found["notes"]:
            print(f"note: {note}")
        print(f"-> {arguments.out / 'README.md'}")

    stopped = "stopped; the same command goes on where it was"
    return ended(parser, work, show, as_json=arguments.json, stopped=stopped)
