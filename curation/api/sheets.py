"""What a screening found: in numbers, sheet by sheet with its tiles, and as the list for the staff."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, check_names
from curation.api.pagination import Positions
from curation.api.permissions import needs
from curation.api.screenings import SCREENINGS
from curation.api.shapes.models import ScoreOut
from curation.models import Role, Screening, SheetScore, Split
from curation.selectors import screenings as rows
from curation.selectors.spectrum import SCORES, spectrum
from curation.views import screenings as pages

NAMES = ("score", "threshold", "split", "group", "source", "low", "high")
ASKED = [
    OpenApiParameter("score", str, enum=list(SCORES)),
    OpenApiParameter("threshold", float, description="Below it a sheet is flagged; 0.5."),
    OpenApiParameter("split", str, enum=Split.values, description="Of the release the model learnt from."),
    OpenApiParameter("group", str, enum=list(rows.GROUPS)),
    OpenApiParameter("source", str, description="Code."),
    OpenApiParameter("low", float, description="Soundness from."),
    OpenApiParameter("high", float, description="Soundness below."),
]


class SourceFigures(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    sheets = serializers.IntegerField()
    flagged = serializers.IntegerField()
    judged = serializers.IntegerField()
    right = serializers.IntegerField()
    accuracy = serializers.FloatField(allow_null=True)


class FoundOut(serializers.Serializer[Any]):
    sound = serializers.ListField(child=serializers.IntegerField(), help_text="Sheets a step of the score.")
    condition = serializers.ListField(child=serializers.IntegerField())
    unjudged = serializers.ListField(child=serializers.IntegerField())
    figures = serializers.DictField(allow_null=True, help_text="At the threshold; none where none is judged.")
    sources = SourceFigures(many=True)


class TilesOut(serializers.Serializer[Any]):
    size = serializers.IntegerField(help_text="Pixels.")
    boxes = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    condition = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="P(condition); none: passed over."
    )
    entropy = serializers.ListField(child=serializers.FloatField())


def _screening(pk: int) -> Screening:
    return get_object_or_404(SCREENINGS.select_related("tile_model__training_release"), pk=pk)


def _asked(request: Request, found: Screening) -> rows.Asked:
    check_names(request, NAMES)
    return rows.Asked.of(request.query_params.dict(), splits=rows.release_of(found) is not None)


class Found(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(parameters=ASKED, responses=FoundOut)
    def get(self, request: Request, pk: int) -> Response:
        """The spread of the scores, and how right a threshold is."""
        found = _screening(pk)
        asked = _asked(request, found)
        counted = spectrum(rows.rows_of(found, asked), asked.score)
        told = {name: getattr(counted, name) for name in ("sound", "condition", "unjudged")}
        told |= {"figures": counted.figures(asked.threshold), "sources": rows.per_source(found, asked)}
        return Response(FoundOut(told).data)


class Worklist(Listed):
    """Flagged sheets in the order in which they lie in cabinets."""

    serializer_class = ScoreOut
    pagination_class = Positions
    filters = NAMES

    @extend_schema(parameters=ASKED)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> Any:
        found = _screening(self.kwargs["pk"])
        return _Counted(rows.worklist(found, _asked(self.request, found)))


class _Counted:
    """A query as Positions takes it: with a length, and slices."""

    def __init__(self, found: QuerySet[SheetScore]) -> None:
        self.found = found

    def __len__(self) -> int:
        return self.found.count()

    def __getitem__(self, part: slice) -> list[SheetScore]:
        return list(self.found[part])


class Tiles(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(responses=TilesOut)
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """The tiles of a sheet and what the model says of each."""
        check_names(request, ())
        return pages.tiles(request._request, *_place(pk))


class HeatMap(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(responses={(200, "image/png"): OpenApiResponse(OpenApiTypes.BINARY, "The picture.")})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """The heat map of a sheet."""
        check_names(request, ())
        return pages.heatmap(request._request, *_place(pk))


def _place(pk: int) -> tuple[str, int, str]:
    wanted = SheetScore.objects.select_related("screening__project", "candidate__image")
    score = get_object_or_404(wanted, pk=pk)
    return score.screening.project.key, score.screening_id, score.candidate.image.sha256
