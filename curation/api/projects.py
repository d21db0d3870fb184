"""Projects to read and make; tags to put on and take off."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, Single, body, user_of
from curation.api.once import once
from curation.api.permissions import needs
from curation.api.shapes import projects as shapes
from curation.models import LabelClass, Project, Role, Tag
from curation.selectors import tags as tag_rows
from curation.services.new_project import new_project
from curation.services.tags import delete_tag, rename_tag, tag_candidates, untag


class Projects(Listed):
    """All projects, the oldest first."""

    serializer_class = shapes.ProjectOut
    permission_classes = [needs(Role.READER, writes=Role.ADMIN)]
    keyset = ("pk",)

    def rows(self) -> QuerySet[Project]:
        return Project.objects.select_related("guideline")

    @extend_schema(request=shapes.ProjectIn, responses={201: shapes.ProjectWhole})
    @once
    def post(self, request: Request) -> Response:
        """A new project with its classes."""
        made = new_project(user_of(request), **body(request, shapes.ProjectIn))
        return Response(shapes.ProjectWhole(_whole(made.key)).data, status=201)


class OneProject(Single):
    """A project with its classes in class order."""

    serializer_class = shapes.ProjectWhole

    def get_object(self) -> Project:
        return _whole(self.kwargs["key"])


def _whole(key: str) -> Project:
    classes = Prefetch("classes", LabelClass.objects.order_by("index"))
    return get_object_or_404(Project.objects.select_related("guideline").prefetch_related(classes), key=key)


class Tags(Listed):
    """The tags of a project."""

    serializer_class = shapes.TagOut
    permission_classes = [needs(Role.READER, writes=Role.CURATOR)]
    keyset = ("pk",)

    def rows(self) -> QuerySet[Tag]:
        return tag_rows.with_counts(get_object_or_404(Project, key=self.kwargs["key"]))

    @extend_schema(request=shapes.TagIn, responses=shapes.Tagged)
    def post(self, request: Request, key: str) -> Response:
        """Put a tag on candidates; it is made where there is none. The same again changes nothing."""
        project = get_object_or_404(Project, key=key)
        told = body(request, shapes.TagIn)
        done = tag_candidates(project, told["candidates"], told["name"], user_of(request))
        return Response(shapes.Tagged(done).data)


class OneTag(APIView):
    """One tag of a project."""

    permission_classes = [needs(Role.LEAD)]

    def _tag(self, key: str, pk: int) -> Tag:
        return get_object_or_404(tag_rows.with_counts(get_object_or_404(Project, key=key)), pk=pk)

    @extend_schema(request=shapes.TagNameIn, responses=shapes.TagOut)
    def patch(self, request: Request, key: str, pk: int) -> Response:
        """Call it something else."""
        tag = rename_tag(self._tag(key, pk), body(request, shapes.TagNameIn)["name"], user_of(request))
        return Response(shapes.TagOut(tag).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, key: str, pk: int) -> Response:
        """Take it off all pictures for good."""
        delete_tag(self._tag(key, pk), user_of(request))
        return Response(status=204)


class TagOff(APIView):
    permission_classes = [needs(Role.CURATOR)]

    @extend_schema(request=shapes.UntagIn, responses=shapes.Removed)
    def post(self, request: Request, key: str, pk: int) -> Response:
        """Take a tag off candidates; with its last picture the tag goes."""
        project = get_object_or_404(Project, key=key)
        told = body(request, shapes.UntagIn)
        tag = Tag.objects.filter(project=project, pk=pk).select_related("project").first()
        removed: Any = untag(tag, told["candidates"], user_of(request)) if tag else 0
        return Response({"removed": removed})
