"""Compare encoders by what their features are good for: identification at genus, family and order in every
test set, telling two genera apart, finding flipped labels.

Writes the whole table as Markdown, TSV and JSON, with figures. A comparison that was stopped goes on with the
same command.
"""

import argparse
from pathlib import Path
from typing import Any

from training.commands.ending import ended
from training.config import read_config
from training.progress import Console

HELP = "compare encoders by what their features are good for"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", required=True, type=Path, metavar="FILE", help="a TOML file")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="for the tables and figures")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="put a value in over that of the file, as seed=1 or mislabels.share=0.2; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    def work() -> dict[str, Any]:
        config = read_config(arguments.config, arguments.set)
        from training.representation.downstream.compare import compare

        with Console("compare", quiet=arguments.json) as progress:
            return compare(config, arguments.out, progress=progress)

    def show(found: dict[str, Any]) -> None:
        from training.representation.downstream.compare_report import SUMMARY_FILE

        print((arguments.out / SUMMARY_FILE).read_text(encoding="utf-8"))
        print(f"-> {arguments.out}")

    stopped = "stopped; the same command goes on where it was"
    return ended(parser, work, show, as_json=arguments.json, stopped=stopped)
