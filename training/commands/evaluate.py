"""Evaluate a model on a split of an exported release, put leave-one-source-out reports into one table, or
compare two models on the same pictures.

Every evaluation of a test split is counted (VASCULUM_VAR/looks), and the count is printed with the figures.
"""

import argparse
import json
import sys
from pathlib import Path

from inference.errors import ModelError
from training.config import ConfigError, read_config
from training.data.errors import DataError
from training.progress import Console

HELP = "evaluate a model on a split of an exported release"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", help="a model folder, its name, a run folder or a .keras file")
    parser.add_argument("--data", type=Path, metavar="EXPORT", help="the exported release")
    parser.add_argument("--split", help="test, validate, survey or train (default: test)")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where to write the report")
    parser.add_argument("--purpose", help="why, for the ledger of looks (default: evaluation)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="a TOML file with the same keys and more")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="put a value in over that of the file, as resamples=200; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    others = parser.add_mutually_exclusive_group()
    others.add_argument(
        *("--table",), nargs="+", type=Path, metavar="REPORT", help="reports for a leave-one-source-out table"
    )
    others.add_argument("--compare", nargs=2, type=Path, metavar=("A", "B"), help="two reports to compare")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    try:
        if arguments.table or arguments.compare:
            for name in ("model", "data", "split", "purpose", "config"):
                if getattr(arguments, name) is not None:
                    parser.error(f"--{name} does not go with --table or --compare")
            return _table(arguments) if arguments.table else _compare(parser, arguments)
        return _evaluate(parser, arguments)
    except ConfigError as error:
        parser.error(str(error))
    # DataError and what reports can be wrong in are ValueErrors, and so are logits that are no numbers.
    except (DataError, ModelError, OSError, ValueError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"{parser.prog}: stopped.", file=sys.stderr)
    return 1


def _evaluate(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    if arguments.out is None:
        parser.error("--out must be given: the folder of the report")
    config = read_config(arguments.config, arguments.set)
    for key in ("model", "data", "split", "purpose"):
        if getattr(arguments, key) is not None:
            config[key] = str(getattr(arguments, key))
    from training.evaluate import run_evaluation
    from training.reports.summary import plain_lines

    with Console("evaluate", quiet=arguments.json) as progress:
        report = run_evaluation(config, arguments.out, progress=progress)
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print("\n".join(plain_lines(report)))
        print(f"-> {arguments.out}")
    return 0


def _table(arguments: argparse.Namespace) -> int:
    from training.reports import json_text, write_text
    from training.reports.one_out import one_out, one_out_markdown, one_out_tsv

    found = one_out(arguments.table)
    if arguments.out:
        write_text(arguments.out / "one-out.tsv", one_out_tsv(found))
        write_text(arguments.out / "one-out.md", one_out_markdown(found))
        write_text(arguments.out / "one-out.json", json_text(found))
    print(json.dumps(found, ensure_ascii=False) if arguments.json else one_out_markdown(found), end="\n")
    return 0


def _compare(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    from training.config import Key, check
    from training.evaluate import SCHEMA
    from training.reports import json_text, write_text
    from training.reports.compare import compare, compare_lines

    keys: dict[str, Key] = {name: SCHEMA[name] for name in ("resamples", "seed", "stratified", "level")}
    found = compare(*arguments.compare, **check(read_config(None, arguments.set), keys))
    lines = compare_lines(found)
    if arguments.out:
        write_text(arguments.out / "comparison.json", json_text(found))
        write_text(arguments.out / "comparison.md", "# Comparison\n\n" + "\n\n".join(lines) + "\n")
    print(json.dumps(found, ensure_ascii=False) if arguments.json else "\n".join(lines))
    return 0
