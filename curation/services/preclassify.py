"""Let a model look at a project's pictures, so that curators confirm more than they search.

Candidates are taken in the order of their ids; each chunk of predictions is one transaction. What is left
to do is read from the database, never remembered, so a run that was killed anywhere goes on without a
picture missed or predicted twice (the database allows one prediction per candidate and model).
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, Image, Job, LabelClass, ModelVersion, Prediction, Project, User
from curation.services.jobs import create_job, under_way
from curation.services.models import class_indices, folder_of
from curation.services.pages import in_pages
from curation.services.progress import Progress
from inference.engine import Engine, load_engine, softmax
from inference.errors import ModelError
from inference.predict import PicturePrediction, predict_items

CHUNK = 64  # predictions a transaction
PAGE = 1024  # candidates read at once


class Picture(NamedTuple):
    """A candidate and the storage name of its picture."""

    candidate: int
    file: str
    title: str


def request_preclassify(
    project: Project, model: ModelVersion, user: User | None = None, *, decided_too: bool = False
) -> Job:
    """The job that predicts what the model has not seen; the one under way where there is one already.

    Raises Refused where the classes differ, or the model's files are not as they were imported.
    """
    class_indices(model, project)
    folder_of(model)
    with transaction.atomic():
        params = {"project": project.key, "model": model.name, "decided_too": decided_too}
        return under_way(Job.Kind.PRECLASSIFY, project, params) or create_job(
            Job.Kind.PRECLASSIFY,
            f"Pre-classify {project.title} with {model.name}",
            params=params,
            total=unseen(project, model, decided_too).count(),
            created_by=user,
        )


def unseen(project: Project, model: ModelVersion, decided_too: bool = False) -> QuerySet[Candidate]:
    """The project's candidates the model has not predicted yet; those already decided only if asked for."""
    seen = Prediction.objects.filter(model=model, candidate=OuterRef("pk"))
    candidates = Candidate.objects.filter(~Exists(seen), project=project)
    return candidates if decided_too else candidates.exclude(state=Candidate.State.DECIDED)


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work. Pictures that cannot be read are logged and counted and end nothing."""
    project = _named(Project, "key", job.params["project"])
    model = _named(ModelVersion, "name", job.params["model"])
    order = class_indices(model, project)
    try:
        engine = load_engine(folder_of(model))
    except ModelError as error:
        raise Refused(
            _("Model %(name)s cannot be used: %(error)s") % {"name": model.name, "error": error}
        ) from error
    decided_too = bool(job.params.get("decided_too"))
    left = unseen(project, model, decided_too)
    # Pictures that come in meanwhile wait for the next run.
    last = left.aggregate(last=Max("pk"))["last"] or 0
    before = Prediction.objects.filter(job=job).count()
    progress.begin(total=before + left.filter(pk__lte=last).count(), done=before)
    if before:
        progress.log(f"{before:,} were predicted before; going on behind them.")

    writer = _Writer(job, project, model, order)
    unreadable = 0
    begun = time.monotonic()
    for chunk in _chunks(predict_items(engine, _pictures(left, last), _read), CHUNK):
        progress.check()
        for one in chunk:
            if one.logits is None:
                unreadable += 1
                progress.log(f"Unreadable: {one.item.title} ({one.item.file}): {one.error}")
        writer.write([one for one in chunk if one.logits is not None], engine)
        progress.advance(len(chunk))
    seconds = time.monotonic() - begun
    return _result(job, project, writer.written, unreadable, seconds, progress)


class _Writer:
    """Writes chunks of predictions, with the suggestion and the place in the queue that follow from them."""

    def __init__(self, job: Job, project: Project, model: ModelVersion, order: Sequence[int]) -> None:
        self.job = job
        self.model = model
        self.order = order
        self.labels: dict[int, LabelClass] = {label.index: label for label in project.classes.all()}
        # Class indices may have gaps; probabilities stand in class order.
        self.place = {index: place for place, index in enumerate(sorted(self.labels))}
        self.written = 0

    def write(self, predicted: Iterable[PicturePrediction[Picture]], engine: Engine) -> None:
        rows = {one.item.candidate: self._row(one) for one in predicted}
        if not rows:
            return
        with transaction.atomic():
            # Locked in one order by everybody, so that nobody waits in a circle.
            held = {
                candidate.pk: candidate
                for candidate in Candidate.objects.select_for_update(no_key=True)
                .filter(pk__in=rows)
                .order_by("pk")
            }
            Prediction.objects.bulk_create((rows[pk] for pk in held), ignore_conflicts=True)
            there = Prediction.objects.filter(model=self.model, candidate__in=held)
            for prediction in there:
                candidate = held[prediction.candidate_id]
                candidate.prediction = prediction
                candidate.priority = uncertainty(prediction.probabilities)
            Candidate.objects.bulk_update(held.values(), ["prediction", "priority"])
        self.written += len(held)

    def _row(self, one: PicturePrediction[Picture]) -> Prediction:
        assert one.logits is not None
        probabilities = [0.0] * len(self.place)
        for index, probability in zip(self.order, softmax(one.logits).tolist(), strict=True):
            probabilities[self.place[index]] = probability
        best = max(range(len(probabilities)), key=probabilities.__getitem__)
        return Prediction(
            candidate_id=one.item.candidate,
            model=self.model,
            job=self.job,
            label=self.labels[sorted(self.labels)[best]],
            confidence=probabilities[best],
            probabilities=probabilities,
        )


def uncertainty(probabilities: Sequence[float]) -> float:
    """Shannon entropy of K probabilities divided by ln K: 0 where the model is sure, 1 where it has no idea.

    It is the priority in the review queue: what the model knows least is looked at first (uncertainty
    sampling; Settles 2009, Active Learning Literature Survey, 3.1).
    """
    if len(probabilities) < 2:
        return 0.0
    entropy = -math.fsum(p * math.log(p) for p in probabilities if p > 0)
    return min(max(entropy / math.log(len(probabilities)), 0.0), 1.0)


def _pictures(left: QuerySet[Candidate], last: int) -> Iterator[Picture]:
    """The candidates up to `last` in id order."""
    needed = ("image__sha256", "image__extension", "image__original_name", "image__catalog_number")
    for page in in_pages(left.filter(pk__lte=last).select_related("image").only(*needed), PAGE):
        for candidate in page:
            image = candidate.image
            yield Picture(candidate.pk, image.file_name(Image.Rendition.ORIGINAL), image.title)


def _read(picture: Picture) -> bytes:
    with default_storage.open(picture.file) as file:
        return file.read()


def _chunks(
    results: Iterator[PicturePrediction[Picture]], size: int
) -> Iterator[list[PicturePrediction[Picture]]]:
    while chunk := list(islice(results, size)):
        yield chunk


def _named(model: Any, field: str, value: str) -> Any:
    try:
        return model.objects.get(**{field: value})
    except model.DoesNotExist as error:
        raise Refused(
            _("There is no %(verbose_name)s %(value)r any more.")
            % {"verbose_name": model._meta.verbose_name, "value": value}
        ) from error


def _result(
    job: Job, project: Project, written: int, unreadable: int, seconds: float, progress: Progress
) -> dict[str, Any]:
    by_class = {
        row["name"]: row["predicted"]
        for row in Prediction.objects.filter(job=job)
        .values(name=F("label__name"))
        .annotate(predicted=Count("pk"))
        .order_by()
    }
    rate = round((written + unreadable) / seconds, 1) if seconds > 0 and written else None
    progress.result_url = reverse("project", args=[project.key])
    total = sum(by_class.values())
    if total or unreadable:
        without = f", {unreadable:,} unreadable" if unreadable else ""
        progress.log(f"{total:,} predicted{without}" + (f" at {rate:,.1f} pictures/s." if rate else "."))
    else:
        progress.log("Nothing was left to predict: the model has seen every picture that was asked for.")
    return {
        "project": project.key,
        "model": job.params["model"],
        "predicted": total,
        "unreadable": unreadable,
        "images_per_second": rate,
        "classes": by_class,
    }
