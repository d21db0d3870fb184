"""What docs/predict.md shows can be run as it stands."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from inference.__main__ import main
from tests.inference.conftest import CLASSES, REPOSITORY
from tests.tiny_model import make_tiny_model
from tests.training.drawn import make_tfrecord_export

TEXT = (REPOSITORY / "docs" / "predict.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, folder_of_pictures: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the examples speak of."""
    make_tiny_model(tmp_path / "var" / "models", CLASSES, name="ConvNeXt-N")
    make_tiny_model(tmp_path / "runs" / "second", CLASSES, seed=1, name="model")
    make_tfrecord_export(tmp_path / "exports" / "first-tfrecord", per_split={"test": 4})
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VASCULUM_VAR", raising=False)
    return tmp_path


def test_commands(place: Path) -> None:
    lines = re.findall(r"^python -m inference (predict .*)$", TEXT, re.MULTILINE)
    assert len(lines) == 3
    for line in lines:
        assert main(line.split()) == 0, line
    assert len((place / "test.tsv").read_text().splitlines()) == 5
    assert len((place / "table.tsv").read_text().splitlines()) == 1 + 3 * 7


def test_python(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(place / "pictures" / "p0.jpg", place / "pictures" / "broken.jpg")
    (place / "pictures" / "broken.jpg").write_bytes(b"no")
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(compile(code, "docs/predict.md", "exec"), {})
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 6
    assert said[0].startswith("pictures/broken.jpg not a picture")
    assert all(any(name in line for name in CLASSES) for line in said[1:])
