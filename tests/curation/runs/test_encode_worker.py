"""An encoder trained by a real worker: killed in the middle it ends with the weights of one never killed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from curation.models import Job, Release, Run
from curation.services.encoders import check_files
from curation.services.runs.register import metric_lines
from curation.services.runs.request import request_run
from tests.worker import RealWorker, wait_for
from training.runs.weights import read_arrays

pytestmark = pytest.mark.django_db(transaction=True)
EPOCHS = 12
SMALL = {
    "kind": "triplet",
    "image_size": 32,
    "load_size": 40,
    "filters": [64, 8],
    "blocks": [1, 1],
    "epochs": EPOCHS,
    "batch": 1,  # several steps an epoch
}


def done(run: Run, seconds: float = 120) -> Run:
    ended = Job.objects.filter(pk=run.job_id, state__in=["done", "failed", "cancelled"])
    wait_for(ended.exists, seconds)
    run.refresh_from_db()
    assert (run.job.state, run.job.error) == ("done", ""), list(run.job.log.values_list("line", flat=True))
    return run


def weights(run: Run) -> list[np.ndarray]:
    file = Path(settings.RUNS_DIR) / run.folder / "checkpoints" / f"01-{EPOCHS:04d}.npz"
    return list(read_arrays(file).values())


def test_a_killed_run_of_an_encoder_ends_with_the_same_weights(
    real_worker: RealWorker, named: Release
) -> None:
    run = request_run(named.project, named, "encode", SMALL)
    folder = Path(settings.RUNS_DIR) / run.folder
    # By the third line there is a state of two epochs to go on from.
    wait_for(lambda: len(metric_lines(folder)) > 2, 120)
    real_worker.kill()
    before = metric_lines(folder)
    assert 3 <= len(before) < EPOCHS
    real_worker.start_worker()
    done(run)
    lines = metric_lines(folder)
    assert [line["epoch"] for line in lines] == list(range(1, EPOCHS + 1))
    assert any("was lost" in line for line in run.job.log.values_list("line", flat=True))
    same = [line | {"seconds": 0} for line in lines]
    assert same[: len(before)] == [line | {"seconds": 0} for line in before]
    assert lines[1]["seconds"] == before[1]["seconds"]  # gone on with, not begun anew

    never = done(request_run(named.project, named, "encode", SMALL, name="never-killed"))
    for one, other in zip(weights(run), weights(never), strict=True):
        np.testing.assert_array_equal(one, other)
    assert same == [line | {"seconds": 0} for line in metric_lines(Path(settings.RUNS_DIR) / never.folder)]

    # Both are models that give features; one folder of pictures served both.
    for one in (run, never):
        check_files(one.model)
        assert (one.model.kind, one.model.training_release, one.model.classes) == ("encoder", named, [])
        assert one.summary["epoch"] == EPOCHS and "validate_right" in one.model.metrics
    data = {path.name for path in Path(settings.RUNS_DATA_DIR).iterdir() if path.is_dir()}
    assert data == {"named-imagefolder", "named-sample"}
