"""Leaving one source out after the other, from the page: one job, a release for each, each made once."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from curation.errors import Refused
from curation.models import Job, Release
from curation.services.freeze import freeze
from curation.services.freeze_each_job import request_each
from curation.services.freeze_job import request_freeze, run
from curation.services.jobs import execute, resume
from curation.services.leave_one_out import one_out
from curation.services.progress import JobCancelled
from tests.curation.releases.conftest import AsRole, Garden, text
from tests.curation.releases.test_freeze_job import Heard
from tests.factories import make_user

ASKED: dict[str, Any] = {"seed": 1, "train": 3, "validate": 1}
NAMES = [f"spring-without-S{n}" for n in range(3)]


def made() -> list[tuple[str, str, list[str]]]:
    return list(Release.objects.order_by("id").values_list("name", "manifest_sha256", "test_sources"))


@pytest.mark.django_db(transaction=True)
def test_the_job_makes_what_the_command_makes(garden: Garden, as_role: AsRole) -> None:
    admin = make_user("admin")
    job = request_each(garden.project, created_by=admin, name="spring", **ASKED)
    assert (job.kind, job.total, job.unit) == (Job.Kind.FREEZE, 3, "releases") and execute(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert (job.done, job.total, job.unit) == (3, 3, "releases")
    assert [name for name, _sha256, _sources in made()] == NAMES
    assert job.result == {
        "releases": [
            {"source": sources[0], "release": name, "manifest_sha256": sha256}
            for name, sha256, sources in made()
        ]
    }
    assert set(Release.objects.values_list("created_by", flat=True)) == {admin.pk}
    # The same pictures in the same splits as on the command line.
    for each, (_name, _sha256, sources) in zip(
        one_out(garden.project, stem="other", **ASKED), made(), strict=True
    ):
        assert each.release is not None and each.release.test_sources == sources
        twin = Release.objects.get(name=f"spring-without-{each.code}")
        rows = [sorted(one.members.values_list("sha256", "split")) for one in (each.release, twin)]
        assert rows[0] == rows[1]
    page = text(as_role("reader"), reverse("job", args=[job.pk]))
    assert all(f'<a href="/releases/{name}/">{name}</a>' in page for name in NAMES)


@pytest.mark.django_db
def test_a_job_that_was_stopped_goes_on_and_makes_none_twice(garden: Garden) -> None:
    class Stopped(Heard):
        def check(self) -> None:
            if len(made()) == 3:  # in the middle of the third
                raise JobCancelled

    job = request_each(garden.project, name="spring", **ASKED)
    with pytest.raises(JobCancelled):
        run(job, Stopped())
    before = made()
    assert [name for name, _sha256, _sources in before] == NAMES[:2]
    heard = Heard()
    result = run(job, heard)
    assert made()[:2] == before and [row["release"] for row in result["releases"]] == NAMES
    assert [line for line in heard.lines if "earlier start" in line] == [
        f"{name} was frozen by an earlier start of this job." for name in NAMES[:2]
    ]
    assert run(job, Heard()) == result and len(made()) == 3


@pytest.mark.django_db(transaction=True)
def test_a_shortage_without_one_source_does_not_stop_the_others(garden: Garden) -> None:
    for _n in range(4):
        for label in garden.classes:
            garden.plant(label, source="S0")
    job = request_each(garden.project, seed=1, train=5, validate=1)
    assert execute(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "Too few pictures without S0" in job.error and "2 of 3 releases are frozen" in job.error
    assert [sources for _name, _sha256, sources in made()] == [["S1"], ["S2"]]
    lines = "\n".join(job.log.values_list("line", flat=True))
    assert "Without S0: Too few pictures" in lines and lines.count("class-a") == 1
    before = made()
    for _n in range(2):
        for label in garden.classes:
            garden.plant(label, source="S1")
    resume(job, None)
    assert execute(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert made()[:2] == before and len(made()) == 3


@pytest.mark.django_db
def test_what_cannot_be_is_no_job_and_the_same_twice_is_one(garden: Garden) -> None:
    freeze(garden.project, seed=1, train=3, test=1, validate=1, name="autumn-without-S1")
    for options in (
        {"name": "autumn"},
        {"name": "../x"},
        {"seed": -1},
        {"train": 0, "validate": 0},
        {"survey_sources": ["S0", "S1", "S2"]},
        {"only_sources": ["X"]},
    ):
        with pytest.raises(Refused):
            request_each(garden.project, **(ASKED | options))
    assert not Job.objects.exists()
    first = request_each(garden.project, name="spring", **ASKED)
    assert request_each(garden.project, name="spring", **ASKED) == first
    other = request_each(garden.project, **ASKED)
    assert other != first and request_each(garden.project, **ASKED) == other
    with pytest.raises(Refused, match="spring-without-S2"):
        request_freeze(garden.project, name="spring-without-S2", seed=1, train=3, test=1, validate=1)
    with pytest.raises(Refused, match="promised"):
        request_each(garden.project, name="spring", **(ASKED | {"seed": 2}))


@pytest.mark.django_db
def test_the_page_asks_for_it(garden: Garden, as_role: AsRole) -> None:
    client = as_role("admin")
    url = reverse("release_new", args=["flora"])
    asked = {"train": "3", "test": "0", "validate": "1", "each": "on", "name": "spring"}
    page = text(client, url + "?train=3&test=0&validate=1&each=on&name=spring")
    assert "Without one source after the other" in page and "Freeze 3 releases" in page
    assert 'name="each" id="id_each" checked' in page
    page = text(client, url + "?train=3&test=0&validate=1&each=on&name=spring&step=confirm")
    assert "Freeze 3 releases" in page and "S0, S1, S2" in page
    assert '<input type="hidden" name="each" value="on">' in page
    place = client.post(url, asked)["Location"]
    job = Job.objects.get()
    assert place == reverse("job", args=[job.pk])
    assert job.params["each"] == {f"S{n}": name for n, name in enumerate(NAMES)}
    refused = client.get(url + "?train=3&test=0&validate=1&each=on&use-S1=test").content.decode()
    assert "S1: the test set is each source in turn." in refused
    assert as_role("lead").post(url, asked).status_code == 403


@pytest.mark.django_db
def test_the_page_says_which_are_short(garden: Garden, as_role: AsRole) -> None:
    url = reverse("release_new", args=["flora"]) + "?train=4&test=0&validate=1&each=on"
    page = text(as_role("admin"), url)
    assert page.count("classes are short") == 3 and "step=confirm" not in page
    garden.plant(garden.classes[0], source="S0")
    out = text(as_role("admin"), url.replace("train=4", "train=3") + "&use-S2=out")
    assert ">S2</th>" not in out
