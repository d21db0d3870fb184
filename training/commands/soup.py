"""Average the weights of checkpoints into one network that is better than each, if all goes well.

Every checkpoint is scored on the validation split; those at or above a percentile are tried best first, and
kept where the score on the held-back split does not drop. A soup that was stopped goes on with the same
command, with the scores it has.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from training.commands import running

HELP = "average the weights of checkpoints"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    running.add_arguments(parser, config_required=False)
    parser.add_argument("--runs", nargs="+", metavar="RUN", help="all their checkpoints (key: runs)")
    parser.add_argument(
        "--checkpoints", nargs="+", metavar="FILE", help=".keras files besides (key: checkpoints)"
    )
    parser.add_argument("--percentile", help="0 to 100 (default: 60)")
    parser.add_argument("--hold", metavar="SPLIT", help="the held-back split (default: validate)")
    parser.add_argument(
        "--hold-data", type=Path, metavar="EXPORT", help="another export that it is a split of"
    )
    parser.add_argument("--method", choices=("greedy", "uniform"), help="uniform takes all (default: greedy)")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    from training.soup import run_soup

    for key in ("runs", "checkpoints", "hold", "method"):
        if (value := getattr(arguments, key)) is not None:
            arguments.set.append(f"{key}={json.dumps(value)}")
    if arguments.hold_data is not None:
        arguments.set.append(f"hold_data={json.dumps(str(arguments.hold_data))}")
    if arguments.percentile is not None:
        arguments.set.append(f"percentile={arguments.percentile}")
    return running.execute(parser, arguments, run_soup, summary)


def summary(run: Any) -> dict[str, Any]:
    """What came of a soup, JSON-ready."""
    from inference.folder import load_folder
    from training.soup.words import SOUP_FILE

    folder = load_folder(run.model_folder, verify=False)
    report = json.loads((run.path / SOUP_FILE).read_text(encoding="utf-8"))
    return {
        "run": str(run.path),
        "model": str(run.model_folder),
        "name": folder.name,
        "parameters": folder.parameters,
        "checkpoints": len(report["members"]),
        "kept": sum(row["kept"] for row in report["members"]),
        "accepted": report["soup"]["members"],
        "batch_norm": report["batch_norm"],
        "weights_sha256": report["soup"]["weights_sha256"],
        "best_member": max(row["score"] for row in report["members"]),
        "score": report["soup"]["score"],
        "held_score": report["soup"]["held_score"],
        "metrics": dict(folder.metrics),
    }
