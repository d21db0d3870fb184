"""Teach a network to answer as another one does, on the pictures of an exported release.

The teacher is a SavedModel folder, a .keras file, a model folder, a run, or a function of your own as
module:function; loading a SavedModel or a function runs what its author wrote. A run that was stopped or
killed goes on with the same command, from the end of its last whole epoch.
"""

import argparse
import json
from typing import Any

from training.commands import running

HELP = "teach a network to answer as another one does"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    running.add_arguments(parser)
    parser.add_argument("--teacher", metavar="TEACHER", help="the teacher (key: teacher.path)")


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    from training.distill import run_distillation

    if arguments.teacher is not None:
        arguments.set.append(f"teacher.path={json.dumps(arguments.teacher)}")
    return running.execute(parser, arguments, run_distillation, summary)


def summary(run: Any) -> dict[str, Any]:
    """What came of a run, JSON-ready."""
    from inference.folder import load_folder
    from training.distill.report import REPORT_FILE

    folder = load_folder(run.model_folder, verify=False)
    report = json.loads((run.path / REPORT_FILE).read_text(encoding="utf-8"))
    return {
        "run": str(run.path),
        "model": str(run.model_folder),
        "name": folder.name,
        "parameters": folder.parameters,
        "outputs": len(folder.classes),
        "epochs": report["epochs"],
        "best_epoch": report["best_epoch"],
        "agreement": report["total"]["agreement"],
        "teacher_sha256": report["teacher"]["sha256"],
        "metrics": dict(folder.metrics),
    }
