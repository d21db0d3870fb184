"""Folders as old disks hold them: names in other encodings, long paths, files that change underneath."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction

from curation.errors import Refused
from curation.imaging import process
from curation.models import Image, Source
from curation.services.files import SourceChanged, store
from curation.services.ingest import Outcome, _settle, fill_batch, ingest_folder, start_batch
from curation.services.ingest_items import Item, folder_items
from curation.services.progress import NullProgress
from curation.services.sources import source_for
from inference.files import sha256_of
from tests.curation.ingest.test_ingest import ingest, picture
from tests.factories import make_licence, make_source

pytestmark = pytest.mark.django_db

LATIN = os.fsdecode("Gänseblümchen".encode("latin-1"))


def test_names_that_are_no_utf8_or_break_lines_are_kept_escaped(tmp_path: Path) -> None:
    folder = tmp_path / LATIN
    folder.mkdir()
    shutil.move(picture(tmp_path / "a.jpg", 1), folder / f"{LATIN}.jpg")
    shutil.move(picture(tmp_path / "b.jpg", 2), folder / "two\nlines\x1b[31m\u2028.jpg")
    (folder / f"{LATIN} broken.jpg").write_text("no picture")

    batch = ingest(folder)

    assert (batch.added, batch.refused) == (2, 1)
    names = set(Image.objects.values_list("original_name", flat=True))
    assert names == {r"G\xe4nsebl\xfcmchen.jpg", r"two\nlines\x1b[31m\u2028.jpg"}
    assert batch.origin.endswith(r"G\xe4nsebl\xfcmchen")
    assert batch.problems.get().file == r"G\xe4nsebl\xfcmchen broken.jpg"


def test_files_whose_long_paths_end_alike_are_told_apart(tmp_path: Path) -> None:
    tail = Path("d" * 200) / ("e" * 150)
    for number in (1, 2):
        (tmp_path / f"{number}" / tail).mkdir(parents=True)
        picture(tmp_path / f"{number}" / tail / "sheet.jpg", number)
        (tmp_path / f"{number}" / tail / "broken.jpg").write_text("no picture")

    batch = ingest(tmp_path)
    assert (batch.added, batch.refused) == (2, 2)
    fill_batch(
        batch, folder_items(tmp_path, source=Source.objects.get(), licence=make_licence()), NullProgress()
    )
    assert (batch.added, batch.duplicates, batch.refused) == (2, 0, 2)


def test_a_name_that_looks_like_an_escaped_one_is_told_apart(tmp_path: Path) -> None:
    for name, seed in ((b"\xe4.jpg", 1), (rb"\xe4.jpg", 2)):
        shutil.move(picture(tmp_path / "next.jpg", seed), tmp_path / os.fsdecode(name))
    assert ingest(tmp_path).added == 2


@pytest.mark.parametrize("becomes", ["another picture", "nothing"])
def test_what_is_stored_is_what_was_looked_at(tmp_path: Path, becomes: str) -> None:
    path = picture(tmp_path / "a.jpg", 1)
    source, licence = make_source(), make_licence()
    batch = start_batch("a", None, source, licence, None)
    outcome = Outcome(Item(path, "a.jpg", source, licence), process(path), None)
    path.unlink() if becomes == "nothing" else picture(path, 2)

    _settle(batch, outcome)

    problem = batch.problems.get()
    assert (problem.rule, Image.objects.count()) == ("unreadable", 0)
    assert "changed or went away" in problem.message
    assert outcome.processed is not None
    sha = outcome.processed.info.sha256
    assert not default_storage.exists(f"original/{sha[:2]}/{sha}.jpg")


def test_a_file_is_stored_under_its_own_checksum_only(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.jpg", 1)
    with pytest.raises(SourceChanged):
        store("original/00/x.jpg", path, sha256="0" * 64)
    assert not default_storage.exists("original/00/x.jpg")
    store("original/00/x.jpg", path, sha256=sha256_of(path))
    assert default_storage.exists("original/00/x.jpg")


def test_a_rights_holder_that_can_not_be_kept_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg", 1)
    with pytest.raises(Refused, match="at most 300"):
        ingest_folder(tmp_path, source=make_source(), licence=make_licence(), rights_holder="x" * 301)


@contextmanager
def not_as_root() -> Iterator[None]:
    """Root may open every folder: the body runs as nobody where the tests run as root."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(me)


def test_a_closed_folder_is_named_in_the_report() -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to nobody
        folder = Path(name)
        folder.chmod(0o755)
        picture(folder / "a.jpg", 1)
        picture(folder / "closed" / "b.jpg", 2)
        (folder / "closed").chmod(0)
        source, licence = make_source(), make_licence()
        batch = start_batch(name, None, source, licence, None)
        try:
            with not_as_root():
                items = folder_items(folder, source=source, licence=licence)
            fill_batch(batch, items, NullProgress())
        finally:
            (folder / "closed").chmod(0o755)
    assert (batch.added, batch.problems.get().file) == (1, "closed")


@pytest.mark.django_db(transaction=True)
def test_two_processes_may_bring_the_same_new_source() -> None:
    made, told = threading.Event(), threading.Event()

    def first() -> None:
        try:
            with transaction.atomic():
                Source.objects.create(code="NEW", name="First", kind=Source.Kind.MUSEUM)
                made.set()
                told.wait(0.5)  # the other has looked and found none; its insert waits for this commit
        finally:
            connection.close()

    other = threading.Thread(target=first)
    other.start()
    assert made.wait(5)
    assert source_for("NEW").name == "First"
    told.set()
    other.join()
