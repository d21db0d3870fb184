"""A run that was killed goes on where it was, and ends with the bytes of one that was not."""

from __future__ import annotations

import csv
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from inference import engine
from inference.__main__ import main
from tests.inference.conftest import CLASSES, drawn, encoded
from tests.inference.exports import make_dryad_export
from tests.tiny_model import make_tiny_model
from tests.training.drawn import make_tfrecord_export

Command = Callable[..., "subprocess.CompletedProcess[str]"]

# Killed for real, in the middle of writing its fourth batch.
KILLED = """
import os, signal, sys
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
def images(folder_of_pictures: Path) -> Path:
    for number in range(20):
        (folder_of_pictures / f"q{number:02}.jpg").write_bytes(encoded(drawn(number), "JPEG"))
    (folder_of_pictures / "p2.jpg").write_bytes(b"broken")
    return folder_of_pictures


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_killed_in_the_middle(
    tiny: Path, images: Path, tmp_path: Path, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    second = make_tiny_model(tmp_path / "models", CLASSES, seed=1, name="second")
    options = ["--model", str(tiny), "--model", str(second), "--ensemble", "mean", "--threshold", "0.4"]
    options += ["--images", str(images), "--batch", "3"]
    whole, torn = tmp_path / "whole" / "t.tsv", tmp_path / "torn" / "t.tsv"
    assert main(["predict", *options, "--output", str(whole), "--threads", "2"]) == 0
    printed = capsys.readouterr().out

    killed = command("-c", KILLED, "predict", *options, "--output", torn, "--threads", "1")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert list(_files(torn.parent)) == ["t.tsv.part"]
    other = ["predict", *options[:2], *options[6:], "--output", str(torn)]
    assert main(other) == 1
    assert "is of another run (9 pictures): models was" in capsys.readouterr().err

    assert main(["predict", *options, "--output", str(torn), "--threads", "2"]) == 0
    said = capsys.readouterr()
    assert "goes on after 9 of 27 pictures" in said.err
    assert _files(torn.parent) == _files(whole.parent)
    assert said.out.splitlines()[:3] == printed.splitlines()[:3], "what was done before is counted too"

    assert main(["predict", *options, "--output", str(torn), "--threads", "2"]) == 0
    assert "goes on" not in capsys.readouterr().err, "a run that is finished is not gone on with"


@pytest.mark.parametrize("form", ["tfrecord", "dryad"])
def test_a_release_goes_on_from_any_batch(
    form: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make = {"tfrecord": make_tfrecord_export, "dryad": make_dryad_export}[form]
    folder = make(tmp_path / "release", per_split={"train": 7, "test": 6})
    common = ["predict", "--model", str(tiny), "--release", str(folder), "--truth", "--batch", "2"]
    common += ["--threads", "2"]
    assert main([*common, "--output", str(tmp_path / "whole" / "t.tsv")]) == 0
    predict = engine.OpenVinoEngine.predict
    calls: list[int] = []

    def interrupted(self: engine.OpenVinoEngine, pictures: object) -> object:
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return predict(self, pictures)  # type: ignore[arg-type]

    torn = tmp_path / "torn" / "t.tsv"
    with monkeypatch.context() as patched:
        patched.setattr(engine.OpenVinoEngine, "predict", interrupted)
        assert main([*common, "--output", str(torn)]) == 1
    assert "pictures; the same command goes on from there" in capsys.readouterr().err
    assert main([*common, "--output", str(torn), "--resume"]) == 0
    assert "goes on after" in capsys.readouterr().err
    assert _files(torn.parent) == _files(tmp_path / "whole")
    with torn.open(newline="") as stream:
        rows = list(csv.DictReader(stream, dialect="excel-tab"))
    assert list(rows[0])[:6] == ["model", "file", "id", "truth", "prediction", "confidence"]
    assert len({row["id"] for row in rows}) == 13
    assert {row["truth"] for row in rows} == {"Kind 0", "Kind 1", "Kind 2"}


def test_only_some_splits_and_how_many_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = make_tiny_model(tmp_path / "models", ["Kind 0", "Kind 1", "Other"], name="kinds")
    folder = make_tfrecord_export(tmp_path / "release", per_split={"train": 3, "test": 6})
    output = tmp_path / "t.tsv"
    arguments = ["--model", str(model), "--release", str(folder), "--split", "test", "--output", str(output)]
    assert main(["predict", *arguments, "--truth"]) == 0
    said = capsys.readouterr()
    assert "kinds does not know the release's class Kind 2" in said.err
    with output.open(newline="") as stream:
        rows = list(csv.DictReader(stream, dialect="excel-tab"))
    assert len(rows) == 6
    right = sum(row["truth"] == row["prediction"] for row in rows)
    assert f"{right}  as the release has it ({100 * right / 6:.2f} %)" in said.out
    assert main(["predict", *arguments, "--fresh"]) == 0
    assert "truth" not in output.read_text().splitlines()[0]


def test_a_shard_that_was_cut_off_ends_with_a_reason_and_can_go_on(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_tfrecord_export(tmp_path / "release", per_split={"test": 6})
    shard = next(folder.glob("*.tfr"))
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-100])
    output = tmp_path / "out" / "t.tsv"
    arguments = ["predict", "--model", str(tiny), "--release", str(folder), "--output", str(output)]
    assert main([*arguments, "--batch", "2", "--threads", "1"]) == 1
    assert f"{shard}: the file ends inside record 5" in capsys.readouterr().err
    assert not output.exists()
    shard.write_bytes(whole)
    assert main([*arguments, "--batch", "2", "--threads", "1"]) == 0
    assert len(output.read_text().splitlines()) == 7
