"""The folder of an export: kills, full disks, two at once, another plan; whole or not at all."""

from __future__ import annotations

import fcntl
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curation.errors import Refused
from curation.services.exports import output as module
from curation.services.exports import sorted_lines
from curation.services.exports.output import output
from curation.services.exports.sorted_lines import merged, sort_to
from curation.services.progress import NullProgress
from inference import files
from tests.curation.releases.output_writer import PICTURES, UNITS, write
from tests.worker import REPOSITORY, wait_for


def content(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def whole(tmp_path: Path) -> dict[str, bytes]:
    """What the export holds where nothing gets in its way."""
    write(tmp_path / "undisturbed", "plan")
    made = content(tmp_path / "undisturbed")
    shutil.rmtree(tmp_path / "undisturbed")
    return made


def start(out: Path, pause: float, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.curation.releases.output_writer", str(out), "plan", str(pause)],
        cwd=REPOSITORY,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "curation.settings"},
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def test_the_labels_are_in_the_order_of_the_pictures(whole: dict[str, bytes]) -> None:
    lines = whole["labels.tsv"].decode().splitlines()
    assert len(lines) == PICTURES * len(UNITS) and lines == sorted(lines)


@pytest.mark.parametrize("unit", UNITS)
def test_killed_in_the_middle_of_a_unit(unit: str, whole: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "out"
    with start(out, 0.02) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == unit:
                break
        time.sleep(0.2)
        # Only what is hidden is to be seen meanwhile.
        assert [path.name for path in tmp_path.iterdir()] == [".out.part"]
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert [path.name for path in tmp_path.iterdir()] == [".out.part"]
    again: list[str] = []
    write(out, "plan", log=again)
    assert content(out) == whole
    # What was finished is not written again.
    assert again == list(UNITS[UNITS.index(unit) :])
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_second_process_is_refused_and_the_first_goes_on(whole: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "out"
    with start(out, 0.01) as process:
        assert process.stdout is not None and process.stdout.readline() == "a.bin\n"
        with pytest.raises(Refused, match=f"{out} is being written by another process"):
            write(out, "plan")
        with pytest.raises(Refused, match="another process"):
            write(out, "another plan")
        process.stdout.read()
    assert process.returncode == 0
    assert content(out) == whole


def test_what_another_plan_has_left_is_discarded(whole: dict[str, bytes], tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def old(path: Path) -> list[list[str]]:
        path.touch()
        return [["0" * 64]]

    def stopped() -> Iterator[None]:
        with output(tmp_path / "out", {"plan": "other"}) as place:
            place.make("old.bin", old, NullProgress())
            (place.folder / "stray.txt").touch()
            yield
            raise Stop

    with pytest.raises(Stop):
        list(stopped())
    left = tmp_path / ".out.part"
    assert (left / "files" / "old.bin").exists() and (left / "files" / "stray.txt").exists()
    again: list[str] = []
    write(tmp_path / "out", "plan", log=again)
    assert again == list(UNITS) and content(tmp_path / "out") == whole


def test_a_unit_whose_record_is_missing_is_written_again(
    whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the two: the unit is there, its record is not."""
    synced = module.fsync_folders

    def killed(folder: Path, top: Path) -> None:
        if folder.name == "folder":
            raise KeyboardInterrupt
        synced(folder, top)

    monkeypatch.setattr(module, "fsync_folders", killed)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "out", "plan")
    monkeypatch.undo()
    part = tmp_path / ".out.part"
    assert len(list((part / "files" / "folder" / "b").iterdir())) == PICTURES
    assert [path.name for path in (part / "units").iterdir()] == ["a.bin.tsv"]
    (part / "files" / "folder" / "b" / "5.bin").write_bytes(b"half")
    again: list[str] = []
    write(tmp_path / "out", "plan", log=again)
    assert again == list(UNITS[1:]) and content(tmp_path / "out") == whole


def test_a_folder_that_goes_while_one_waits_at_its_door(
    whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock that was opened is that of a folder which its owner has taken away since."""
    part, flock = tmp_path / ".out.part", fcntl.flock
    went: list[Path] = []

    def late(lock: int, how: int) -> None:
        flock(lock, how)
        if not went:
            shutil.rmtree(part)
            went.append(part)

    monkeypatch.setattr(module.fcntl, "flock", late)
    write(tmp_path / "out", "plan")
    assert went and content(tmp_path / "out") == whole


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB; without the right to mount one, a limit on the size of files stands in."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)], capture_output=True
    )
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    if mounted.returncode:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))
    try:
        yield place
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        if not mounted.returncode:
            subprocess.run(["umount", str(place)], check=True)


def more_room(place: Path) -> None:
    if os.path.ismount(place):
        subprocess.run(["mount", "-o", "remount,size=8m", str(place)], check=True)
    else:
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit[1], limit[1]))


def test_a_full_disk_is_named_and_the_next_run_goes_on(small_disk: Path, tmp_path: Path) -> None:
    size = 4_000  # 30 times: one unit fits, three do not
    write(tmp_path / "elsewhere", "plan", size=min(size, 3_000) if not os.path.ismount(small_disk) else size)
    out = small_disk / "out"
    with pytest.raises(Refused) as caught:
        write(out, "plan", size=size)
    assert str(out) in caught.value.message and str(small_disk / ".out.part") in caught.value.message
    assert "No space left on device" in caught.value.message or "too large" in caught.value.message
    assert [path.name for path in small_disk.iterdir()] == [".out.part"]
    # Half a unit does not stay in the way of others.
    assert not (small_disk / ".out.part" / "now").exists()
    more_room(small_disk)
    again: list[str] = []
    write(out, "plan", size=size, log=again)
    assert [path.name for path in small_disk.iterdir()] == ["out"]
    if os.path.ismount(small_disk):
        assert content(out) == content(tmp_path / "elsewhere") and again != list(UNITS)


def test_lines_are_sorted_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorted_lines, "TOGETHER", 7)
    monkeypatch.setattr(sorted_lines, "MOST_OPEN", 3)
    dice = random.Random(3)
    for count in (0, 1, 7, 8, 14, 15, 200):
        lines = [f"{dice.random()}\tö" for _ in range(count)]
        path = tmp_path / f"{count}"
        work = tmp_path / f"work-{count}"
        work.mkdir()
        sort_to(path, lines, work)
        assert path.read_text().splitlines() == sorted(lines)
        halves = [tmp_path / f"{count}-{n}" for n in range(11)]
        for n, half in enumerate(halves):
            half.write_text("".join(f"{line}\n" for line in sorted(lines[n::11])))
        left = set(work.iterdir())
        assert "".join(merged(halves, work)).splitlines() == sorted(lines)
        assert set(work.iterdir()) == left


@pytest.mark.parametrize("system", [True, False])
def test_many_files_are_synced_at_once(system: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the whole file system where that is possible, else one by one; few files always one by one."""
    synced: list[Path] = []
    fsync, whole_system = files._fsync, files._sync_file_system
    calls: list[bool] = []

    def counted(path: Path) -> bool:
        calls.append(whole_system(path) and system)
        return calls[-1]

    def noted(path: Path) -> None:
        synced.append(path)
        fsync(path)

    monkeypatch.setattr(files, "_fsync", noted)
    monkeypatch.setattr(files, "_sync_file_system", counted)
    tree = tmp_path / "tree"
    (tree / "a" / "b").mkdir(parents=True)
    (tree / "a" / "b" / "0").touch()
    files.fsync_tree(tree)
    assert set(synced) == {tree, tree / "a", tree / "a" / "b", tree / "a" / "b" / "0"} and not calls
    for number in range(files.MANY):
        (tree / "a" / f"{number}").touch()
    synced.clear()
    files.fsync_tree(tree)
    assert calls == [system]
    assert len(synced) == (0 if system else files.MANY + 4)


def test_what_is_no_file_system_cannot_be_synced(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files._sync_file_system(tmp_path / "none")


def test_the_writer_waits_for_nobody(tmp_path: Path) -> None:
    """A process that was killed holds no lock."""
    with start(tmp_path / "out", 0.02) as process:
        assert process.stdout is not None and process.stdout.readline() == "a.bin\n"
        process.kill()
    wait_for(lambda: process.poll() is not None)
    write(tmp_path / "out", "plan")
