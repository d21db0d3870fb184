"""Pre-classification by a real Celery worker that is killed, cancelled and started again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import Count

from curation.models import Candidate, Job, ModelVersion, Prediction, Project
from curation.selectors.jobs import workers_alive
from curation.services.jobs import request_cancel, resume
from curation.services.jobs.dispatch import dispatch
from curation.services.preclassify import request_preclassify
from tests.curation.preclassify.conftest import MakePictures
from tests.factories import make_project
from tests.worker import RealWorker, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
MakeModel = Callable[..., ModelVersion]
CLASSES = ["Class A", "Class B", "Class C"]
MANY = 600
LARGE = {"size": (1600, 2000)}  # some milliseconds each, so that there is a middle to be killed in


def start(make_pictures: MakePictures, tiny: MakeModel, count: int = MANY) -> tuple[Job, Project]:
    project = make_project(3)
    make_pictures(project, count, **LARGE)
    return request_preclassify(project, tiny(CLASSES)), project


def predicted() -> int:
    return Prediction.objects.count()


def ended(job: Job) -> Callable[[], bool]:
    return lambda: Job.objects.filter(pk=job.pk, state__in=["done", "failed", "cancelled"]).exists()


def check_all_predicted_once(job: Job, project: Project) -> None:
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    assert job.done == job.total == MANY
    assert job.result is not None and job.result["predicted"] == MANY and job.result["unreadable"] == 0
    assert predicted() == MANY
    assert (
        not Prediction.objects.values("candidate", "model").annotate(n=Count("pk")).filter(n__gt=1).exists()
    )
    assert not Candidate.objects.filter(project=project, prediction=None).exists()


def test_killed_in_the_middle_nothing_is_missed_or_doubled(
    real_worker: RealWorker, make_pictures: MakePictures, tiny: MakeModel
) -> None:
    job, project = start(make_pictures, tiny)
    done: list[int] = []

    def look_until(condition: Callable[[], bool]) -> None:
        def look() -> bool:
            done.append(Job.objects.values_list("done", flat=True).get(pk=job.pk))
            return condition()

        wait_for(look, 90)

    # kill -9 of the whole worker; what it had committed stays.
    look_until(lambda: predicted() >= 100)
    real_worker.kill()
    first = predicted()
    assert 100 <= first < MANY
    job.refresh_from_db()
    assert job.state == "running"  # nobody has noticed yet
    wait_for(lambda: not workers_alive().alive)

    # A new worker takes it over; this time only the process in which the job runs is killed.
    real_worker.start_worker()
    look_until(lambda: predicted() >= first + 100)
    [child] = real_worker.children()
    child.kill()
    second = predicted()
    assert first < second < MANY

    look_until(ended(job))
    check_all_predicted_once(job, project)
    resumed = [line for line in job.log.values_list("line", flat=True) if line.startswith("Resumed on ")]
    assert len(resumed) == 2 and all("was lost" in line for line in resumed)
    assert done == sorted(done)  # the bar never goes back


def test_cancelled_and_resumed(real_worker: RealWorker, make_pictures: MakePictures, tiny: MakeModel) -> None:
    job, project = start(make_pictures, tiny)
    wait_for(lambda: predicted() >= 64)
    request_cancel(job, None)
    wait_for(ended(job))
    job.refresh_from_db()
    assert job.state == "cancelled"
    stopped_at = predicted()
    assert 64 <= stopped_at < MANY
    resume(job, None)
    wait_for(ended(job))
    check_all_predicted_once(job, project)


def test_duplicates_failures_and_life_signs(
    real_worker: RealWorker, make_pictures: MakePictures, tiny: MakeModel
) -> None:
    assert wait_for(lambda: workers_alive().alive)
    # Ten deliveries of one job: it is run once.
    job, project = start(make_pictures, tiny, 10)
    with ThreadPoolExecutor(1) as pool:
        sent = list(pool.map(lambda _: dispatch(job.pk, "default"), range(9)))
        pool.submit(connection.close)
    assert all(sent)
    wait_for(ended(job))
    # A job that cannot work fails in words, and the worker goes on.
    broken = Job.objects.create(
        kind="preclassify",
        title="Without a model",
        params={"project": project.key, "model": "none"},
    )
    dispatch(broken.pk, "default")
    wait_for(ended(broken))
    broken.refresh_from_db()
    assert (broken.state, broken.error) == ("failed", "There is no model version 'none' any more.")
    job.refresh_from_db()
    assert predicted() == 10 and job.attempts == 1
    assert sum(line.startswith("Started") for line in job.log.values_list("line", flat=True)) == 1
    # A worker that ends in order says so.
    real_worker.stop()
    status = workers_alive()
    assert not status.alive and status.last_seen is not None


def test_a_message_that_never_arrived_is_made_good(
    real_worker: RealWorker, make_pictures: MakePictures, tiny: MakeModel
) -> None:
    project = make_project(3)
    make_pictures(project, 3)
    model = tiny(CLASSES)
    # The row is there, its message is not: as when the process dies right after its commit.
    job = Job.objects.create(
        kind="preclassify", title="Lost", params={"project": project.key, "model": model.name}
    )
    wait_for(ended(job))
    job.refresh_from_db()
    assert job.state == "done" and predicted() == 3
