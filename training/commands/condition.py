"""Train a tile model and a model of whole sheets on sheets with their condition, and evaluate both.

DIR holds sheets.tsv (id, file, label, …) and, where regions are marked, regions.tsv. OUT ends with the runs
OUT/tiles and OUT/sheets and with OUT/report/report.html. What was stopped goes on with the same command.
"""

import argparse
from pathlib import Path
from typing import Any

from training.commands.ending import ended
from training.config import read_config
from training.progress import Console

HELP = "train and evaluate models that find the sheets with a condition, such as stains"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="the sheets (key: data)")
    parser.add_argument(
        "--out", required=True, type=Path, metavar="OUT", help="a new folder, or one to go on in"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="a TOML file; without one, the defaults")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="put a value in over that of the file, as tiles.epochs=3; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    from training.condition.run import run_condition

    def work() -> dict[str, Any]:
        config = read_config(arguments.config, arguments.set)
        if arguments.data is not None:
            config["data"] = str(arguments.data)
        with Console("condition", quiet=arguments.json) as progress:
            return run_condition(config, arguments.out, progress)

    def show(report: dict[str, Any]) -> None:
        from training.condition.words import plain_lines

        print("\n".join([*plain_lines(report), f"Report: {arguments.out / 'report' / 'report.html'}"]))

    stopped = f"stopped. {arguments.out} keeps what was done; the same command goes on"
    return ended(parser, work, show, as_json=arguments.json, stopped=stopped)
