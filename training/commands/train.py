"""Train a classifier on an exported release, in one stage or several.

A run that was stopped or killed goes on with the same command, from the end of its last whole epoch. Another
config for the same folder is refused.
"""

import argparse
from typing import Any

from training.commands import running

HELP = "train a classifier on an exported release"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    running.add_arguments(parser)


def run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    from training.train import run_training

    return running.execute(parser, arguments, run_training, summary)


def summary(run: Any) -> dict[str, Any]:
    """What came of a run, JSON-ready."""
    from inference.folder import load_folder

    folder = load_folder(run.model_folder, verify=False)
    monitor, sign = f"val_{run.config['monitor'].removeprefix('val_')}", 1
    if run.config["mode"] == "min":
        sign = -1
    stages = []
    for number in range(1, len(run.config["stages"]) + 1):
        lines = [line for line in run.metrics() if line["stage"] == number and line[monitor] is not None]
        best = max(lines, key=lambda line: sign * line[monitor])
        stages.append({"stage": number, "epochs": lines[-1]["epoch"], "best_epoch": best["epoch"],
                       monitor: best[monitor]})  # fmt: skip
    return {
        "run": str(run.path),
        "model": str(run.model_folder),
        "name": folder.name,
        "parameters": folder.parameters,
        "stages": stages,
        "metrics": dict(folder.metrics),
    }
