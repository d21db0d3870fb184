"""Regions of sheets as JSON: rectangles in fractions of the upright picture. Role curator."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.permissions import needs
from curation.api.shapes import review as out
from curation.models import Candidate, LabelClass, Region, Role, User
from curation.selectors.regions_shown import regions_shown
from curation.services.regions import mark_region, remove_region

SIDES = ("left", "top", "width", "height")


class RegionIn(serializers.Serializer[Any]):
    label = serializers.IntegerField(help_text="Id of the class.")  # type: ignore[assignment]
    left = serializers.FloatField()
    top = serializers.FloatField()
    width = serializers.FloatField()
    height = serializers.FloatField()


class Regions(APIView):
    """List the regions that stand on a sheet, oldest first, or mark one. The same again changes nothing."""

    permission_classes = [needs(Role.CURATOR)]

    @extend_schema(responses=out.RegionsOut)
    def get(self, request: Request, pk: int) -> Response:
        user = cast(User, request.user)
        found = regions_shown(user, get_object_or_404(_candidates(), pk=pk))
        return Response({"regions": [as_json(row, user) for row in found]})

    @extend_schema(request=RegionIn, responses={201: out.RegionOut})
    def post(self, request: Request, pk: int) -> Response:
        candidate = get_object_or_404(_candidates(), pk=pk)
        form = RegionIn(data=request.data)
        form.is_valid(raise_exception=True)
        told = form.validated_data
        label = get_object_or_404(LabelClass, pk=told["label"], project=candidate.project)
        user = cast(User, request.user)
        region = mark_region(candidate, label, *(told[side] for side in SIDES), by=user)
        return Response(as_json(region, user), status=201)


class OneRegion(APIView):
    """Take a region back."""

    permission_classes = [needs(Role.CURATOR)]

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        region = get_object_or_404(Region.objects.select_related("candidate__project", "label"), pk=pk)
        remove_region(region, by=cast(User, request.user))
        return Response(status=204)


def _candidates() -> Any:
    return Candidate.objects.select_related("project", "gold")


def as_json(region: Region, reader: User) -> dict[str, Any]:
    return {
        "id": region.pk,
        "label": region.label_id,
        "mine": region.author_id == reader.pk,
        "author": region.author.username,
        **{side: getattr(region, side) for side in SIDES},
    }
