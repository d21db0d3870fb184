"""Compare encoders by what their features are good for: identification at genus, family and order in every
test set, telling two genera apart, finding flipped labels.

Writes the whole table as Markdown, TSV and JSON, with figures. A comparison that was stopped goes on with the
same command.
"""

import argparse
import json
import sys
from pathlib import Path

from training.config import ConfigError, read_config
from training.data.errors import DataError
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
    try:
        config = read_config(arguments.config, arguments.set)
        from training.representation.downstream.compare import compare
        from training.representation.downstream.compare_report import SUMMARY_FILE

        with Console("compare", quiet=arguments.json) as progress:
            found = compare(config, arguments.out, progress=progress)
    except ConfigError as error:
        parser.error(str(error))
    except (DataError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{parser.prog}: stopped; the same command goes on where it was", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print((arguments.out / SUMMARY_FILE).read_text(encoding="utf-8"))
        print(f"-> {arguments.out}")
    return 0
