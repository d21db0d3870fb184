"""`manage.py condition`: what it draws, what it hands to training, what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

import manage
from curation.embedded.places import REPOSITORY


class Trained:
    """Stands in for the process that trains."""

    def __init__(self) -> None:
        self.words: list[list[str]] = []
        self.returncode = 0

    def __call__(self, words: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        assert options["cwd"] == REPOSITORY
        self.words.append(words)
        return subprocess.CompletedProcess(words, self.returncode)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Trained:
    stand_in = Trained()
    monkeypatch.setattr(subprocess, "run", stand_in)
    return stand_in


SMALL = {"sheets": 20, "short_side": 128, "workers": 1}


def test_it_draws_and_hands_the_sheets_to_training(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call_command("condition", out=Path("here"), config=Path("mine.toml"), set=["tiles.epochs=2"], **SMALL)
    out = tmp_path / "here"
    assert len((out / "drawn" / "sheets.tsv").read_text().splitlines()) == 21
    assert trained.words == [
        [
            *(sys.executable, "-m", "training", "condition", "--data", str(out / "drawn"), "--out", str(out)),
            *("--config", str(tmp_path / "mine.toml"), "--set", "tiles.epochs=2"),
        ]
    ]


def test_the_same_command_goes_on_and_another_set_is_refused(trained: Trained, tmp_path: Path) -> None:
    call_command("condition", out=tmp_path, **SMALL)
    assert trained.words[0][-2:] == ["--config", str(REPOSITORY / "training/configs/condition-drawn.toml")]
    before = (tmp_path / "drawn" / "sheets.tsv").stat().st_mtime_ns
    call_command("condition", out=tmp_path, **SMALL)
    assert (tmp_path / "drawn" / "sheets.tsv").stat().st_mtime_ns == before
    assert len(trained.words) == 2
    with pytest.raises(CommandError, match="holds another set of drawn sheets"):
        call_command("condition", out=tmp_path, seed=2, **SMALL)
    assert len(trained.words) == 2


def test_what_training_ends_with_is_what_the_command_ends_with(trained: Trained, tmp_path: Path) -> None:
    trained.returncode = 2
    with pytest.raises(CommandError, match="ended early") as caught:
        call_command("condition", out=tmp_path, **SMALL)
    assert caught.value.returncode == 2


@pytest.mark.parametrize(
    ("name", "value"), [("sheets", 19), ("seed", -1), ("short_side", 127), ("workers", 0)]
)
def test_numbers_that_make_no_sense_are_wrong_usage(
    trained: Trained, tmp_path: Path, name: str, value: int
) -> None:
    with pytest.raises(CommandError, match=f"--{name.replace('_', '-')} {value}: expected") as caught:
        call_command("condition", out=tmp_path, **(SMALL | {name: value}))
    assert caught.value.returncode == 2
    assert not trained.words


def test_it_needs_no_database() -> None:
    assert not manage.needs_services(["condition", "--out", "x"])
