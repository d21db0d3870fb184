"""Runs one program with all that it starts: its seconds, and the memory of all its processes together."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Sequence

import psutil

from benchmarks.timing import ROOT, ProgramFailed

PAUSE = 0.1  # seconds between two looks


def peak_of_tree(command: Sequence[str]) -> tuple[str, int]:
    """What the program wrote to standard output, and the largest sum of resident memory (MiB) of it and its
    descendants; memory that they share is counted for each. Raises ProgramFailed with what it said."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    done, peak = threading.Event(), [0]

    def look() -> None:
        while not done.wait(PAUSE):
            with contextlib.suppress(psutil.Error):
                top = psutil.Process(process.pid)
                sizes = [each.memory_info().rss for each in (top, *top.children(recursive=True))]
                peak[0] = max(peak[0], sum(sizes))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        out, err = process.communicate()
    finally:
        done.set()
        looking.join()
    if process.returncode:
        raise ProgramFailed(f"{' '.join(command)} ended with status {process.returncode}: {err[-2000:]}")
    return out, peak[0] >> 20
