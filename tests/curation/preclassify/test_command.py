"""manage.py preclassify, with a worker and without."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from curation.models import Candidate, Image, Job, ModelVersion, Prediction
from curation.services.files import store
from curation.services.jobs import workers
from inference.engine import softmax
from inference.published import PUBLISHED_CLASSES
from tests.curation.preclassify.conftest import MakePictures
from tests.factories import make_image, make_project
from tests.shared import PUBLISHED_MODEL, SPECIMENS
from tests.worker import REPOSITORY, RealWorker, purge, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
MakeModel = Callable[..., ModelVersion]
CLASSES = ["Class A", "Class B", "Class C"]


@pytest.fixture
def no_worker() -> None:
    purge()
    workers._redis().delete(workers.SEEN)


def call(*words: str) -> str:
    out = StringIO()
    call_command("preclassify", *words, stdout=out)
    return out.getvalue()


def test_without_a_worker_this_process_does_it(
    no_worker: None, make_pictures: MakePictures, tiny: MakeModel
) -> None:
    project = make_project(3)
    make_pictures(project, 7)
    tiny(CLASSES)
    assert "7  predicted with tiny" in call("--project", project.key, "--model", "tiny")
    job = Job.objects.get()
    assert job.state == "done" and "process" in job.worker
    report = json.loads(call("--project", project.key, "--model", "tiny", "--json"))
    assert (report["state"], report["predicted"]) == ("done", 0)
    assert Prediction.objects.count() == 7


def test_with_a_worker_it_is_followed(
    real_worker: RealWorker, make_pictures: MakePictures, tiny: MakeModel
) -> None:
    project = make_project(3)
    make_pictures(project, 7)
    tiny(CLASSES)
    report = json.loads(call("--project", project.key, "--model", "tiny", "--json"))
    assert report["predicted"] == 7
    [child] = real_worker.children()
    assert Job.objects.get().worker.endswith(f"process {child.pid}")


def test_interrupted_and_run_again_it_goes_on(
    no_worker: None, make_pictures: MakePictures, tiny: MakeModel, tmp_path: Path, settings: Any
) -> None:
    var = tmp_path / "var"
    settings.MEDIA_ROOT, settings.MODELS_DIR = var / "media", var / "models"
    project = make_project(3)
    make_pictures(project, 400, size=(1200, 1600))
    tiny(CLASSES)
    words = ["manage.py", "preclassify", "--project", project.key, "--model", "tiny"]
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=REPOSITORY,
        env=RealWorker(var).environment(),
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in a shell's background, SIGINT is ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_for(lambda: Prediction.objects.count() >= 64)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130 and "goes on" in said
    job = Job.objects.get()
    assert job.state == "queued" and 64 <= Prediction.objects.count() < 400
    assert "400  predicted with tiny" in call(*words[2:])
    assert Job.objects.get().state == "done" and Prediction.objects.count() == 400


def test_a_job_that_fails_is_an_error(no_worker: None, tiny: MakeModel, settings: Any) -> None:
    project = make_project(3)
    model = tiny(CLASSES)
    with pytest.raises(CommandError, match=f"There is no model version 'none'; there are: {model.name}"):
        call("--project", project.key, "--model", "none")
    with pytest.raises(CommandError, match="There is no project 'none'"):
        call("--project", "none", "--model", "tiny")
    (Path(settings.MODELS_DIR) / "tiny" / "model.keras").unlink()
    with pytest.raises(CommandError, match="model.keras is missing"):
        call("--project", project.key, "--model", "tiny")


@pytest.mark.shared_data
def test_real_photographs_get_the_reference_predictions(no_worker: None) -> None:
    """The published model on 25 photographs, against the logits of TensorFlow 2.13."""
    project = make_project(17, key="herbariograph")
    for label, name in zip(project.classes.all(), PUBLISHED_CLASSES, strict=True):
        label.name = name
        label.save()
    lines = (SPECIMENS / "reference_logits.tsv").read_text().splitlines()
    header = lines[0].split("\t")
    rows = [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]
    for row in rows:
        image = make_image(sha256=row["sha256"], original_name=row["file"])
        store(image.file_name(Image.Rendition.ORIGINAL), SPECIMENS / row["file"])
        Candidate.objects.create(project=project, image=image)
    call_command("import_model", PUBLISHED_MODEL, "--name", "convnext-n", stdout=StringIO())
    call("--project", "herbariograph", "--model", "convnext-n")
    worst = 0.0
    for row in rows:
        logits = np.array([float(value) for name, value in row.items() if name.startswith("logit")])
        found = Candidate.objects.select_related("prediction__label").get(image__sha256=row["sha256"])
        assert found.prediction is not None
        worst = max(worst, float(np.abs(softmax(logits) - np.array(found.prediction.probabilities)).max()))
        assert found.prediction.label.index == int(logits.argmax())
    assert len(rows) == 25 and worst < 1e-3
