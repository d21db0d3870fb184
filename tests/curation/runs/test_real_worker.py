"""From a frozen release to a model that is measured and used: by a real worker, killed in the middle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from curation.models import Evaluation, Job, ModelVersion, Release, Run
from curation.services.jobs import request_cancel, resume
from curation.services.models import class_indices, folder_of
from curation.services.runs.register import metric_lines
from curation.services.runs.request import request_evaluation, request_run, request_soup
from tests.worker import RealWorker, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
SMALL = {
    "image_size": 32,
    "epochs": 6,
    "patience": 6,
    "batch": 4,
    "learning_rate": 0.01,
    "keep_checkpoints": "all",
    "build": {"width": 4, "blocks": [1, 1], "expansion": 2},
}


def ended(job: Job) -> Callable[[], bool]:
    return lambda: Job.objects.filter(pk=job.pk, state__in=["done", "failed", "cancelled"]).exists()


def done(run: Run, seconds: float = 120) -> Run:
    wait_for(ended(run.job), seconds)
    run.refresh_from_db()
    assert (run.job.state, run.job.error) == ("done", ""), list(run.job.log.values_list("line", flat=True))
    return run


def test_from_a_release_to_a_model_that_is_measured_and_used(
    real_worker: RealWorker, release: Release
) -> None:
    run = request_run(release.project, release, "train", SMALL)
    folder = Path(settings.RUNS_DIR) / run.folder

    # Killed with the first epochs done, cancelled with some more, it ends as if it had never stopped.
    wait_for(lambda: len(metric_lines(folder)) >= 1, 120)
    real_worker.kill()
    first = metric_lines(folder)
    assert 1 <= len(first) < SMALL["epochs"]
    real_worker.start_worker()
    wait_for(lambda: len(metric_lines(folder)) > len(first) or ended(run.job)(), 120)
    if not ended(run.job)():
        request_cancel(run.job, None)
        wait_for(ended(run.job))
        if Job.objects.get(pk=run.job_id).state == "cancelled":
            resume(run.job, None)
    done(run)
    lines = metric_lines(folder)
    assert [line["epoch"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert [{**line, "seconds": 0} for line in lines[: len(first)]] == [
        {**line, "seconds": 0} for line in first
    ]
    assert any("was lost" in line for line in run.job.log.values_list("line", flat=True))

    # The model is there, says where it comes from, and can be used.
    model: ModelVersion = run.model
    assert (model.name, model.training_release) == (run.name, release)
    assert folder_of(model).training_release == release.name
    assert class_indices(model, release.project) == [0, 1, 2]
    assert run.summary["val_macro_f1"] == pytest.approx(model.metrics["validate_macro_f1"])
    assert run.git_revision or not (Path(__file__).parents[3] / ".git").exists()
    assert run.job.result is not None and run.job.result["model"] == model.name

    # Measured, without a look at test.
    found = done(request_evaluation(model, release, "validate"))
    evaluation = Evaluation.objects.get()
    assert evaluation.run == found and evaluation.model == model and evaluation.split == "validate"
    scores = evaluation.metrics["evaluators"]["classification"]
    assert scores["pictures"] == 6 and 0 <= scores["macro_f1"] <= 1

    # A soup of its checkpoints, and a training that begins with it.
    soup = done(request_soup(run, config={"percentile": 0}))
    assert soup.model.training_release == release and soup.parent == run
    tuned = request_run(
        release.project,
        release,
        "train",
        {"epochs": 1, "batch": 4, "image_size": 64, "stages": [{"unfreeze_after": "output_gap"}]},
        started_from=soup.model,
    )
    assert done(tuned).model.image_size == 64  # as a classifier of its own, with the encoder put into it
    assert any("layers taken" in line for line in tuned.job.log.values_list("line", flat=True))
    # A smaller network that learns from it.
    taught = request_run(
        release.project,
        release,
        "distill",
        {"epochs": 1, "batch": 4, "image_size": 32, "build": {"width": 4, "blocks": [1]}},
        started_from=tuned.model,
    )
    assert done(taught).model.classes == model.classes
    # What only the network knows is refused with its reason, before anything is written.
    wrong = request_run(
        release.project,
        release,
        "train",
        {"epochs": 1, "stages": [{"unfreeze_after": "nowhere"}]},
        started_from=model,
    )
    wait_for(ended(wrong.job))
    wrong.job.refresh_from_db()
    assert wrong.job.state == "failed" and "unfreeze_after must be a layer of the model, got 'nowhere'" in (
        wrong.job.error
    )
    assert not (Path(settings.RUNS_DIR) / wrong.folder / "config.json").exists()
    assert wrong.job.error.startswith("stages.0: ")
    # All of them from one set of records.
    assert [path.name for path in Path(settings.RUNS_DATA_DIR).iterdir() if path.is_dir()] == [
        "first-tfrecord"
    ]
