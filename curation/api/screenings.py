"""Screenings of sheets for their condition: to read, sheet by sheet, and to ask for."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from curation.api.base import Listed, Single, body, user_of
from curation.api.jobs import JobOut, job_answer
from curation.api.once import once
from curation.api.permissions import needs
from curation.api.shapes import models as shapes
from curation.models import ModelVersion, Project, ProjectKind, Role, Screening, SheetScore
from curation.services.condition.request import request_screening

SCREENINGS = Screening.objects.select_related("project", "tile_model", "sheet_model", "job").filter(
    project__kind=ProjectKind.CONDITION
)


class Screenings(Listed):
    """The screenings of a project on condition, the newest first."""

    serializer_class = shapes.ScreeningOut
    permission_classes = [needs(Role.READER, writes=Role.LEAD)]

    def rows(self) -> QuerySet[Screening]:
        return SCREENINGS.filter(project=get_object_or_404(Project, key=self.kwargs["key"]))

    @extend_schema(request=shapes.ScreenIn, responses={202: JobOut})
    @once
    def post(self, request: Request, key: str) -> Response:
        """Screen all sheets of a project; a job does it."""
        project = get_object_or_404(Project, key=key)
        told = body(request, shapes.ScreenIn)
        whole = told.get("sheet_model")
        return job_answer(
            request_screening(
                project,
                get_object_or_404(ModelVersion, name=told["tile_model"]),
                get_object_or_404(ModelVersion, name=whole) if whole else None,
                user_of(request),
            )
        )


class OneScreening(Single):
    """One screening."""

    serializer_class = shapes.ScreeningOut

    def get_object(self) -> Screening:
        return get_object_or_404(SCREENINGS.all(), pk=self.kwargs["pk"])


class Scores(Listed):
    """What a screening says of each sheet, in the order in which it came to them."""

    serializer_class = shapes.ScoreOut
    keyset = ("pk",)

    def rows(self) -> QuerySet[SheetScore]:
        screening = get_object_or_404(SCREENINGS.all(), pk=self.kwargs["pk"])
        return screening.scores.select_related("candidate__image__source")
