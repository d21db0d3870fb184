"""Votes and decisions as files, and annotations of Label Studio taken in as votes."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import body, check_names, user_of
from curation.api.permissions import needs
from curation.models import Project, Role
from curation.services.labels import uploaded
from curation.services.labels.take_in import People, take_in, voter_named
from curation.views import labels as files

NAMES = OpenApiParameter(
    "names", str, enum=["1"], description="User names; for admins, and kept in the audit."
)
IMAGES = OpenApiParameter("images", str, description="Where Label Studio finds the pictures.")


class AnnotationsIn(serializers.Serializer[Any]):
    tasks = serializers.ListField(help_text="As Label Studio exports them (JSON).", min_length=1)
    users = serializers.DictField(
        child=serializers.CharField(max_length=150),
        required=False,
        help_text="Annotator, as the tasks call them, -> user name here. Others are left out.",
    )
    rehearse = serializers.BooleanField(
        default=False, help_text="Say what would be taken in, and do nothing."
    )


class WrongOut(serializers.Serializer[Any]):
    task = serializers.IntegerField()
    field = serializers.CharField()
    value = serializers.CharField()
    rule = serializers.CharField()


class TakenOut(serializers.Serializer[Any]):
    tasks = serializers.IntegerField()
    saved = serializers.IntegerField(help_text="Votes.")
    known = serializers.IntegerField(help_text="Votes that were here before.")
    cancelled = serializers.IntegerField(help_text="Annotations that say nothing.")
    wrong = serializers.IntegerField()
    problems = WrongOut(many=True, help_text="The first thousand.")


class LabelsFile(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(
        parameters=[NAMES, IMAGES],
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, "The file.")},
    )
    def get(self, request: Request, key: str, name: str, form: str) -> HttpResponseBase:
        """Votes or decisions of a project as a file (docs/labels.md has the tables and forms)."""
        check_names(request, ("names", "images"))
        return files.download(request._request, key, name, form)


class Annotations(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(request=AnnotationsIn, responses=TakenOut)
    def post(self, request: Request, key: str) -> Response:
        """Take annotations of Label Studio in as votes. The same again counts once."""
        project = get_object_or_404(Project, key=key)
        told = body(request, AnnotationsIn)
        users = {who: voter_named(name) for who, name in told.get("users", {}).items()}
        people = People(users, nobody="stands for nobody: name them in `users`")
        with tempfile.TemporaryDirectory(prefix="vasculum-labels-") as folder:
            path = Path(folder) / "tasks.json"
            path.write_text(json.dumps(told["tasks"]))
            uploaded.annotators(path)  # refuses what holds no task, and more than one request does
            report = take_in(
                project, path, people, user_of(request), name=path.name, rehearse=told["rehearse"]
            )
        return Response(TakenOut(report).data)
