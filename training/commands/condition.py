"""Train a tile model and a model of whole sheets on sheets with their condition, and evaluate both.

DIR holds sheets.tsv (id, file, label, …) and, where regions are marked, regions.tsv. OUT ends with the runs
OUT/tiles and OUT/sheets and with OUT/report/report.html. What was stopped goes on with the same command.
"""

import argparse
import json
import sys
from pathlib import Path

from inference.errors import InputError, ModelError
from training.config import ConfigError, read_config
from training.data.errors import DataError
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

    try:
        config = read_config(arguments.config, arguments.set)
        if arguments.data is not None:
            config["data"] = str(arguments.data)
        with Console("condition", quiet=arguments.json) as progress:
            report = run_condition(config, arguments.out, progress)
    except ConfigError as error:
        parser.error(str(error))
    except (DataError, InputError, ModelError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            f"{parser.prog}: stopped. {arguments.out} keeps what was done; the same command goes on",
            file=sys.stderr,
        )
        return 1
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False))
        return 0
    from training.condition.words import plain_lines

    print("\n".join([*plain_lines(report), f"Report: {arguments.out / 'report' / 'report.html'}"]))
    return 0
