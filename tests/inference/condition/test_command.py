"""python -m inference condition: killed and gone on with, wrong words, progress."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.__main__ import main
from inference.commands import condition
from inference.condition import screen as screening
from inference.condition.table import read_table
from inference.preprocess import decode_rgb
from tests.inference.condition.models import make_dark_model, make_dark_tile_model, stained
from tests.inference.conftest import drawn, encoded

Command = Callable[..., "subprocess.CompletedProcess[str]"]

# Killed for real, in the middle of writing its fourth sheet.
KILLED = """
import os, signal, sys
sys.path.insert(0, os.getcwd())
os.chdir(sys.argv.pop(1))
from inference import part
from inference.__main__ import main
add, done = part.Part.add, []
def add_or_die(self, *batch):
    done.append(1)
    if len(done) == 4:
        size = self.path.stat().st_size
        add(self, *batch)
        self._file.truncate((size + self.path.stat().st_size) // 2)
        os.kill(os.getpid(), signal.SIGKILL)
    add(self, *batch)
part.Part.add = add_or_die
main(sys.argv[1:])
"""


@pytest.fixture
def options(tmp_path: Path) -> list[str]:
    """Nine sheets, one of them broken, one blank."""
    root = tmp_path / "images"
    (root / "sub").mkdir(parents=True)
    for number in range(7):
        place = root / ("sub" if number > 4 else "") / f"s{number}.jpg"
        place.write_bytes(encoded(drawn(number, (200 + 40 * number, 300)), "JPEG"))
    (root / "s20.jpg").write_bytes(encoded(stained(), "JPEG")[:3000])
    (root / "s30.png").write_bytes(encoded(Image.new("RGB", (100, 200), "white"), "PNG"))
    tiles, whole = make_dark_tile_model(tmp_path / "tiles"), make_dark_model(tmp_path / "whole")
    return ["condition", "--model", str(tiles), "--sheet-model", str(whole), "--images", str(root)]


def _to(folder: Path) -> list[str]:
    return [
        "--output", str(folder / "t.tsv"), "--heatmaps", str(folder / "heat"), "--tiles", str(folder / "cut"),
    ]  # fmt: skip


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_killed_in_the_middle(
    options: list[str],
    tmp_path: Path,
    command: Command,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "whole-run").mkdir()
    (tmp_path / "torn-run").mkdir()
    # The folders are part of what a run is, so both are given by the same words.
    same = ["--output", "t.tsv", "--heatmaps", "heat", "--tiles", "cut", "--stride", "40"]
    monkeypatch.chdir(tmp_path / "whole-run")
    assert main([*options, *same, "--threads", "2"]) == 0
    printed = capsys.readouterr().out
    assert "7  screened\n" in printed and "1  blank\n" in printed and "1  unreadable\n" in printed
    assert "9  sheets in" in printed and "sheets/min) -> t.tsv" in printed

    torn = tmp_path / "torn-run"
    killed = command("-c", KILLED, torn, *options, *same, "--threads", "1")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (torn / "t.tsv").exists()
    monkeypatch.chdir(torn)
    assert main([*options, *same[:-2], "--threads", "2"]) == 1
    assert "is of another run (3 pictures): options: tiling: stride was 40, is 64" in capsys.readouterr().err

    assert main([*options, *same, "--threads", "2"]) == 0
    said = capsys.readouterr()
    assert "goes on after 3 of 9 sheets" in said.err
    assert "unreadable: s20.jpg: damaged JPEG" in said.err, "also what an earlier run found"
    assert said.out.splitlines()[:3] == printed.splitlines()[:3]
    assert _files(torn) == _files(tmp_path / "whole-run")
    assert sum(name.startswith("heat/") for name in _files(torn)) == 8


def test_interrupted_by_hand(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    add = screening._add

    def interrupted(part: screening.Part, found: screening.Screened) -> None:
        if part.pictures == 2:
            raise KeyboardInterrupt
        add(part, found)

    with monkeypatch.context() as patched:
        patched.setattr(screening, "_add", interrupted)
        assert main([*options, *_to(tmp_path / "out")]) == 1
    assert "interrupted after 2 of 9 sheets; the same command goes on" in capsys.readouterr().err
    monkeypatch.setattr(condition, "EVERY", 0)
    assert main([*options, *_to(tmp_path / "out")]) == 0
    said = capsys.readouterr().err
    assert "goes on after 2 of 9 sheets" in said
    assert "9 of 9 sheets, " in said and " sheets/min" in said


def test_an_overlay_lies_on_its_stain(tmp_path: Path) -> None:
    """From a file on the disk to a heat map laid over it."""
    root = tmp_path / "images"
    root.mkdir()
    (root / "s.png").write_bytes(encoded(stained((320, 256), (128, 64, 256, 192)), "PNG"))
    model = make_dark_tile_model(tmp_path / "tiles")
    common = ["condition", "--model", str(model), "--images", str(root), "--stride", "32"]
    assert main([*common, *_to(tmp_path / "out")]) == 0
    sheet = decode_rgb((root / "s.png").read_bytes()).mean(axis=2)
    overlay = np.asarray(Image.open(tmp_path / "out" / "heat" / "s.png.png"))
    assert overlay.shape[:2] == sheet.shape
    # Where only tiles inside of the stain lie it is darkest; a tile and more away from it, lightest.
    alpha = overlay[..., 3].astype(int)
    assert alpha[100:150, 170:220].min() == alpha.max()
    assert (sheet[alpha == alpha.max()] < 100).all()
    assert alpha[:, :60].max() < 50
    (row,) = read_table(tmp_path / "out" / "t.tsv")
    left, top, right, bottom = row.hottest or (0, 0, 0, 0)
    assert 128 <= left < right <= 256 and 64 <= top < bottom <= 192


def test_wrong_words(options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images, to = tmp_path / "images", ["--output", str(tmp_path / "t.tsv")]
    for more, words in [
        (["--stride", "65"], "tiling: stride must be 1 to 64 pixels"),
        (["--stride", "0"], "must be at least 1, got 0"),
        (["--least-entropy", "8.5"], "least_entropy must be 0 to 8 bits, got 8.5"),
        (["--images", str(tmp_path / "none")], "--images must be a folder or a table, got"),
        (["--heatmaps", str(images / "heat")], "--heatmaps must be outside of --images"),
        (["--tiles", str(images / "s0.jpg")], "--tiles must be a folder"),
    ]:
        with pytest.raises(SystemExit) as ended:
            main([*options, *to, *more])
        assert ended.value.code == 2
        assert words in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main([*options, *to, "--images", str(tmp_path / "empty")]) == 1
    assert "no pictures in" in capsys.readouterr().err
    assert main([*options, *to, "--model", str(tmp_path / "whole" / "dark")]) == 1
    assert "is no tile model" in capsys.readouterr().err


def test_nothing_that_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.jpg").write_bytes(b"no")
    model = make_dark_tile_model(tmp_path / "tiles")
    arguments = ["condition", "--model", str(model), "--images", str(tmp_path / "images")]
    assert main([*arguments, *_to(tmp_path / "out")]) == 1
    assert "unreadable: a.jpg: not a picture" in capsys.readouterr().err
    assert [row.problem for row in read_table(tmp_path / "out" / "t.tsv")] == ["unreadable"]
