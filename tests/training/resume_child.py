"""A training that kills its own process, as `kill -9` does: python -m tests.training.resume_child FOLDER AT.

AT: "step-6" after that many updates in this process; "checkpoint-2" between the weights of that epoch and its
line in metrics.jsonl.
"""

import os
import signal
import sys
from pathlib import Path
from unittest.mock import patch

from tests.training.parts import train
from training.devices import prepare
from training.progress import Silent
from training.runs.folder import RunFolder


class Doomed(Silent):
    def __init__(self, steps: int) -> None:
        self.left = steps

    def advance(self, n: int = 1) -> None:
        self.left -= n
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: Path, at: str) -> None:
    prepare(seed=0)
    kind, _, number = at.partition("-")
    log = RunFolder.log

    def killed(run: RunFolder, **metrics: object) -> None:
        if metrics["epoch"] == int(number):
            os.kill(os.getpid(), signal.SIGKILL)
        log(run, **metrics)

    if kind == "step":
        train(folder, progress=Doomed(int(number)), keep_checkpoints="all")
    else:
        with patch.object(RunFolder, "log", killed):
            train(folder, keep_checkpoints="all")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
