"""A training whose machine dies goes on at another one, over a line to the bucket that tears; a third one
shows and uses what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation.models import Job, Prediction, Release, Run
from curation.services import folders
from curation.services.freeze import freeze
from curation.services.jobs import execute
from curation.services.preclassify import request_preclassify
from curation.services.runs.places import folder_of_run, seen_of_run
from curation.services.runs.register import METRICS, metric_lines
from curation.services.runs.request import request_run
from tests.curation.preclassify.conftest import MakePictures, make_pictures  # noqa: F401
from tests.curation.releases.conftest import Garden
from tests.factories import make_user
from tests.machines import Machines, bucket_server, machines  # noqa: F401
from tests.worker import LOST_AFTER_SECONDS, RealWorker, purge, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
EPOCHS = 12
SMALL = {
    "image_size": 32,
    "epochs": EPOCHS,
    "patience": EPOCHS,
    "batch": 4,
    "learning_rate": 0.01,
    "keep_checkpoints": "all",
    "deterministic": True,
    "openvino": True,
    "build": {"width": 4, "blocks": [1, 1], "expansion": 2},
}


@pytest.fixture
def workers(machines: Machines, settings: Any, transactional_db: None) -> Iterator[list[RealWorker]]:  # noqa: F811
    settings.JOB_LOST_AFTER_SECONDS, settings.JOB_HEARTBEAT_SECONDS = LOST_AFTER_SECONDS, 1
    purge()
    made = [machines.worker("first"), machines.worker("second")]
    made[0].start()
    yield made
    for worker in made:
        worker.stop()


def known(run: Run) -> list[dict[str, Any]]:
    """The epochs that all machines know of, without how long they took."""
    return [{**line, "seconds": 0} for line in metric_lines(seen_of_run(run, METRICS))]


def done(run: Run) -> Run:
    jobs = Job.objects.filter(pk=run.job_id)
    wait_for(jobs.exclude(state__in=Job.ACTIVE).exists, 180)
    run.refresh_from_db()
    assert (run.job.state, run.job.error) == ("done", ""), list(run.job.log.values_list("line", flat=True))
    return run


def test_a_training_that_was_killed_ends_on_another_machine(
    machines: Machines,  # noqa: F811
    workers: list[RealWorker],
    garden: Garden,
    make_pictures: MakePictures,  # noqa: F811
) -> None:
    first, second = workers
    release: Release = freeze(garden.project, seed=7, name="first", train=3, test=1, validate=1)
    machines.line.cut, machines.line.after = 5, 3_000
    run = request_run(release.project, release, "train", SMALL)
    wait_for(lambda: known(run), 180)
    first.kill()
    seen = known(run)
    assert 1 <= len(seen) < EPOCHS and machines.line.torn
    assert not folder_of_run(run).exists()  # of this machine, which only looks
    second.start_worker()
    done(run)
    log = list(run.job.log.values_list("line", flat=True))
    assert sum("was lost" in line for line in log) == 1
    assert any("Making the training records" in line for line in log)  # of its own, on the second one, too
    lines = known(run)
    assert [line["epoch"] for line in lines] == list(range(1, EPOCHS + 1))
    assert lines[: len(seen)] == seen
    # The same as one that was never stopped.
    whole = done(request_run(release.project, release, "train", SMALL, name="never-stopped"))
    assert known(whole) == lines
    weights = [
        next(one.sha256 for one in folders.entries(f"runs/{each.folder}", f"checkpoints/01-{EPOCHS:04}.npz"))
        for each in (run, whole)
    ]
    assert weights[0] and weights[0] == weights[1]

    # A third machine shows it and predicts with it. Nobody else takes jobs now.
    for worker in workers:
        worker.stop()
    machines.on("third")
    reader = Client()
    reader.force_login(make_user("lead"))
    page = reader.get(reverse("run", args=[run.name]))
    assert len(page.context["inside"].checkpoints) == EPOCHS
    assert page.context["inside"].data["release"] == "first" and page.context["curves"]["step"][-1] == EPOCHS
    assert reader.get(reverse("model", args=[run.model.name])).context["folder"].training_release == "first"
    file = reader.get(reverse("run_file", args=[run.name, f"checkpoints/01-{EPOCHS:04}.npz"]))
    assert b"".join(file)[:2] == b"PK"  # type: ignore[arg-type]
    make_pictures(release.project, 4)
    job = request_preclassify(release.project, run.model)
    assert execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    assert Prediction.objects.filter(model=run.model).count() == 4
