"""The programs of benchmarks.neighbours find the same neighbours, and what they print is put together."""

from __future__ import annotations

import json

import pytest

from benchmarks import neighbours_rows
from benchmarks.neighbours import as_text, summarise
from benchmarks.timing import Run


def test_programs_and_summary(capsys: pytest.CaptureFixture[str]) -> None:
    runs = {}
    for name, words in (("ours", ("300", "16", "5")), ("plain", ("300", "16", "5", "30"))):
        neighbours_rows.main(name, *words)
        runs[name] = [Run(1.0, 1.0, 100.0, capsys.readouterr().out)]
    told = json.loads(runs["plain"][0].output)
    assert told["seconds_of_all"] == pytest.approx(10 * told["seconds"])
    found = summarise(runs, 300, 30)
    ours = json.loads(runs["ours"][0].output)
    assert found["ratio"]["median"] == pytest.approx(told["seconds_of_all"] / ours["seconds"], rel=1e-3)
    assert "ours: exact, recall 1.0; plain: 30 rows" in as_text(found)
    with pytest.raises(SystemExit, match="ours gave 300 rows, expected 301"):
        summarise(runs, 301, 30)
