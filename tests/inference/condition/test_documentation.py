"""What docs/condition-screening.md shows can be run as it stands."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from inference.__main__ import main
from inference.condition.table import COLUMNS, PROBLEMS, read_table
from inference.tiles import LEAST_ENTROPY
from tests.inference.condition.models import make_dark_model, make_dark_tile_model
from tests.inference.conftest import REPOSITORY

TEXT = (REPOSITORY / "docs" / "condition-screening.md").read_text(encoding="utf-8")


def test_commands_and_code(
    tmp_path: Path,
    folder_of_pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, make in (("tiles", make_dark_tile_model), ("whole", make_dark_model)):
        shutil.move(make(tmp_path / "made"), tmp_path / "runs" / name / "model")
    folder_of_pictures.rename(tmp_path / "sheets")
    (tmp_path / "drawn").mkdir()
    shutil.copy(tmp_path / "sheets" / "p1.jpg", tmp_path / "drawn" / "p1.jpg")
    (tmp_path / "drawn" / "sheets.tsv").write_text("id\tfile\tlabel\tsplit\n1\tp1.jpg\tclean\ttest\n")
    monkeypatch.chdir(tmp_path)
    lines = re.findall(r"^python -m inference (condition .*)$", TEXT, re.MULTILINE)
    assert len(lines) == 3
    for line in lines:
        assert main(line.split()) == 0, line
    assert len(list(read_table(tmp_path / "both.tsv"))) == 7
    assert (tmp_path / "heat" / "p0.jpg.png").is_file()
    assert [row.id for row in read_table(tmp_path / "finer.tsv")] == ["1"]
    capsys.readouterr()
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(compile(code, "docs/condition-screening.md", "exec"), {})
    assert capsys.readouterr().out.startswith("p0.jpg ")


def test_it_names_every_column_problem_and_default() -> None:
    named = set(re.findall(r"`(\w+)`", TEXT))
    assert named >= set(COLUMNS)
    assert named >= set(PROBLEMS) - {""}
    assert f"The default, {LEAST_ENTROPY:g} bit," in TEXT
    assert "a screening aid and not a measurement" in TEXT
    assert "https://doi.org/10.3897/BDJ.5.e21139" in TEXT
