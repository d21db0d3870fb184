"""The benchmark runs and compares what it should. No time is asserted."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.timing import ROOT


def test_fetch_prints_a_summary_of_both_programs() -> None:
    size = ("--hosts", "3", "--pictures", "2", "--rounds", "1", "--json")
    command = [sys.executable, "-m", "benchmarks.fetch", *size]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["pictures"], summary["hosts"], summary["same_bytes"]) == (6, 3, 6)
    for name in ("vasculum", "httpx"):
        assert summary[name]["pictures_per_second"] > 0
        assert summary["cpu_share"][name] > 0
