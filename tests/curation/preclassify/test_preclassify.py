"""Pre-classification in this process: what is written, what is left out, how it goes on."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from curation.errors import Refused
from curation.models import Candidate, Image, Job, ModelVersion, Prediction
from curation.services import preclassify
from curation.services.jobs import execute
from curation.services.preclassify import request_preclassify, run, uncertainty
from curation.services.progress import NullProgress
from inference.engine import load_engine, softmax
from tests.curation.preclassify.conftest import MakePictures
from tests.factories import make_decided, make_project, make_user

pytestmark = pytest.mark.django_db
MakeModel = Callable[..., ModelVersion]


class Heard(NullProgress):
    """Progress that remembers what it was told."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.done: list[int] = []
        self.lines: list[str] = []

    def begin(self, total: int | None, done: int = 0, unit: str = "pictures") -> None:
        self.total = total
        self.done.append(done)

    def advance(self, n: int = 1) -> None:
        self.done.append(self.done[-1] + n)

    def log(self, line: str) -> None:
        self.lines.append(line)


def start(project: Any, model: ModelVersion, **options: Any) -> tuple[Job, Heard, dict[str, Any]]:
    job = request_preclassify(project, model, **options)
    heard = Heard()
    result = run(job, heard)
    Job.objects.filter(pk=job.pk).update(state="done")
    return job, heard, result


def test_every_picture_gets_the_models_own_probabilities(
    make_pictures: MakePictures, tiny: MakeModel, settings: Any
) -> None:
    # The project's class order is the reverse of the model's.
    project = make_project(3)
    model = tiny(["Class C", "Class B", "Class A"])
    candidates = make_pictures(project, 9, different=9)
    job, heard, result = start(project, model)

    engine = load_engine(Path(settings.MODELS_DIR) / "tiny")
    for candidate in Candidate.objects.filter(project=project).select_related("prediction__label", "image"):
        with default_storage.open(candidate.image.file_name("original")) as file:
            picture = engine.preprocessing(file.read())
        expected = softmax(engine.predict(picture[None]))[0][::-1]
        prediction = candidate.prediction
        np.testing.assert_allclose(prediction.probabilities, expected, atol=1e-6)
        assert prediction.label.index == int(expected.argmax())
        assert prediction.confidence == pytest.approx(float(expected.max()))
        assert candidate.priority == pytest.approx(uncertainty([float(p) for p in expected]), abs=1e-6)
        assert (prediction.job, prediction.model) == (job, model)
    assert (
        Prediction.objects.count()
        == len(candidates)
        == result["predicted"]
        == sum(result["classes"].values())
    )
    assert heard.total == heard.done[-1] == 9
    assert result["unreadable"] == 0 and result["images_per_second"] > 0


def test_what_cannot_be_read_is_named_and_ends_nothing(make_pictures: MakePictures, tiny: MakeModel) -> None:
    project = make_project(3)
    candidates = make_pictures(project, 12)
    gone, broken = (candidates[n].image.file_name(Image.Rendition.ORIGINAL) for n in (2, 7))
    default_storage.delete(gone)
    default_storage.delete(broken)
    default_storage.save(broken, ContentFile(b"\xff\xd8\xff broken"))
    _, heard, result = start(project, tiny(["Class A", "Class B", "Class C"]))
    assert (result["predicted"], result["unreadable"]) == (10, 2)
    assert heard.done[-1] == heard.total == 12
    unreadable = [line for line in heard.lines if line.startswith("Unreadable")]
    assert gone in unreadable[0] and "No such file" in unreadable[0]
    assert broken in unreadable[1] and "damaged JPEG" in unreadable[1]
    assert set(Candidate.objects.filter(prediction=None)) == {candidates[2], candidates[7]}


def test_a_second_run_looks_only_at_what_is_new(make_pictures: MakePictures, tiny: MakeModel) -> None:
    project = make_project(3)
    model = tiny(["Class A", "Class B", "Class C"])
    make_pictures(project, 5)
    start(project, model)
    first = set(Prediction.objects.values_list("pk", flat=True))
    new = make_pictures(project, 3)
    _, heard, result = start(project, model)
    assert heard.total == result["predicted"] == 3
    assert set(Prediction.objects.exclude(pk__in=first).values_list("candidate", flat=True)) == {
        candidate.pk for candidate in new
    }


def test_a_run_goes_on_where_it_was(make_pictures: MakePictures, tiny: MakeModel, monkeypatch: Any) -> None:
    monkeypatch.setattr(preclassify, "CHUNK", 4)
    project = make_project(3)
    make_pictures(project, 20)
    job = request_preclassify(project, tiny(["Class A", "Class B", "Class C"]))

    class Dies(Heard):
        def advance(self, n: int = 1) -> None:
            super().advance(n)
            if self.done[-1] == 8:
                raise SystemExit

    with pytest.raises(SystemExit):
        run(job, Dies())
    assert Prediction.objects.count() == 8
    heard = Heard()
    result = run(job, heard)
    assert heard.total == 20 and heard.done[0] == 8 and heard.done[-1] == 20
    assert Prediction.objects.count() == result["predicted"] == 20


def test_decided_ones_are_left_out_unless_asked_for(make_pictures: MakePictures, tiny: MakeModel) -> None:
    project = make_project(3)
    model = tiny(["Class A", "Class B", "Class C"])
    [candidate] = make_pictures(project, 1)
    decided = make_decided(
        project, project.classes.first(), make_user(), make_pictures(make_project(), 1)[0].image
    )
    start(project, model)
    assert [p.candidate_id for p in Prediction.objects.all()] == [candidate.pk]
    start(project, model, decided_too=True)
    assert [p.candidate_id for p in Prediction.objects.order_by("pk")] == [candidate.pk, decided.pk]


def test_the_newest_models_guess_is_the_suggestion(make_pictures: MakePictures, tiny: MakeModel) -> None:
    project = make_project(3)
    names = ["Class A", "Class B", "Class C"]
    [candidate] = make_pictures(project, 1)
    start(project, tiny(names))
    start(project, tiny(names, name="second", seed=1))
    candidate.refresh_from_db()
    assert candidate.predictions.count() == 2
    assert candidate.prediction is not None and candidate.prediction.model.name == "second"


def test_other_classes_are_refused_with_the_difference(tiny: MakeModel) -> None:
    project = make_project(3)
    with pytest.raises(Refused) as refusal:
        request_preclassify(project, tiny(["Class A", "Class B", "Slides"]))
    assert "only the model has Slides; only the project has Class C" in refusal.value.message
    assert not Job.objects.exists()


def test_a_model_whose_files_were_changed_is_refused(
    make_pictures: MakePictures, tiny: MakeModel, settings: Any
) -> None:
    project = make_project(3)
    model = tiny(["Class A", "Class B", "Class C"])
    weights = Path(settings.MODELS_DIR) / model.folder / "openvino" / "model.bin"
    content = bytearray(weights.read_bytes())
    content[100] ^= 1
    weights.write_bytes(content)
    with pytest.raises(Refused, match="SHA-256 must be"):
        request_preclassify(project, model)
    weights.write_bytes(bytes(content[:100]) + bytes([content[100] ^ 1]) + bytes(content[101:]))
    manifest = Path(settings.MODELS_DIR) / model.folder / "model.json"
    manifest.write_text(manifest.read_text().replace('"licence": "MIT"', '"licence": "GPL"'))
    with pytest.raises(Refused, match=r"model\.json must be"):
        request_preclassify(project, model)


def test_asking_twice_makes_one_job(tiny: MakeModel) -> None:
    project = make_project(3)
    model = tiny(["Class A", "Class B", "Class C"])
    job = request_preclassify(project, model)
    assert request_preclassify(project, model) == job
    Job.objects.filter(pk=job.pk).update(state="done")
    assert request_preclassify(project, model) != job


def test_queries_grow_by_chunks_and_not_by_pictures(make_pictures: MakePictures, tiny: MakeModel) -> None:
    model = tiny(["Class A", "Class B", "Class C"])
    counts = []
    for pictures in (10, 60):  # one chunk each
        project = make_project(3)
        make_pictures(project, pictures)
        with CaptureQueriesContext(connection) as queries:
            start(project, model)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [([1.0, 0.0, 0.0], 0.0), ([1 / 3] * 3, 1.0), ([0.5, 0.5], 1.0), ([1.0], 0.0), ([0.9, 0.1], 0.4690)],
)
def test_uncertainty_is_normalised_entropy(probabilities: list[float], expected: float) -> None:
    assert math.isclose(uncertainty(probabilities), expected, abs_tol=1e-4)


@pytest.mark.django_db(transaction=True)
def test_the_most_uncertain_comes_first_in_the_queue(make_pictures: MakePictures, tiny: MakeModel) -> None:
    project = make_project(3)
    make_pictures(project, 6, different=6)
    job = request_preclassify(project, tiny(["Class A", "Class B", "Class C"]))
    assert execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 6, 6)
    queue = Candidate.objects.filter(project=project).order_by("-priority", "id").select_related("prediction")
    entropies = [uncertainty(candidate.prediction.probabilities) for candidate in queue]
    assert entropies == sorted(entropies, reverse=True) and len(set(entropies)) > 1
