"""What waits for a page of the grid, class by class."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import check_names, user_of
from curation.api.permissions import needs
from curation.models import Candidate, Project, Role
from curation.selectors.grid import by_key
from curation.selectors.queue import classes_of, queue_state

TAB = OpenApiParameter("tab", OpenApiTypes.UUID, description="What it holds already is on offer to it.")


class GridOut(serializers.Serializer[Any]):
    classes = serializers.DictField(
        child=serializers.DictField(),
        help_text="Key of a class -> how many pictures wait, and how sure they are.",
    )
    queue = serializers.DictField(child=serializers.IntegerField(), help_text="Of the whole project.")
    least = serializers.FloatField(help_text="Less sure suggestions are not confirmed by the page.")
    predicted = serializers.BooleanField(help_text="Whether a model has looked at any picture.")


class GridCounts(APIView):
    permission_classes = [needs(Role.CURATOR)]

    @extend_schema(parameters=[TAB], responses=GridOut)
    def get(self, request: Request, key: str) -> Response:
        """How many pictures of each class wait for a page of the grid."""
        check_names(request, ("tab",))
        project = get_object_or_404(Project, key=key)
        user, classes = user_of(request), classes_of(project)
        return Response(
            {
                "classes": by_key(user, project, classes, _tab(request)),
                "queue": queue_state(user, project).as_dict(),
                "least": project.grid_confidence,
                "predicted": Candidate.objects.filter(project=project, guess__isnull=False).exists(),
            }
        )


def _tab(request: Request) -> UUID:
    """Without one, of no tab: what any tab of this person holds is not on offer."""
    text = request.query_params.get("tab", "")
    try:
        return UUID(text) if text else uuid4()
    except ValueError as error:
        raise ValidationError({"tab": [_("must be a UUID, got %(got)r.") % {"got": text[:40]}]}) from error
