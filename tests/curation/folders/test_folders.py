"""What one machine has sent is what another one reads: whole, of one moment, checked."""

from __future__ import annotations

import os
import time
import uuid
from typing import Any

import pytest
from django.conf import settings as site
from django.utils import timezone

from curation import storage_s3
from curation.errors import StorageDown
from curation.models import Job, StoredFile
from curation.services import folders
from curation.services.folders import cache
from curation.services.progress import LeaseLost
from tests.machines import Machines

pytestmark = pytest.mark.django_db
RUN = "runs/one"


def write(name: str, content: bytes | str, folder: str = RUN) -> None:
    path = folders.work_of(folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def read(name: str, folder: str = RUN) -> str:
    return folders.file(folder, name).read_text()


def names(folder: str = RUN) -> list[str]:
    return [entry.name for entry in folders.entries(folder)]


def test_what_was_sent_is_known_everywhere_and_goes_on_there(machines: Machines) -> None:
    write("metrics.jsonl", "1\n")
    write("state/01.npz", "first")
    write(".lock", "")
    write("state/.01.0123.npz", "half")
    sender = folders.Sender(RUN)
    assert sender.send() == 2 and sender.send() == 0
    machines.on("b")
    assert names() == ["metrics.jsonl", "state/01.npz"]
    assert read("metrics.jsonl") == "1\n" and not folders.work_of(RUN).exists()
    seen = folders.place(RUN)
    work = folders.checkout(RUN)
    assert (work / "state/01.npz").read_text() == "first"
    write("metrics.jsonl", "1\n2\n")
    write("state/01.npz", "second")
    write("README.md", "done")
    (work / "state/01.npz").rename(work / "state/02.npz")
    assert folders.Sender(RUN).send() == 4
    # A folder that was given out stays as it was; whoever asks again sees the new one.
    assert (seen / "metrics.jsonl").read_text() == "1\n" and (seen / "state/01.npz").read_text() == "first"
    machines.on("a")
    assert names() == ["README.md", "metrics.jsonl", "state/02.npz"]
    assert {one.name for one in folders.place(RUN, "*.md", "state/*").rglob("*")} == {
        "README.md", "state", "02.npz",
    }  # fmt: skip
    # This machine's own copy is behind, and has what the other has not.
    write("left.txt", "of a run that died")
    work = folders.checkout(RUN)
    assert (work / "metrics.jsonl").read_text() == "1\n2\n" and (work / ".lock").exists()
    assert not (work / "left.txt").exists() and not (work / "state/01.npz").exists()
    with pytest.raises(FileNotFoundError):
        folders.file(RUN, "state/01.npz")


def test_a_process_that_was_taken_for_dead_changes_nothing(machines: Machines) -> None:
    write("metrics.jsonl", "1\n")
    job = Job.objects.create(
        kind="train", title="x", state="running", lease=uuid.uuid4(), heartbeat_at=timezone.now()
    )
    mine = folders.Sender(RUN, job=job)
    assert mine.send() == 1
    Job.objects.filter(pk=job.pk).update(lease=uuid.uuid4())
    write("metrics.jsonl", "1\nof a dead one\n")
    with pytest.raises(LeaseLost):
        mine.send()
    assert read("metrics.jsonl") == "1\n"


def test_a_storage_that_is_down_leaves_what_was_known(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("metrics.jsonl", "1\n")
    folders.Sender(RUN).send()
    monkeypatch.setattr(storage_s3, "ATTEMPTS", 1)
    site.STORAGES = site.STORAGES | {}  # new ones, that give up sooner
    machines.line.down = True
    write("metrics.jsonl", "1\n2\n")
    write("new.bin", os.urandom(3000))
    sender = folders.Sender(RUN)
    assert "did not do what was asked of it" in sender.try_to_send()
    assert StoredFile.objects.get().bytes == 2
    machines.on("b")
    with pytest.raises(StorageDown):
        folders.file(RUN, "metrics.jsonl")
    machines.line.down = False
    machines.stored.silent_until = 0.0
    assert read("metrics.jsonl") == "1\n"
    machines.on("a")
    assert sender.send() == 2
    machines.on("b")
    assert read("metrics.jsonl") == "1\n2\n" and not [one for one in names() if one.startswith(".")]


def test_what_the_storage_has_changed_is_refused_and_what_was_replaced_is_looked_up_again(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a.bin", b"0123456789")
    folders.Sender(RUN).send()
    row = StoredFile.objects.get()
    client = machines.stored.client
    client.put_object(Bucket=machines.bucket, Key=f"stored/{row.key}", Body=b"01234x6789")
    machines.on("b")
    with pytest.raises(StorageDown, match="other content"):
        folders.file(RUN, "a.bin")
    assert not list((cache.root() / "files").glob("*/*"))
    client.delete_object(Bucket=machines.bucket, Key=f"stored/{row.key}")
    with pytest.raises(StorageDown, match="gone from the storage"):
        folders.file(RUN, "a.bin")
    # Between the row and the object another process replaces the file.
    fetch = cache.fetch

    def replaced(*args: Any) -> None:
        monkeypatch.setattr(cache, "fetch", fetch)
        machines.on("a")
        write("a.bin", b"new")
        folders.Sender(RUN).send()
        machines.on("b")
        fetch(*args)

    monkeypatch.setattr(cache, "fetch", replaced)
    assert read("a.bin") == "new"


def test_an_empty_machine_does_not_empty_the_folder(machines: Machines) -> None:
    write("a.bin", b"1")
    folders.Sender(RUN).send()
    machines.on("b")
    assert folders.Sender(RUN).send() == 0 and names() == ["a.bin"]
    folders.work_of(RUN).mkdir(parents=True)
    assert folders.Sender(RUN, only_adds=True).send() == 0 and names() == ["a.bin"]


def test_what_was_here_before_there_was_a_bucket_is_read_from_this_disk(
    machines: Machines,
) -> None:
    write("metrics.jsonl", "old\n")
    assert read("metrics.jsonl") == "old\n" and names() == ["metrics.jsonl"]
    assert folders.place(RUN) == folders.checkout(RUN) == folders.work_of(RUN)
    assert not machines.keys()


def test_renamed_and_removed_for_all_machines(
    machines: Machines, django_capture_on_commit_callbacks: Any
) -> None:
    write("a.bin", b"1")
    folders.add(RUN, "a.bin")
    folders.rename(RUN, "runs/two")
    machines.on("b")
    assert names() == [] and names("runs/two") == ["a.bin"]
    with django_capture_on_commit_callbacks(execute=True):
        folders.remove("runs/two")
    assert not StoredFile.objects.exists() and not machines.keys()
    machines.on("a")
    assert names("runs/two") == ["a.bin"]  # its own copy, which leftovers are tidied of
    folders.leave("runs/two")
    assert names("runs/two") == []


def test_the_cache_keeps_what_was_used_last_and_what_is_in_use(machines: Machines, settings: Any) -> None:
    for n in range(4):
        write(f"{n}.bin", bytes([n]) * 1000)
    write("0.bin", b"in a folder" * 100, "models/m")
    for folder in (RUN, "models/m"):
        folders.Sender(folder).send()
    machines.on("b")
    paths = [folders.file(RUN, f"{n}.bin") for n in range(4)]
    model = folders.place("models/m")
    long_ago = time.time() - 3600
    for n, path in enumerate(paths):
        os.utime(path, (long_ago + n, long_ago))
    os.utime(model.parent, (long_ago - 10, long_ago - 10))
    with folders.reading("models/m") as held:
        assert held == model
        os.utime(model.parent, (long_ago - 10, long_ago - 10))
        # The oldest of all is held. Its file is of now, and the two oldest others go.
        assert cache.evict(most=3_100, grace=60) == 2_000
        assert [path.exists() for path in paths] == [False, False, True, True]
        assert (held / "0.bin").is_file()
    assert cache.evict(most=0, grace=60) == 2_000  # the folder alone frees nothing, its file is in use
    assert not model.exists() and cache.evict(most=0, grace=-1) == 1_100
    assert folders.file(RUN, "0.bin").read_bytes() == bytes([0]) * 1000


def test_without_a_bucket_nothing_is_asked_or_copied(
    settings: Any, tmp_path: Any, django_assert_num_queries: Any
) -> None:
    settings.RUNS_DIR = tmp_path / "runs"
    write("metrics.jsonl", "1\n")
    with django_assert_num_queries(0):
        assert folders.place(RUN) == folders.checkout(RUN) == tmp_path / "runs" / "one"
        assert folders.file(RUN, "metrics.jsonl") == tmp_path / "runs" / "one" / "metrics.jsonl"
        assert names() == ["metrics.jsonl"] and folders.Sender(RUN).send() == 0
        folders.add(RUN, "metrics.jsonl")
        folders.leave(RUN)
        folders.rename(RUN, "runs/two")
    assert read("metrics.jsonl", "runs/two") == "1\n"
