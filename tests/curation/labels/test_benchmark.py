"""The benchmark runs, compares both programs and prints what can be parsed. No time is asserted."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from benchmarks.timing import ROOT


def test_both_programs_write_the_same_rows() -> None:
    words = ["--rows", "300", "--files", "votes.tsv", "decisions.tsv", "--json"]
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.labels", *words],
        cwd=ROOT, env=own, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["same"] is True
    assert {name: row["rows"] for name, row in found["files"].items()} == {
        "votes.tsv": 400,
        "decisions.tsv": 300,
    }
