"""`python -m curation.imaging.probe FILE`: decode a picture in a process of its own and say nothing.

Decoders are written in C: a picture made badly enough ends the process that reads it, with no exception that
anybody could catch. Whoever suspects a picture has it tried here first.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from curation.imaging import PictureError, process

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300.0  # seconds; the largest sheets that are allowed take about ten


def crash_of(path: Path, seconds: float = LONGEST) -> str:
    """How decoding the file ends the process that does it: "signal 11", "no end within 300 s", or ""."""
    words = [sys.executable, "-m", "curation.imaging.probe", str(path.absolute())]
    try:
        done = subprocess.run(
            words,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no end within {seconds:g} s"
    # Any other status is an exception, which the caller's own try gives better words to.
    return f"signal {-done.returncode}" if done.returncode < 0 else ""


if __name__ == "__main__":
    with suppress(PictureError):
        process(Path(sys.argv[1]))
