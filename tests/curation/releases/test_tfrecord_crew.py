"""Records from processes of their own: in order, the same bytes, and none left behind whoever is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.core.files.storage import InMemoryStorage, default_storage

from curation.errors import Refused
from curation.models import Job, Release
from curation.services import export as service
from curation.services.export import write_export
from curation.services.exports import tfrecord
from curation.services.exports.crew import Crew, CrewLost
from curation.services.freeze import freeze
from tests.curation.releases.conftest import Garden
from tests.worker import REPOSITORY, RealWorker, wait_for

WORK = "tests.curation.releases.crew_work:doubled"


def same(number: int) -> int:
    return number


def children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if any("exports.crew" in w for w in each.cmdline())]


def test_results_are_in_order_and_from_several_processes() -> None:
    with Crew(WORK, 2) as crew:
        assert children() == []  # nothing is started before there is work
        found = list(crew.work(range(20, 50), same))
        assert [(item, answer[0]) for item, answer in found] == [(n, 2 * n) for n in range(20, 50)]
        processes = {answer[1] for _, answer in found}
        assert len(processes) == 2 and os.getpid() not in processes
        # The same ones go on with what comes next.
        assert {answer[1] for _, answer in crew.work(range(20, 30), same)} == processes
        members = children()
        assert {member.pid for member in members} == processes
        assert {os.getpgid(pid) for pid in processes} == {os.getpgid(0)}
    assert not any(member.is_running() for member in members)


def test_a_little_work_needs_no_process() -> None:
    with Crew(WORK, 2) as crew:
        assert list(crew.work([4], same)) == [(4, (8, os.getpid()))]
        assert list(crew.work([], same)) == [] and children() == []


def test_only_some_work_is_taken_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(20, 60):
            taken.append(number)
            yield number

    with Crew(WORK, 2) as crew:
        for done, _ in crew.work(items(), same):
            assert taken[-1] - done < 6


def test_errors_arrive_and_end_nothing_else() -> None:
    with Crew(WORK, 2) as crew:
        with pytest.raises(LookupError, match="thirteen"):
            list(crew.work([1, 13, 2], same))
        assert [answer[0] for _, answer in crew.work([1, 2, 3], same)] == [2, 4, 6]


def test_a_process_that_ends_is_told() -> None:
    with Crew(WORK, 2) as crew, pytest.raises(CrewLost, match="status 3"):
        list(crew.work([1, 99, 2, 3], same))
    assert children() == []


def test_none_outlives_a_kill() -> None:
    program = (
        "from curation.services.exports.crew import Crew\n"
        f"with Crew('{WORK}', 2) as crew:\n"
        "    for _, (_, pid) in crew.work(iter(int, 1), int): print(pid, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "curation.settings"},
    ) as parent:
        assert parent.stdout is not None
        seen: set[int] = set()
        while len(seen) < 2:
            seen.add(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
    wait_for(lambda: not any(map(psutil.pid_exists, seen)), 10)


@pytest.mark.django_db
def test_processes_give_the_same_bytes(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_export(release, "tfrecord", tmp_path / "here")
    monkeypatch.setattr(tfrecord, "AT_ONCE", 2)
    used: list[int] = []
    start = Crew._start

    def noted(crew: Crew) -> None:
        start(crew)
        used.append(len(crew._members))

    monkeypatch.setattr(Crew, "_start", noted)
    write_export(release, "tfrecord", tmp_path / "there")
    assert used
    for path in (tmp_path / "here").iterdir():
        assert path.read_bytes() == (tmp_path / "there" / path.name).read_bytes()
    # Also where pictures are not in a folder.
    elsewhere = InMemoryStorage()
    names = {m.sha256: m.image.file_name("dataset") for m in release.members.select_related("image")}
    for name in names.values():
        with default_storage.open(name) as file:
            elsewhere.save(name, file)
    monkeypatch.setattr("curation.services.exports.pictures.default_storage", elsewhere)
    write_export(release, "tfrecord", tmp_path / "elsewhere")
    for path in (tmp_path / "here").iterdir():
        assert path.read_bytes() == (tmp_path / "elsewhere" / path.name).read_bytes()
    sha256 = max(names)
    elsewhere.delete(names[sha256])
    with pytest.raises(Refused, match=f"{sha256}.* has lost its file {names[sha256]}"):
        write_export(release, "tfrecord", tmp_path / "lost")


@pytest.mark.django_db
@pytest.mark.parametrize("at_once", [2, 64])
def test_lost_and_damaged_pictures_are_named(
    release: Release, tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tfrecord, "AT_ONCE", at_once)
    member = release.members.filter(split="train")[5]
    place = Path(default_storage.path(member.image.file_name("dataset")))
    whole = place.read_bytes()
    place.write_bytes(whole[:300])
    with pytest.raises(Refused, match=rf"{member.sha256} \(.*\) cannot be made smaller: damaged JPEG"):
        write_export(release, "tfrecord", tmp_path / "out")
    place.unlink()
    with pytest.raises(Refused, match=f"{member.sha256}.* has lost its file dataset/"):
        write_export(release, "tfrecord", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == [".out.part"] and children() == []


@pytest.mark.django_db(transaction=True)
def test_a_worker_has_such_processes_and_leaves_none(real_worker: RealWorker, garden: Garden) -> None:
    """Celery's own processes are daemons, which may have no children of multiprocessing's."""
    for label in garden.classes:
        for _ in range(40):
            garden.plant(label, files=True)
    release = freeze(garden.project, seed=1, train=40, test=3, validate=3)
    assert real_worker.process is not None
    top = psutil.Process(real_worker.process.pid)

    def crew() -> list[psutil.Process]:
        found = []
        for each in top.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if any("exports.crew" in word for word in each.cmdline()):
                    found.append(each)
        return found

    export = service.request_export(release, "tfrecord")
    assert export.job is not None
    job = export.job
    members = wait_for(crew)
    real_worker.kill()
    wait_for(lambda: not any(member.is_running() for member in members), 10)
    real_worker.start_worker()

    def done() -> bool:
        job.refresh_from_db()
        return job.state == Job.State.DONE

    wait_for(done, 90)
    assert job.result is not None and job.result["verified"]["ok"] is True
