"""The first call of a process may come from many threads at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny_model import make_tiny_model

# Eight threads call for the first time at the same moment, and switch as often as they can: OpenVINO's
# bindings then deadlock in every second process unless the engine has made a call before.
PROGRAM = """
import faulthandler, sys, threading
from pathlib import Path
import numpy as np
from inference.engine import load_engine
faulthandler.dump_traceback_later(20, exit=True)
engine = load_engine(Path(sys.argv[1]), threads=8)
pictures = np.zeros((32, 32, 32, 3), np.float32)
sys.setswitchinterval(1e-6)
barrier = threading.Barrier(8)
def call():
    barrier.wait()
    engine.predict(pictures)
threads = [threading.Thread(target=call) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
faulthandler.cancel_dump_traceback_later()
"""


@pytest.mark.parametrize("attempt", range(4))
def test_first_calls_in_many_threads_end(tmp_path: Path, attempt: int) -> None:
    folder = make_tiny_model(tmp_path, ["one", "two"])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
