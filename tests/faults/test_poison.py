"""A picture that ends the process which decodes it costs one worker, is named, and the rest comes in."""

from __future__ import annotations

from pathlib import Path

import pytest

from curation.imaging import PictureError
from curation.models import Batch, BatchProblem, Image, Job
from curation.services import suspects
from curation.services.ingest import request_ingest
from curation.services.ingest_items import Item
from curation.services.intake import look_at
from tests.curation.imports.lists import jpeg
from tests.factories import make_licence, make_source
from tests.worker import RealWorker, real_worker, wait_for  # noqa: F401

CRASHING = Path(__file__).parent / "crashing"


def poisoned(number: int) -> bytes:
    """A sound picture with the word in a comment, which only the decoder of these tests minds."""
    content = jpeg(number)
    comment = b"POISON"
    return content[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + content[2:]


@pytest.fixture
def crashing_worker(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> RealWorker:
    monkeypatch.setenv("PYTHONPATH", str(CRASHING))
    worker: RealWorker = request.getfixturevalue("real_worker")
    return worker


def taken_in(folder: Path) -> Batch:
    batch = request_ingest(folder, source=make_source("P"), licence=make_licence())
    ended = Job.objects.filter(pk=batch.job_id).exclude(state__in=Job.ACTIVE)
    wait_for(ended.exists, 60)
    batch.refresh_from_db()
    return batch


def lost(batch: Batch) -> int:
    """How many processes its job has cost."""
    assert batch.job is not None
    return batch.job.log.filter(line__contains="was lost").count()


@pytest.mark.django_db(transaction=True)
def test_a_poisoned_picture_costs_one_worker_and_is_left_out(
    crashing_worker: RealWorker, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, numbers in ((first, range(30)), (second, range(30, 36))):
        folder.mkdir()
        for n in numbers:
            (folder / f"{n:02}.jpg").write_bytes(jpeg(n))
        (folder / f"{numbers[3]:02}-poison.jpg").write_bytes(poisoned(99))
    batch = taken_in(first)
    assert batch.job is not None and (batch.job.state, batch.job.error) == ("done", "")
    assert (batch.added, batch.refused, batch.seen) == (30, 1, 31)
    [problem] = BatchProblem.objects.filter(batch=batch)
    assert (problem.file, problem.rule) == ("03-poison.jpg", suspects.RULE)
    assert "signal 11" in problem.message
    assert lost(batch) == 1
    # It comes again with another delivery: known, and nobody dies of it.
    again = taken_in(second)
    assert again.job is not None and (again.job.state, again.added, again.refused) == ("done", 6, 1)
    assert lost(again) == 0
    assert Image.objects.count() == 36


@pytest.mark.django_db
def test_what_was_only_beside_a_crash_is_taken_in(tmp_path: Path) -> None:
    path = tmp_path / "sound.jpg"
    path.write_bytes(jpeg(7))
    item = Item(path, "sound.jpg", make_source("P"), make_licence())
    sha256 = suspects.sha256_of(path)
    suspects._begin(sha256)  # a process that died with it in its hands
    outcome = look_at(item)
    assert outcome.processed is not None and not suspects._redis().exists(suspects.note_of(sha256))
    # Whoever tried it in a process of its own died as well, again and again.
    for _ in range(suspects.MOST_TRIES):
        suspects._begin(sha256)
    error = look_at(item).error
    assert isinstance(error, PictureError) and (error.rule, error.name) == ("crashes", "sound.jpg")
    suspects._forget(sha256)


@pytest.mark.django_db
def test_without_redis_pictures_are_decoded_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sound.jpg"
    path.write_bytes(jpeg(7))
    away = suspects.redis.Redis.from_url("unix:///tmp/no-such-redis.sock")
    monkeypatch.setattr(suspects, "_redis", lambda: away)
    assert look_at(Item(path, "sound.jpg", make_source("P"), make_licence())).processed is not None
