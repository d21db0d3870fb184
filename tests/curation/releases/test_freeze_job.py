"""Freezing as a job: checked when it is asked for, done once however often it is run."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from curation.errors import Refused
from curation.models import Job, Release
from curation.selectors.release_reports.composition import class_licence
from curation.services.freeze import freeze
from curation.services.freeze_job import request_freeze, run
from curation.services.jobs import execute, request_cancel, resume
from curation.services.progress import JobCancelled, NullProgress
from tests.curation.releases.conftest import Garden
from tests.factories import make_user

SIZES = {"train": 3, "test": 1, "validate": 1}


class Heard(NullProgress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.done = 0

    def advance(self, n: int = 1) -> None:
        self.done += n

    def log(self, line: str) -> None:
        self.lines.append(line)


@pytest.mark.django_db(transaction=True)
def test_a_job_freezes_once(garden: Garden) -> None:
    admin = make_user("admin")
    job = request_freeze(
        garden.project, created_by=admin, seed=7, survey_sources=["S0"], only_licences=["CC0", "CC-BY"],
        train=1, test=1, validate=0,
    )  # fmt: skip
    assert (job.kind, job.title, job.created_by) == (Job.Kind.FREEZE, "Freeze flora-2-s7", admin)
    assert execute(job.pk)
    job.refresh_from_db()
    release = Release.objects.get()
    assert job.state == Job.State.DONE, job.error
    assert job.result == {"release": "flora-2-s7", "manifest_sha256": release.manifest_sha256}
    assert job.result_url == "/releases/flora-2-s7/"
    assert (release.created_by, release.survey_sources) == (admin, ["S0"])
    assert (job.done, job.total) == (release.members.count(),) * 2
    said = "\n".join(job.log.values_list("line", flat=True))
    assert "18 candidates" in said and "left out" in said and release.manifest_sha256 in said
    # The worker may have died before it could write down that it was done.
    heard = Heard()
    with CaptureQueriesContext(connection) as asked:
        class_licence(release)
    assert not asked  # the worker has counted it for the report's first reader
    assert run(job, heard) == job.result
    assert heard.result_url == job.result_url
    assert heard.lines == ["flora-2-s7 was frozen by an earlier start of this job."]
    assert Release.objects.get() == release


@pytest.mark.django_db(transaction=True)
def test_a_shortage_fails_the_job_and_puts_its_table_in_the_log(garden: Garden) -> None:
    job = request_freeze(garden.project, seed=1, train=5, test=1, validate=1)
    assert execute(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert job.error.startswith("Too few pictures for 7 per class")
    lines = list(job.log.values_list("line", flat=True))
    assert [line.split() for line in lines if line.startswith("class-")] == [
        [f"class-{letter}", "6", "7", "1"] for letter in "abc"
    ]
    assert not Release.objects.exists()
    # More pictures have come, and the same job goes on.
    for label in garden.classes:
        garden.plant(label)
    resume(job, None)
    assert execute(job.pk)
    job.refresh_from_db()
    assert job.result["release"] == Release.objects.get().name == "flora-7-s1"


@pytest.mark.django_db
def test_what_cannot_be_frozen_is_no_job(garden: Garden) -> None:
    freeze(garden.project, seed=1, name="spring", **SIZES)
    for options in (
        {"name": "spring"},
        {"name": "../x"},
        {"seed": -1},
        {"train": -1},
        {"balance": "fair"},
        {"test_sources": ["X"]},
        {"only_licences": ["MIT"]},
    ):
        with pytest.raises(Refused):
            request_freeze(garden.project, **({"seed": 1} | options))
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_the_same_asked_twice_is_one_job(garden: Garden) -> None:
    def asked(**options: Any) -> Job:
        return request_freeze(garden.project, **({"seed": 1} | SIZES | options))

    first = asked()
    assert asked() == first
    other = asked(balance="even-sources")
    assert (first.params["name"], other.params["name"]) == ("flora-5-s1", "flora-5-s1-2")
    named = asked(name="spring")
    assert named not in (first, other) and asked(name="spring") == named
    with pytest.raises(Refused, match="'spring'"):
        asked(name="spring", balance="even-sources")
    request_cancel(first, None)
    again = asked()
    assert again != first and again.params["name"] == "flora-5-s1"


@pytest.mark.django_db
def test_a_release_of_the_name_that_is_another_is_not_taken_for_its_own(garden: Garden) -> None:
    job = request_freeze(garden.project, seed=1, name="spring", **SIZES)
    freeze(garden.project, seed=2, name="spring", **SIZES)
    with pytest.raises(Refused, match="already"):
        run(job, NullProgress())


@pytest.mark.django_db
def test_the_largest_size_is_known_again(garden: Garden) -> None:
    job = request_freeze(garden.project, seed=1, train=30, test=10, validate=10, largest=True)
    result = run(job, NullProgress())
    release = Release.objects.get()
    assert (result["release"], release.per_class) == ("flora-50-s1", 6)
    assert run(job, NullProgress()) == result
    assert Release.objects.count() == 1


@pytest.mark.django_db
def test_a_cancelled_job_leaves_nothing(garden: Garden) -> None:
    class Cancelled(Heard):
        def advance(self, n: int = 1) -> None:
            raise JobCancelled

    job = request_freeze(garden.project, seed=1, **SIZES)
    with pytest.raises(JobCancelled):
        run(job, Cancelled())
    assert not Release.objects.exists()
    assert run(job, Heard())["release"] == "flora-5-s1"


@pytest.mark.django_db(transaction=True)
def test_two_starts_at_once_make_one_release(garden: Garden) -> None:
    # The first was thought lost: its lease is taken over while it still works.
    job = request_freeze(garden.project, seed=1, **SIZES)
    results: list[dict[str, Any]] = []

    def start() -> None:
        try:
            results.append(run(job, NullProgress()))
        finally:
            connection.close()

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 3 and results[0] == results[1] == results[2]
    assert Release.objects.get().members.count() == 15
