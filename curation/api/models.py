"""Models, runs and evaluations: to read; and pre-classification, training, evaluation to ask for."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, Single, body, user_of
from curation.api.jobs import JobOut, as_json, job_answer
from curation.api.once import once
from curation.api.permissions import needs
from curation.api.shapes import models as shapes
from curation.models import Evaluation, ModelVersion, Project, Release, Role, Run
from curation.selectors.jobs import job_view
from curation.services.condition.evaluate import request_condition_evaluation
from curation.services.jobs import request_cancel, resume
from curation.services.preclassify import request_preclassify
from curation.services.runs.request import request_evaluation, request_run, request_soup

MODELS = ModelVersion.objects.select_related("training_release", "run")
RUNS = Run.objects.select_related("project", "release", "job", "started_from", "parent", "model")
EVALUATIONS = Evaluation.objects.select_related("model", "release", "run")


class Models(Listed):
    """All models, the newest first."""

    serializer_class = shapes.ModelOut

    def rows(self) -> QuerySet[ModelVersion]:
        return MODELS.all()


class OneModel(Single):
    """One model."""

    serializer_class = shapes.ModelOut

    def get_object(self) -> ModelVersion:
        return get_object_or_404(MODELS.all(), name=self.kwargs["name"])


class Runs(Listed):
    """All runs, the newest first."""

    serializer_class = shapes.RunOut
    permission_classes = [needs(Role.READER, writes=Role.LEAD)]
    filters = ("project",)

    @extend_schema(parameters=[OpenApiParameter("project", str, description="Key of a project.")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[Run]:
        key = self.request.query_params.get("project", "")
        return RUNS.filter(project=get_object_or_404(Project, key=key)) if key else RUNS.all()

    @extend_schema(request=shapes.RunIn, responses={202: shapes.RunOut})
    @once
    def post(self, request: Request) -> Response:
        """Start a run. The same again, while it goes on, answers the same run."""
        told = body(request, shapes.RunIn)
        release = _release(told["release"])
        begins = told.get("started_from")
        run = request_run(
            release.project,
            release,
            told["kind"],
            told["config"],
            user_of(request),
            name=told.get("name", ""),
            started_from=get_object_or_404(ModelVersion, name=begins) if begins else None,
        )
        return run_answer(run)


class OneRun(Single):
    """One run."""

    serializer_class = shapes.RunOut

    def get_object(self) -> Run:
        return get_object_or_404(RUNS.all(), name=self.kwargs["name"])


class OfRun(APIView):
    permission_classes = [needs(Role.LEAD)]

    def run_of(self, name: str) -> Run:
        return get_object_or_404(RUNS.all(), name=name)


class RunSouped(OfRun):
    @extend_schema(request=None, responses={202: shapes.RunOut})
    @once
    def post(self, request: Request, name: str) -> Response:
        """Average the checkpoints of a run."""
        return run_answer(request_soup(self.run_of(name), user_of(request)))


class RunCancelled(OfRun):
    @extend_schema(request=None, responses=JobOut)
    def post(self, request: Request, name: str) -> Response:
        """Cancel the job of a run."""
        return Response(as_json(job_view(request_cancel(self.run_of(name).job, user_of(request)).pk)))


class RunResumed(OfRun):
    @extend_schema(request=None, responses=JobOut)
    def post(self, request: Request, name: str) -> Response:
        """Queue the job of a run that failed or was cancelled again."""
        return Response(as_json(job_view(resume(self.run_of(name).job, user_of(request)).pk)))


class Evaluations(Listed):
    """All evaluations, the newest first."""

    serializer_class = shapes.EvaluationOut
    filters = ("model", "release")

    @extend_schema(parameters=[OpenApiParameter("model", str), OpenApiParameter("release", str)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[Evaluation]:
        asked = {name: self.request.query_params.get(name, "") for name in self.filters}
        return EVALUATIONS.filter(**{f"{name}__name": value for name, value in asked.items() if value})


class OneEvaluation(Single):
    """One evaluation."""

    serializer_class = shapes.EvaluationOut

    def get_object(self) -> Evaluation:
        return get_object_or_404(EVALUATIONS.all(), pk=self.kwargs["pk"])


class Evaluate(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(request=shapes.EvaluateIn, responses={202: shapes.RunOut})
    @once
    def post(self, request: Request, name: str) -> Response:
        """Measure a model on a split of a release. Each is a look at that split, and is counted."""
        told = body(request, shapes.EvaluateIn)
        model, release = get_object_or_404(ModelVersion, name=name), _release(told["release"])
        if model.kind == ModelVersion.Kind.TILES:
            beside = get_object_or_404(ModelVersion, name=told.get("sheet_model", ""))
            run = request_condition_evaluation(model, beside, release, told["split"], user_of(request))
        else:
            run = request_evaluation(model, release, told["split"], user_of(request))
        return run_answer(run)


class Preclassify(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(request=shapes.PreclassifyIn, responses={202: JobOut})
    @once
    def post(self, request: Request, key: str) -> Response:
        """Let a model look at what it has not seen of a project; a job does it."""
        project = get_object_or_404(Project, key=key)
        model = get_object_or_404(ModelVersion, name=body(request, shapes.PreclassifyIn)["model"])
        return job_answer(request_preclassify(project, model, user_of(request)))


def run_answer(run: Run) -> Response:
    """202: its job will do it; `Location` says where to look."""
    answer = Response(shapes.RunOut(RUNS.get(pk=run.pk)).data, status=202)
    answer["Location"] = reverse("api_run", args=[run.name])
    return answer


def _release(name: str) -> Release:
    rows = Release.objects.exclude(manifest_sha256="").select_related("project")
    return get_object_or_404(rows, name=name)
