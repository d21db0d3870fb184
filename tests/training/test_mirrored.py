import json
import subprocess
import sys

import pytest


def test_two_devices_come_to_the_weights_of_one(tmp_path):
    """In uneven shares, with a share of nothing, accumulated, and with a scaled loss."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.mirrored_child", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    for name in ("single", "grouped"):
        one, two = found[f"{name}-False"], found[f"{name}-True"]
        assert (one["replicas"], two["replicas"]) == (1, 2)
        assert two["steps"] == one["steps"] == [3]
        assert two["loss"] == pytest.approx(one["loss"], abs=1e-6)
        assert two["weights"] == pytest.approx(one["weights"], abs=2e-6)
