"""What lies behind a run and an evaluation: curves side by side, files, what a run would take, pictures."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Gathered, body, check_names
from curation.api.permissions import needs
from curation.api.shapes.models import RUN_KINDS
from curation.models import Release, Role, Run
from curation.selectors import run_folder
from curation.selectors import runs as rows
from curation.selectors.run_estimate import estimate
from curation.services.runs.config import checked
from curation.services.runs.encoders import check_encoder
from curation.views import runs as pages
from curation.views import runs_evaluation

BYTES = {(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, "The bytes.")}


class StageOut(serializers.Serializer[Any]):
    step = serializers.IntegerField()
    stage = serializers.IntegerField()


class CurvesOut(serializers.Serializer[Any]):
    """Columns: one value a step, which is an epoch counted through all stages."""

    name = serializers.SlugField()
    step = serializers.ListField(child=serializers.IntegerField())
    stages = StageOut(many=True)
    train_loss = serializers.ListField(child=serializers.FloatField(allow_null=True))
    val_loss = serializers.ListField(child=serializers.FloatField(allow_null=True))
    val_macro_f1 = serializers.ListField(child=serializers.FloatField(allow_null=True))
    val_right = serializers.ListField(child=serializers.FloatField(allow_null=True))
    val_accuracy = serializers.ListField(child=serializers.FloatField(allow_null=True))
    learning_rate = serializers.ListField(child=serializers.FloatField(allow_null=True))


class ComparedOut(serializers.Serializer[Any]):
    runs = CurvesOut(many=True)


class RunFileOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    bytes = serializers.IntegerField()


class EstimateIn(serializers.Serializer[Any]):
    release = serializers.SlugField(max_length=80)
    kind = serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in RUN_KINDS])
    config = serializers.DictField()


class EstimateOut(serializers.Serializer[Any]):
    pictures = serializers.DictField(child=serializers.IntegerField(), help_text="Split -> how many.")
    stages = serializers.IntegerField()
    epochs = serializers.IntegerField(help_text="At most, over all stages.")
    patience = serializers.IntegerField()
    steps = serializers.IntegerField(help_text="A step is a batch; so many an epoch.")
    epoch_took = serializers.CharField(allow_blank=True, help_text="In a run of the kind that has ended.")


class Curves(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(
        parameters=[
            OpenApiParameter("beside", str, many=True, description="Names of runs to compare it with.")
        ],
        responses=ComparedOut,
    )
    def get(self, request: Request, name: str) -> Response:
        """The curves of a run, beside those of others it may be compared with."""
        check_names(request, ("beside",))
        run = get_object_or_404(Run.objects.select_related("project", "job"), name=name)
        asked = request.query_params.getlist("beside")
        may = {one.name: one for one in rows.comparable(run)}
        if unknown := sorted(set(asked) - set(may)):
            raise ValidationError({"beside": [f"It is not compared with: {', '.join(unknown)[:200]}."]})
        if len(asked) >= rows.MOST_COMPARED:
            raise ValidationError({"beside": [f"At most {rows.MOST_COMPARED - 1}."]})
        return Response({"runs": [rows.curves(one) for one in (run, *(may[each] for each in asked))]})


class Files(Gathered):
    """The files in the folder of a run, by name."""

    serializer_class = RunFileOut

    def key(self, row: run_folder.File) -> str:
        return row.name

    def rows(self) -> list[run_folder.File]:
        return list(run_folder.files(pages.found(self.kwargs["name"])))


class File(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(responses=BYTES)
    def get(self, request: Request, name: str, path: str) -> HttpResponseBase:
        """One file of a run."""
        check_names(request, ())
        return pages.run_file(request._request, name, path)


class Report(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(responses={(200, "application/json"): OpenApiResponse(OpenApiTypes.OBJECT, "The report.")})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """The whole report of an evaluation."""
        check_names(request, ())
        return runs_evaluation.evaluation_file(request._request, pk, "json")


class Estimate(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(request=EstimateIn, responses=EstimateOut)
    def post(self, request: Request) -> Response:
        """How much work a run would be. Nothing is started."""
        told = body(request, EstimateIn)
        release = get_object_or_404(Release.objects.exclude(manifest_sha256=""), name=told["release"])
        config = checked(told["kind"], told["config"])
        if told["kind"] == Run.Kind.ENCODE:
            check_encoder(release, config)
        return Response(EstimateOut(asdict(estimate(release, told["kind"], config))).data)
