"""The pages and the API of jobs and models."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from curation.models import Job, JobLog, Role
from curation.selectors.jobs import duration, job_view, running_jobs
from curation.services.jobs import workers
from curation.services.jobs.heartbeat import rate_key
from tests.factories import make_candidate, make_model, make_prediction, make_project, make_user

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}
CLASSES = ["Class A", "Class B", "Class C"]


@pytest.fixture(autouse=True)
def awake() -> None:
    """A worker was heard of."""
    workers.note_alive("celery@tests")


@pytest.fixture
def signed_in(client: Client) -> Any:
    def as_role(role: str) -> Client:
        client.force_login(make_user(role))
        return client

    return as_role


def job(state: str, **fields: Any) -> Job:
    values: dict[str, Any] = {"kind": "preclassify", "title": f"A {state} job", "state": state}
    if state == "running":
        now = timezone.now()
        values |= {"lease": uuid.uuid4(), "heartbeat_at": now, "started_at": now - timedelta(seconds=10)}
    if state in {"done", "failed", "cancelled"}:
        values["finished_at"] = timezone.now()
        values["started_at"] = values["finished_at"] - timedelta(seconds=200)
    return Job.objects.create(**(values | fields))


@pytest.mark.parametrize("role", Role.values)
def test_who_may_do_what(signed_in: Any, role: str) -> None:
    client = signed_in(role)
    rank = Role(role).rank
    failed, running = job("failed"), job("running")
    project = make_project(3)
    make_candidate(project)
    make_model(CLASSES)
    for url in (reverse("jobs"), reverse("job", args=[failed.pk]), reverse("models")):
        assert client.get(url).status_code == 200
    assert client.get(reverse("api_job", args=[failed.pk])).status_code == 200
    may_steer = rank >= Role.ADMIN.rank
    for name, which in (("job_cancel", running), ("job_resume", failed)):
        url = reverse(name, args=[which.pk])
        assert (url in client.get(reverse("job", args=[which.pk])).content.decode()) == may_steer
        assert client.post(url).status_code == (302 if may_steer else 403)
        assert client.get(url).status_code in (403, 405)
    may_start = rank >= Role.LEAD.rank
    response = client.post(reverse("preclassify", args=[project.key]), {"model": "none"})
    assert response.status_code == (404 if may_start else 403)


def test_strangers_are_sent_to_sign_in(client: Client) -> None:
    one = job("done")
    for name, args in (("jobs", []), ("job", [one.pk]), ("models", [])):
        assert client.get(reverse(name, args=args)).status_code == 302
    assert client.get(reverse("api_job", args=[one.pk])).status_code in (302, 401, 403)


def test_the_list_has_running_ones_first_and_polls_only_while_they_run(signed_in: Any) -> None:
    client = signed_in("reader")
    job("done")
    empty = client.get(reverse("jobs"), **HTMX)
    assert empty.status_code == 286 and "hx-trigger" not in empty.content.decode()
    waiting, running = job("queued"), job("running", done=128, total=512)
    page = client.get(reverse("jobs")).content.decode()
    order = [page.index(one.title) for one in (running, waiting)] + [page.index("A done job")]
    assert order == sorted(order)
    assert "128 of 512 pictures" in page and "Done in 3 min 20 s" in page
    region = client.get(reverse("jobs"), **HTMX)
    assert region.status_code == 200
    assert 'hx-trigger="every 2s"' in region.content.decode() and "<html" not in region.content.decode()


def test_a_running_job_polls_and_an_ended_one_stops(signed_in: Any) -> None:
    client = signed_in("admin")
    project = make_project(3)
    one = job("running", done=128, total=512, params={"project": project.key})
    cache.set(rate_key(one.pk), 64.0)
    url = reverse("job", args=[one.pk])
    page = client.get(url).content.decode()
    assert f'hx-get="{url}?seen=running"' in page and "Cancel job" in page
    assert "64 pictures/s" in page and "about 6 s left" in page
    same = client.get(f"{url}?seen=running", **HTMX)
    assert same.status_code == 200 and "job-actions" not in same.content.decode()
    Job.objects.filter(pk=one.pk).update(
        state="done", finished_at=timezone.now(), result={"predicted": 12288, "classes": {"Class B": 12288}}
    )
    ended = client.get(f"{url}?seen=running", **HTMX)
    text = ended.content.decode()
    assert ended.status_code == 286 and "hx-get" not in text
    assert 'id="job-actions" hx-swap-oob="true"' in text and "Cancel job" not in text
    assert f"{reverse('candidates', args=[project.key])}?predicted=class-b" in text and "12,288" in text


def test_a_failed_job_says_why_first_and_can_be_resumed(signed_in: Any) -> None:
    client = signed_in("admin")
    one = job("failed", error="Model x cannot be used: <model.keras> is missing")
    page = client.get(reverse("job", args=[one.pk])).content.decode()
    assert "&lt;model.keras&gt; is missing" in page
    assert page.index("is missing") < page.index("Failed after")
    assert client.post(reverse("job_resume", args=[one.pk])).status_code == 302
    one.refresh_from_db()
    assert one.state == "queued"
    answer = client.post(reverse("job_resume", args=[one.pk]), follow=True).content.decode()
    assert "cannot be resumed" in answer


@pytest.mark.parametrize(("role", "shown"), [("reader", 1), ("admin", 2)])
def test_what_was_made_is_linked_for_those_who_may_open_it(signed_in: Any, role: str, shown: int) -> None:
    client = signed_in(role)
    project = make_project(3)
    found = 0
    for url in (reverse("project", args=[project.key]), reverse("batch", args=[7])):
        one = job("done", result_url=url)
        found += "See what it made" in client.get(reverse("job", args=[one.pk])).content.decode()
    assert found == shown


def test_the_log_shows_its_last_lines_in_order(signed_in: Any) -> None:
    one = job("running")
    JobLog.objects.bulk_create(JobLog(job=one, line=f"line {n}") for n in range(30))
    page = signed_in("reader").get(reverse("job", args=[one.pk])).content.decode()
    assert "line 9<" not in page and page.index("line 10<") < page.index("line 29<")


def test_states_are_told_in_words_that_are_true() -> None:
    assert job_view(job("queued").pk).words == "Waiting for a worker"
    assert job_view(job("running").pk).words == "Running"
    assert job_view(job("running", cancel_requested=True).pk).words == "Stopping"
    lost = job("running", heartbeat_at=timezone.now() - timedelta(minutes=1))
    assert job_view(lost.pk).words == "Its worker was lost; another takes over in a moment"
    assert job_view(job("cancelled", started_at=None).pk).words == "Cancelled"
    workers._redis().delete(workers.SEEN)
    assert job_view(job("queued").pk).words == "Waiting: no worker is awake"
    assert job_view(lost.pk).words == "Its worker was lost; no other is awake"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.2, "1 min"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (90000, "1 d 1 h")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(timedelta(seconds=seconds)) == words


def test_the_api_gives_all_that_the_page_shows(signed_in: Any) -> None:
    one = job("running", done=128, total=512)
    cache.set(rate_key(one.pk), 64.0)
    JobLog.objects.create(job=one, line="Started.")
    answer = signed_in("reader").get(reverse("api_job", args=[one.pk])).json()
    assert (answer["state"], answer["done"], answer["total"], answer["unit"]) == (
        "running",
        128,
        512,
        "pictures",
    )
    assert (answer["rate"], answer["eta_seconds"]) == (64.0, 6)
    assert answer["log"][0]["line"] == "Started."
    assert answer["result"] is None and answer["error"] == ""


def test_an_unknown_job_is_not_found(signed_in: Any) -> None:
    client = signed_in("reader")
    assert client.get(reverse("job", args=[10**9])).status_code == 404
    answer = client.get(reverse("api_job", args=[10**9]))
    assert answer.status_code == 404 and "no job" in answer.json()["message"]


def test_models_show_where_they_fit_and_start_a_job(signed_in: Any) -> None:
    client = signed_in("lead")
    assert "import_model" in client.get(reverse("models")).content.decode()
    project, other = make_project(3, title="Sheets"), make_project(2, title="Slides")
    model = make_model(CLASSES, name="convnext")
    seen, _ = make_candidate(project), make_candidate(project)
    make_prediction(seen, model, [0.2, 0.3, 0.5])
    page = client.get(reverse("models")).content.decode()
    assert "1 predicted, 1 not seen yet" in page
    assert reverse("project", args=[other.key]) not in page
    # The row points at no folder: the page says so, and a start is refused in words.
    assert "cannot be used" in page
    answer = client.post(reverse("preclassify", args=[project.key]), {"model": "convnext"}, follow=True)
    assert "Model convnext cannot be used" in answer.content.decode()
    assert not Job.objects.exists()


def test_queries_do_not_grow_with_the_rows(signed_in: Any) -> None:
    client = signed_in("admin")

    def grow() -> None:
        user = make_user()
        for state in ("queued", "running", "running", "done", "failed"):
            job(state, created_by=user)
        project = make_project(3)
        model = make_model(CLASSES)
        for _ in range(3):
            make_prediction(make_candidate(project), model, [0.2, 0.3, 0.5])

    def count(url: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    grow()
    urls = [reverse("jobs"), reverse("models")]
    before = [count(url) for url in urls]
    for _ in range(4):
        grow()
    assert [count(url) for url in urls] == before
    with CaptureQueriesContext(connection) as queries:
        assert len(running_jobs()) == 15
    assert len(queries) == 1
