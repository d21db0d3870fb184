"""Features of pictures: made, mapped, searched for doubtful decisions and outliers, which go to review."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, body, check_names, user_of
from curation.api.jobs import JobOut, job_answer
from curation.api.once import once
from curation.api.permissions import needs
from curation.api.shapes import features as shapes
from curation.errors import Refused
from curation.models import Candidate, Doubt, FeatureSet, Job, ModelVersion, Outlier, Project, Role
from curation.selectors import outliers
from curation.selectors import representation as rows
from curation.services.representation import request as ask
from curation.services.representation.places import nearest
from curation.services.representation.send import send_doubts, send_outliers
from curation.services.urgent import send_these
from curation.views.representation import NEAREST

LEAD = needs(Role.LEAD)
STARTS = {"map": ask.request_map, "doubts": ask.request_doubts, "outliers": ask.request_outliers}
POINTS = OpenApiResponse(
    OpenApiTypes.BINARY, "float32 x, float32 y, uint32 id of the candidate for each picture, little-endian."
)


class Features(Listed):
    """Features of a project's pictures, the newest first."""

    serializer_class = shapes.FeaturesOut
    permission_classes = [needs(Role.READER, writes=Role.LEAD)]

    def rows(self) -> QuerySet[FeatureSet]:
        project = get_object_or_404(Project, key=self.kwargs["key"])
        return project.feature_sets.select_related("model")

    @extend_schema(request=shapes.FeaturesIn, responses={202: JobOut})
    @once
    def post(self, request: Request, key: str) -> Response:
        """Make the features that are not there yet, by a model; a job does it."""
        project = get_object_or_404(Project, key=key)
        told = body(request, shapes.FeaturesIn)
        model = get_object_or_404(ModelVersion, name=told["model"])
        return job_answer(ask.request_features(project, model, user_of(request), told.get("layer", "")))


class FeaturesSearched(APIView):
    permission_classes = [LEAD]

    @extend_schema(request=shapes.SearchIn, responses={202: JobOut})
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Draw the map of these features, or look for doubtful decisions or outliers; a job does it."""
        found = get_object_or_404(FeatureSet.objects.select_related("project", "model"), pk=pk)
        start = STARTS[body(request, shapes.SearchIn)["what"]]
        return job_answer(start(found, user_of(request)))


class MapPoints(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(responses={(200, "application/octet-stream"): POINTS})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """The map of these features."""
        check_names(request, ())
        found = get_object_or_404(FeatureSet.objects.select_related("project"), pk=pk)
        if not found.map_file:
            raise Http404(_("No map of these features was drawn yet."))
        etag = f'"{found.map_sha256}"'
        if answer := get_conditional_response(request._request, etag=etag):
            return answer
        try:
            content = rows.points(found).tobytes()
        except (OSError, ValueError) as error:
            raise Http404(_("The file of the map is gone; draw it again.")) from error
        response = HttpResponse(content, content_type="application/octet-stream")
        response["ETag"] = etag
        return response


class Similar(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(responses=shapes.SimilarsOut)
    def get(self, request: Request, pk: int) -> Response:
        """The pictures of the project whose features are nearest to those of this one."""
        check_names(request, ())
        candidate = get_object_or_404(Candidate.objects.select_related("project"), pk=pk)
        found = rows.newest(candidate.project)
        near = nearest(found, candidate.pk, NEAREST) if found else None
        if found is None or near is None:
            raise Http404(_("This picture has no features yet."))
        results = [{"candidate": other, "distance": distance} for other, distance in near]
        return Response({"features": found.pk, "results": results})


class Doubts(Listed):
    """The decisions that the last search took for doubtful, the most doubtful first."""

    serializer_class = shapes.DoubtOut
    permission_classes = [LEAD]
    keyset = ("rank", "pk")

    def rows(self) -> QuerySet[Doubt]:
        last = rows.latest_search(get_object_or_404(Project, key=self.kwargs["key"]))
        found = rows.doubts_of(last) if last else Doubt.objects.none()
        return found.select_related("candidate__image", "label")

    @extend_schema(request=shapes.SendIn, responses=shapes.SentOut)
    @once
    def post(self, request: Request, key: str) -> Response:
        """Send the first of them that were not sent yet to review, as issues."""
        project = get_object_or_404(Project, key=key)
        n = body(request, shapes.SendIn)["n"]
        return Response(
            {"sent": send_doubts(project, _searched(rows.latest_search(project)), n, user_of(request))}
        )


class Outliers(Listed):
    """The pictures that the last search took for unlike all others, the farthest first."""

    serializer_class = shapes.OutlierOut
    permission_classes = [LEAD]
    keyset = ("rank", "pk")

    def rows(self) -> QuerySet[Outlier]:
        last = outliers.latest(get_object_or_404(Project, key=self.kwargs["key"]))
        found = outliers.outliers_of(last) if last else Outlier.objects.none()
        return found.select_related("candidate__image")

    @extend_schema(request=shapes.SendOutliersIn, responses=shapes.SentOut)
    @once
    def post(self, request: Request, key: str) -> Response:
        """Send the first of them that were not sent yet, or one, to review, as issues."""
        project = get_object_or_404(Project, key=key)
        told = body(request, shapes.SendOutliersIn)
        last, only = _searched(outliers.latest(project)), told.get("only")
        n = 1 if only else told["n"]
        return Response({"sent": send_outliers(project, last, n, user_of(request), only=only)})


def _searched(last: Job | None) -> Job:
    if last is None:
        raise Refused(_("Nothing was searched for yet."))
    return last


class Front(APIView):
    permission_classes = [LEAD]

    @extend_schema(request=shapes.FrontIn, responses=shapes.SentOut)
    def post(self, request: Request, key: str) -> Response:
        """Send these open candidates to the front of review."""
        project = get_object_or_404(Project, key=key)
        ids = body(request, shapes.FrontIn)["candidates"]
        return Response({"sent": send_these(project, ids, user_of(request))})
