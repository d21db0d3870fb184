"""benchmarks.tiles runs, and its two programs find the same. No time is asserted."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

from benchmarks import tiles as benchmark
from benchmarks.timing import Run


def test_both_programs_find_the_same(command: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    words = ["--megapixels", "0.4", "--rounds", "1", "--times", "1", "--most", "60000", "--json"]
    done = command("-m", "benchmarks.tiles", *words)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    # 523 x 764 pixels: ours has a fifth column and a sixth row.
    assert (found["plain"]["tiles"], found["ours"]["tiles"]) == (4 * 5, 5 * 6)
    assert found["mean_entropy_difference"] < 0.1
    for name in ("ours", "plain"):
        taken = found[name]["milliseconds"]
        assert 0 < taken["min"] <= taken["median"] <= taken["max"]
        assert found[name]["peak_mib"] > 5
    assert found["ratio"]["median"] > 0
    assert "times as fast as plain" in benchmark.as_text(found)


def test_programs_that_do_not_find_the_same_are_not_compared() -> None:
    def runs(*entropies: float) -> list[Run]:
        return [Run(1, 1, 1, json.dumps({"entropies": entropies}))]

    with pytest.raises(benchmark.Incomparable, match="1 whole tiles must be 2"):
        benchmark.summary_of(benchmark.Path("x"), {"ours": runs(1), "plain": runs(1, 2)})
    with pytest.raises(benchmark.Incomparable, match="entropies differ by 1.000 bits"):
        benchmark.summary_of(benchmark.Path("x"), {"ours": runs(1, 3), "plain": runs(1, 1)})
