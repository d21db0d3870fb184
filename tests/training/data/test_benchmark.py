"""Both programs of benchmarks.training_data read all pictures of its export. No time is asserted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import training_data_batches, training_data_plain
from benchmarks.timing import Run
from benchmarks.training_data import SHARD, as_text, make_export, summarise


def test_both_programs_read_every_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_export(tmp_path / "export", pictures=20, drawn=4)
    runs = {}
    for name, main, where in (
        ("vasculum", training_data_batches.main, folder),
        ("plain", training_data_plain.main, folder / SHARD),
    ):
        monkeypatch.setattr("sys.argv", [name, "8", str(where)])
        assert main() == 0
        said = capsys.readouterr().out
        assert json.loads(said)["pictures"] == 20
        runs[name] = [Run(1.0, 1.0, 100.0, said)]
    found = summarise(runs, 20)
    assert found["ratio"]["median"] > 0
    assert "times as fast as plain" in as_text(found)
    with pytest.raises(SystemExit, match="vasculum gave 20 pictures, expected 21"):
        summarise(runs, 21)
