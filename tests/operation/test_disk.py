"""A disk that is short of room: what fills it is refused in words, and the rest goes on."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from curation.errors import Refused
from curation.models import Export, Job
from curation.services import disk_space
from curation.services.exports.content import licence_counts
from curation.services.jobs import create_job, execute

EVERYTHING = 1 << 40  # MiB: no disk has so much


@pytest.fixture
def short(settings: Any) -> None:
    settings.KEEP_FREE_MIB = EVERYTHING


@pytest.mark.django_db(transaction=True)
def test_a_waiting_job_that_fills_the_disk_fails_in_words_and_can_be_resumed(settings: Any) -> None:
    job = create_job(Job.Kind.IMPORT, "Import", params={})
    settings.KEEP_FREE_MIB = EVERYTHING
    execute(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED and "Make room, then try again" in job.error
    assert "are kept free" in job.log.last().line  # type: ignore[union-attr]


@pytest.mark.django_db
def test_what_fills_the_disk_is_refused_when_it_is_asked_for(short: None, release: Any, as_role: Any) -> None:
    for kind in disk_space.FILLS - disk_space.LATER:
        with pytest.raises(Refused, match=r"GB are free"):
            create_job(kind, "x", params={})
    for kind in set(Job.Kind) - disk_space.FILLS | disk_space.LATER:
        disk_space.check_request(kind)
    assert not Job.objects.exists()
    page = as_role("admin").post(
        reverse("export_new", args=[release.name]),
        {"format": "imagefolder", "licences": list(licence_counts(release))},
        follow=True,
    )
    assert b"Make room" in page.content and not Export.objects.exists()


@pytest.mark.django_db
def test_the_page_of_the_jobs_says_so(as_role: Any, settings: Any) -> None:
    client = as_role("reader")
    assert b"are kept free" not in client.get("/jobs/").content
    settings.KEEP_FREE_MIB = EVERYTHING
    page = client.get("/jobs/").content.decode()
    assert "are kept free" in page and "votes do not" in page
