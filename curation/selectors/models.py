"""Models with where they were used and where they could be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Q

from curation.errors import Refused
from curation.models import Candidate, FeatureSet, Job, ModelVersion, Prediction, Project
from curation.services import folders
from curation.services.encoders import encoder_of
from curation.services.runs.places import name_of_model, path_of_model
from inference.errors import ModelError
from inference.folder import DESCRIPTION_FILE, ModelFolder, load_folder
from training.representation.encoders.folder import Encoder


@dataclass(frozen=True)
class Use:
    """A model and a project with the same classes. `waiting`: undecided pictures it has not seen."""

    project: Project
    predicted: int
    waiting: int
    job: Job | None


@dataclass(frozen=True)
class ModelView:
    """A model as people see it. folder: of one with classes; encoder: of one that gives features. Both are
    None, and `trouble` says why, where its files are not there."""

    model: ModelVersion
    folder: ModelFolder | None
    trouble: str
    encoder: Encoder | None = None
    uses: list[Use] = field(default_factory=list)

    @property
    def is_encoder(self) -> bool:
        return self.model.kind == ModelVersion.Kind.ENCODER

    @property
    def bytes(self) -> int:
        if self.encoder:
            kept = folders.entries(name_of_model(self.model), self.encoder.keras_file.name)
            return sum(one.bytes for one in kept)
        return sum(int(one["bytes"]) for one in self.folder.files.values()) if self.folder else 0

    @property
    def source_is_address(self) -> bool:
        return bool(self.folder and self.folder.source.startswith(("https://", "http://")))


def model_view(model: ModelVersion) -> ModelView:
    """One model with the projects it fits."""
    [view] = model_views([model])
    return view


def model_views(models: Iterable[ModelVersion] | None = None) -> list[ModelView]:
    """Models (all, the newest first) with the projects they fit. The number of queries is constant."""
    models = list(
        models if models is not None else ModelVersion.objects.select_related("run", "training_release")
    )
    decided = Q(candidate__state=Candidate.State.DECIDED)
    predictions = {
        (row["model"], row["candidate__project"]): row
        for row in Prediction.objects.filter(model__in=models)
        .order_by()
        .values("model", "candidate__project")
        .annotate(predicted=Count("pk"), undecided=Count("pk", filter=~decided))
    }
    candidates = dict(
        Candidate.objects.exclude(state=Candidate.State.DECIDED)
        .order_by()
        .values_list("project")
        .annotate(n=Count("pk"))
    )
    projects = list(Project.objects.prefetch_related("classes"))
    under_way = {
        (job.params.get("project"), job.params.get("model")): job
        for job in Job.objects.filter(kind=Job.Kind.PRECLASSIFY, state__in=Job.ACTIVE)
    }
    found = []
    for model in models:
        view = ModelView(model, *_files(model))
        fitting = projects if model.kind == ModelVersion.Kind.CLASSIFIER else []
        for project in fitting:
            if {one.name for one in project.classes.all()} == set(model.classes):
                row = predictions.get((model.pk, project.pk), {"predicted": 0, "undecided": 0})
                view.uses.append(
                    Use(
                        project=project,
                        predicted=row["predicted"],
                        waiting=candidates.get(project.pk, 0) - row["undecided"],
                        job=under_way.get((project.key, model.name)),
                    )
                )
        found.append(view)
    return found


def _files(model: ModelVersion) -> tuple[ModelFolder | None, str, Encoder | None]:
    """What its model.json or encoder.json says; the files are checked when they are used, not for a list."""
    try:
        if model.kind == ModelVersion.Kind.ENCODER:
            return None, "", encoder_of(model, verify=False)
        return load_folder(path_of_model(model, DESCRIPTION_FILE), verify=False), "", None
    except (ModelError, Refused) as error:
        return None, str(error), None


@dataclass(frozen=True)
class Place:
    """A project that a model could make features of; `features` are those it has made."""

    project: Project
    features: FeatureSet | None


def places(model: ModelVersion) -> list[Place]:
    """Every project with pictures; two queries."""
    made = {one.project_id: one for one in model.feature_sets.exclude(near="").order_by("job_id")}
    rows = Project.objects.filter(Exists(Candidate.objects.filter(project=OuterRef("pk"))))
    return [Place(one, made.get(one.pk)) for one in rows.order_by("title", "pk")]
