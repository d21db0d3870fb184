"""Candidates, pictures and their files, votes: what the pages show, and to the same people."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, Single, check_names, checked_form, user_of
from curation.api.permissions import needs
from curation.api.schema import parameters
from curation.api.shapes import pictures as shapes
from curation.forms.candidates import CandidateFilter
from curation.forms.votes import VoteFilter
from curation.models import Candidate, Image, Project, Role, User
from curation.selectors import pictures
from curation.selectors.blindness import Sight, sight
from curation.selectors.votes import reviewers_of, votes_seen_by
from curation.selectors.votes_filter import filter_votes
from curation.views.images import picture

SHOWN = ("project", "image__source", "image__licence", "label", "prediction__label")
VOTE_NAMES = ("with", "from", "to")


class Candidates(Listed):
    """A project's candidates, the newest first. Filters are those of the page."""

    serializer_class = shapes.CandidateOut
    filters = tuple(CandidateFilter.base_fields)

    @extend_schema(parameters=parameters(CandidateFilter))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[Candidate]:
        project = get_object_or_404(Project, key=self.kwargs["key"])
        form = CandidateFilter(project, self.request.query_params, viewer=user_of(self.request))
        check_names(self.request, form.fields)
        rows = pictures.candidates(project, checked_form(form).criteria())
        return rows.select_related(*SHOWN)


class OneCandidate(Single):
    """One candidate."""

    serializer_class = shapes.CandidateOut

    def get_object(self) -> Candidate:
        wanted = Candidate.objects.select_related(*SHOWN, "gold")
        return _as_seen(user_of(self.request), get_object_or_404(wanted, pk=self.kwargs["pk"]))


def _as_seen(user: User, candidate: Candidate) -> Candidate:
    """Without what others say, for whoever has yet to judge it blind. Not to be saved."""
    seen = sight(user, candidate)
    if seen is not Sight.ALL:
        candidate.state, candidate.label, candidate.votes = Candidate.State.OPEN, None, 0
    if seen is Sight.BLIND:
        candidate.prediction = None
    return candidate


class Picture(Single):
    """A picture with its provenance, the addresses of its files, and where it stands in projects and
    releases. Votes are not here, but at the votes of a project; nor is anything that others say of a picture
    which you have yet to judge blind."""

    serializer_class = shapes.PictureOut

    def get_object(self) -> Image:
        rows = Image.objects.select_related("source", "licence", "parent", "batch")
        return get_object_or_404(rows, sha256=self.kwargs["sha256"])

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        check_names(request, ())
        image = self.get_object()
        standings = pictures.standings(image, with_history=False, viewer=user_of(request))
        context = {"standings": standings, "memberships": pictures.memberships(image, standings)}
        return Response(shapes.PictureOut(image, context=context).data)


class PictureFile(APIView):
    """A file of a picture, by its SHA-256. Its bytes never change."""

    permission_classes = [needs(Role.READER)]

    @extend_schema(responses={(200, "image/*"): OpenApiResponse(OpenApiTypes.BINARY, "The bytes.")})
    def get(self, request: Request, sha256: str, rendition: str) -> HttpResponseBase:
        check_names(request, ())
        image = get_object_or_404(Image, sha256=sha256)
        name = image.file_name(rendition)
        return picture(request._request, rendition, sha256, name.rpartition(".")[2])


class Votes(Listed):
    """Votes of a project, the newest first: a lead curator's list has everybody's, others see their own.
    Some filters are for lead curators."""

    serializer_class = shapes.VoteOut
    permission_classes = [needs(Role.CURATOR)]
    keyset = ("-created_at", "-id")
    filters = (*VoteFilter.base_fields, *VOTE_NAMES)

    @extend_schema(parameters=parameters(VoteFilter, *VOTE_NAMES))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[Any]:
        project = get_object_or_404(Project, key=self.kwargs["key"])
        user = user_of(self.request)
        reviewers = reviewers_of(project) if user.has_role(Role.LEAD) else []
        form = VoteFilter(
            self.request.query_params, classes=project.classes.order_by("index"), reviewers=reviewers
        )
        check_names(self.request, form.fields)
        return filter_votes(votes_seen_by(user, project), **checked_form(form).chosen())
