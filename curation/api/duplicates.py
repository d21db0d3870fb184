"""Near-duplicates and pictures of one specimen: groups, rulings on them, pairs almost alike to a model."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, asked_bool, body, check_names, checked_form, user_of
from curation.api.jobs import JobOut, job_answer
from curation.api.once import once
from curation.api.permissions import needs
from curation.api.schema import parameters
from curation.api.shapes import collections as shapes
from curation.errors import Refused
from curation.forms.duplicates import GroupFilter
from curation.models import NearPair, Project, Role
from curation.selectors import duplicates as groups
from curation.selectors import near_pairs as pairs
from curation.selectors.representation import newest
from curation.services import near_pairs
from curation.services.representation.request import NEAR, request_near
from curation.services.rulings import rule_on

LEAD = needs(Role.LEAD)


class Groups(Listed):
    """Groups of two and more pictures, by name; settled ones may hold one picture."""

    serializer_class = shapes.GroupOut
    permission_classes = [LEAD]
    keyset = ("group",)
    filters = tuple(GroupFilter.base_fields)

    @extend_schema(parameters=parameters(GroupFilter))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[Any, Any]:
        return groups.group_rows(checked_form(GroupFilter(self.request.query_params)).cleaned_data)

    def shown(self, page: list[Any]) -> list[Any]:
        return sorted(groups.with_members(page), key=lambda group: group.name)


class OneGroup(APIView):
    permission_classes = [LEAD]

    @extend_schema(responses=shapes.GroupOut)
    def get(self, request: Request, name: str) -> Response:
        """One group with its pictures."""
        check_names(request, ())
        found = groups.one_group(name)
        if found is None:
            raise Http404(_("There is no such group."))
        return Response(shapes.GroupOut(found).data)


class Rulings(APIView):
    permission_classes = [LEAD]

    @extend_schema(request=shapes.RulingIn, responses=shapes.RulingOut)
    def post(self, request: Request) -> Response:
        """Rule on a group, join groups, or take a ruling of one's own back."""
        told = dict(body(request, shapes.RulingIn))
        told["join"] = [(one["group"], one.get("seen")) for one in told.get("join", [])]
        return Response(shapes.RulingOut(rule_on(user_of(request), **told)).data)


class Pairs(Listed):
    """Pairs of pictures almost alike to a model that nobody has judged, the nearest first."""

    serializer_class = shapes.PairOut
    permission_classes = [LEAD]
    keyset = ("distance", "pk")
    filters = ("leaks",)

    @extend_schema(
        parameters=[OpenApiParameter("leaks", bool, description="Only those that a release parts.")]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[NearPair]:
        self.project = get_object_or_404(Project, key=self.kwargs["key"])
        found = pairs.searched(self.project)
        if found is None:
            return NearPair.objects.none()
        rows = pairs.open_pairs(found)
        return rows.filter(leaks=True) if asked_bool(self.request, "leaks") else rows

    def shown(self, page: list[Any]) -> list[Any]:
        return pairs.pair_views(self.project, page)

    @extend_schema(request=shapes.PairSearchIn, responses={202: JobOut})
    @once
    def post(self, request: Request, key: str) -> Response:
        """Look for such pairs by the newest features of the project; a job does it."""
        project = get_object_or_404(Project, key=key)
        told = body(request, shapes.PairSearchIn)
        found = newest(project)
        if found is None:
            raise Refused(_("%(project)s has no features yet: make them first.") % {"project": project})
        return job_answer(request_near(found, user_of(request), told.get("distance", NEAR)))


class PairJudged(APIView):
    permission_classes = [LEAD]

    @extend_schema(request=shapes.VerdictIn, responses=shapes.VerdictOut)
    def post(self, request: Request, pk: int) -> Response:
        """Say of a pair that it is the same, which joins their groups, or that it is not."""
        get_object_or_404(NearPair, pk=pk)
        told, by = body(request, shapes.VerdictIn), user_of(request)
        if told["verdict"] == "same":
            first, second = told.get("seen", (None, None))
            return Response(shapes.VerdictOut(near_pairs.say_same(pk, by, seen=(first, second))).data)
        return Response(shapes.VerdictOut(near_pairs.say_different(pk, by)).data)


class VerdictUndone(APIView):
    permission_classes = [LEAD]

    @extend_schema(request=None, responses=shapes.VerdictOut)
    def post(self, request: Request, key: str) -> Response:
        """Take back what one said last of a pair of the project."""
        project = get_object_or_404(Project, key=key)
        return Response(shapes.VerdictOut(near_pairs.undo_last(project, user_of(request))).data)
