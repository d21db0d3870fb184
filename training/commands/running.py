"""What the verbs that make a run folder have in common: their arguments, and how they begin and end."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from training.config import ConfigError, read_config
from training.data.errors import DataError
from training.progress import Console, Progress
from training.runs.folder import CONFIG_FILE, RunFolder


def add_arguments(parser: argparse.ArgumentParser, *, config_required: bool = True) -> None:
    parser.add_argument("--config", required=config_required, type=Path, metavar="FILE", help="a TOML file")
    parser.add_argument("--data", type=Path, metavar="EXPORT", help="the exported release (key: data)")
    parser.add_argument("--out", required=True, type=Path, metavar="RUN", help="the run folder")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="put a value in over that of the file, as key.sub=value or stages.0.epochs=3; may be repeated",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="ask for a new run: refuse to go on with one that is there"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def execute(
    parser: argparse.ArgumentParser,
    arguments: argparse.Namespace,
    work: Callable[..., RunFolder],
    summary: Callable[[RunFolder], dict[str, Any]],
) -> int:
    """Run ``work(config, out, progress=…)`` and print its summary.

    0 done, 1 failed or stopped; a config that cannot be used is wrong use. A run that was stopped goes on
    with the same command.
    """
    overrides = list(arguments.set)
    if arguments.fresh and (arguments.out / CONFIG_FILE).exists():
        print(
            f"{parser.prog}: {arguments.out} holds a run already, and --fresh asks for a new one; "
            "choose another folder, or go on with this one without --fresh",
            file=sys.stderr,
        )
        return 1
    try:
        config = read_config(arguments.config, overrides)
        if arguments.data is not None:
            config["data"] = str(arguments.data)
        with Console(parser.prog.rpartition(" ")[2], quiet=arguments.json) as progress:
            run = _run(work, config, arguments.out, progress)
        found = summary(run)
    except ConfigError as error:
        parser.error(str(error))
    except (DataError, ModelError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{parser.prog}: stopped. {_how_to_go_on(arguments.out)}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print("\n".join(f"{key}: {_told(value)}" for key, value in found.items()))
    return 0


def _run(work: Callable[..., RunFolder], config: dict[str, Any], out: Path, progress: Progress) -> RunFolder:
    return work(config, out, progress=progress)


def _how_to_go_on(out: Path) -> str:
    if not (out / CONFIG_FILE).exists():
        return "Nothing had been begun."
    again = [one for one in sys.argv[1:] if one != "--fresh"]
    return (
        f"{out} keeps what was done up to the last whole epoch; go on with: "
        f"python -m training {shlex.join(again)}"
    )


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_told(each)}" for key, each in value.items())
    if isinstance(value, list):
        return "; ".join(_told(each) for each in value)
    return f"{value:.4f}" if isinstance(value, float) else str(value)
