"""The job that makes features of a project's pictures: what is there stays, what is new is added.

A run that was killed goes on where the store says it was. Files for looking up neighbours are written at the
end, from all features that the store has of the project's pictures by then.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import numpy as np
from django.urls import reverse
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, FeatureSet, Job, ModelVersion, Project
from curation.services import folders
from curation.services.encoders import check_files
from curation.services.originals import Original
from curation.services.pages import in_pages
from curation.services.progress import Progress
from curation.services.representation.leftovers import sweep
from curation.services.representation.places import NEAR, STORE, folder_of_set, name_of_set, write_near
from curation.services.runs.places import path_of_model
from inference.errors import ModelError

SHARD = 1024  # pictures that a kill loses at most
PAGE = 4096


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work. Pictures that cannot be read are told and counted, and are tried again next time."""
    from training.representation.features.extract import extract
    from training.representation.features.model import feature_model
    from training.representation.features.pictures import Pictures
    from training.representation.features.store import FeatureError, FeatureStore
    from training.tasks import Told

    try:
        project = Project.objects.get(key=job.params["project"])
        model = ModelVersion.objects.get(name=job.params["model"])
    except (Project.DoesNotExist, ModelVersion.DoesNotExist) as error:
        raise Refused(_("The project or the model is not there any more.")) from error
    progress.result_url = reverse("map", args=[project.key])
    check_files(model)
    layer = job.params["layer"]
    try:
        own = feature_model(path_of_model(model), layer)
        row = _row(project, model, layer, own.dimension, job)
        progress.result_url += f"?features={row.pk}"
        folder = folders.checkout(name_of_set(row), *STORE)
        FeatureStore.open(folder, model=own.sha256, dimension=own.dimension, of=own.of)
    except (FeatureError, ModelError) as error:
        raise Refused(" ".join(str(error).split())) from error

    sender = folders.Sender(name_of_set(row), job=job, wanted=lambda name: folders.like(name, STORE))
    last = Candidate.objects.filter(project=project).order_by("-pk").values_list("pk", flat=True).first() or 0
    pictures = Pictures(_("the pictures of %(project)s") % {"project": project}, lambda: _each(project, last))
    try:
        done = extract(own, layer, pictures, folder, rows=SHARD, progress=Told(progress, sender))
    except FeatureError as error:
        raise Refused(" ".join(str(error).split())) from error
    if not len(done.store):
        raise Refused(_("None of the pictures can be read; the log names them."))
    sender.send()
    return _finish(row, job, project, last, progress, len(done.failed))


def folder_name(project: Project, model: ModelVersion, layer: str) -> str:
    """Below FEATURES_DIR. Names of layers may hold what a name of a folder must not."""
    return f"{project.key}/{model.name}/{quote(layer, safe='') or 'output'}"


def _row(project: Project, model: ModelVersion, layer: str, dimension: int, job: Job) -> FeatureSet:
    row, _made = FeatureSet.objects.get_or_create(
        project=project,
        model=model,
        layer=layer,
        defaults={"dimension": dimension, "folder": folder_name(project, model, layer), "job": job},
    )
    return row


def _finish(
    row: FeatureSet, job: Job, project: Project, last: int, progress: Progress, failed: int
) -> dict[str, Any]:
    from training.representation.features.store import FeatureStore

    folder = folder_of_set(row)
    store = FeatureStore.read(folder, verify=False)
    known = [(pk, sha256) for pk, sha256 in _ids(project, last) if sha256 in store]
    names = [sha256 for _pk, sha256 in known]
    progress.check()
    name = f"near-{job.pk}-{job.attempts}"
    ids = np.array([pk for pk, _sha256 in known], np.uint32)
    write_near(folder, name, ids, lambda start, end: store.array(names[start:end]))
    progress.check()
    files = {f"{name}.npy", f"{name}-ids.npy"}
    for one in files:
        folders.add(name_of_set(row), one)
    row.pictures, row.near, row.job = len(known), name, job
    row.unreadable = Candidate.objects.filter(project=project, pk__lte=last).count() - len(known)
    row.save(update_fields=["pictures", "near", "job", "unreadable"])
    sweep(name_of_set(row), NEAR, files)
    folders.leave(name_of_set(row), *STORE, f"{NEAR}*")
    progress.log(f"{len(known):,} pictures have features, {row.unreadable:,} could not be read.")
    return {"pictures": len(known), "unreadable": row.unreadable, "failed": failed, "features": row.pk}


def _ids(project: Project, last: int) -> list[tuple[int, str]]:
    rows = Candidate.objects.filter(project=project, pk__lte=last).order_by("pk")
    return list(rows.values_list("pk", "image__sha256"))


def _each(project: Project, last: int) -> Iterator[Any]:
    """The candidates up to `last`."""
    from inference.inputs import Picture

    rows = Candidate.objects.filter(project=project, pk__lte=last).select_related("image")
    needed = rows.only("image__sha256", "image__extension", "image__original_name")
    for page in in_pages(needed, PAGE):
        for image in (candidate.image for candidate in page):
            yield Picture(image.original_name, cast(Path, Original(image)), image.sha256)
