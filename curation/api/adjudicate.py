"""What reviewers flagged or disagreed about: to read, to settle, to send back, to undo.

For whom the policy of the project names, as on the pages. A token needs the scope `curate`.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, body, check_names, checked_form, user_of
from curation.api.permissions import needs
from curation.api.pictures import SHOWN
from curation.api.schema import parameters
from curation.api.shapes import adjudicate as shapes
from curation.forms.adjudicate import AsideFilter
from curation.models import Candidate, Project, Role, Scope
from curation.selectors import adjudicate as waiting
from curation.selectors.adjudicate_picture import RELATED, case
from curation.selectors.queue import classes_of
from curation.services.adjudicate import adjudicate
from curation.services.adjudicate_back import send_back
from curation.services.adjudicate_undo import take_settlement_back
from curation.views.adjudicate import aside_filter, must_settle

SETTLES = needs(Role.CURATOR, scope=Scope.CURATE)


class Aside(Listed):
    """Flagged and disputed pictures, and those flagged after their decision, the oldest first."""

    serializer_class = shapes.AsideOut
    permission_classes = [SETTLES]
    keyset = ("pk",)
    filters = tuple(AsideFilter.base_fields)

    @extend_schema(parameters=parameters(AsideFilter))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[Candidate]:
        project = get_object_or_404(Project, key=self.kwargs["key"])
        must_settle(user_of(self.request), project)
        every = waiting.set_aside(project)
        form = checked_form(aside_filter(self.request.query_params, every, classes_of(project)))
        return waiting.narrowed(every, form.asked()).select_related(*SHOWN)


class Case(APIView):
    permission_classes = [SETTLES]

    @extend_schema(responses=shapes.CaseOut)
    def get(self, request: Request, pk: int) -> Response:
        """All that is known about one picture that is to be settled."""
        check_names(request, ())
        candidate = _candidate(request, pk)
        found = case(candidate, classes_of(candidate.project))
        told = {
            **{name: getattr(found, name) for name in ("candidate", "votes", "earlier", "decisions")},
            **{name: getattr(found, name) for name in ("advice", "issues", "comments")},
            "predictions": [opinion.prediction for opinion in found.opinions],
            "tally": [{"label": label.slug, "votes": n} for label, n in found.tally],
        }
        return Response(shapes.CaseOut(told).data)


class Settled(APIView):
    permission_classes = [SETTLES]

    @extend_schema(request=shapes.SettleIn, responses=shapes.DecisionOut)
    def post(self, request: Request, pk: int) -> Response:
        """Decide a picture, whatever the votes say; they stay on record. Its open issues are closed."""
        _candidate(request, pk)
        told = body(request, shapes.SettleIn)
        made = adjudicate(user_of(request), pk, told["label"], told.get("reason", ""), told.get("seen", ""))
        return Response(shapes.DecisionOut(made).data)


class SentBack(APIView):
    permission_classes = [SETTLES]

    @extend_schema(request=shapes.QuestionIn, responses=shapes.AsideOut)
    def post(self, request: Request, pk: int) -> Response:
        """Open a picture for review again, with a question."""
        _candidate(request, pk)
        told = body(request, shapes.QuestionIn)
        send_back(user_of(request), pk, told["question"], told.get("seen", ""))
        return Response(shapes.AsideOut(_candidate(request, pk)).data)


class SettlementUndone(APIView):
    permission_classes = [SETTLES]

    @extend_schema(request=None, responses=shapes.AsideOut)
    def post(self, request: Request, pk: int) -> Response:
        """Take one's own settlement back, where nothing was decided since."""
        _candidate(request, pk)
        take_settlement_back(user_of(request), pk)
        return Response(shapes.AsideOut(_candidate(request, pk)).data)


def _candidate(request: Request, pk: int) -> Candidate:
    """Raises PermissionDenied for whoever may not settle in its project."""
    rows = Candidate.objects.select_related(*RELATED, "prediction__label")
    candidate = get_object_or_404(rows, pk=pk)
    must_settle(user_of(request), candidate.project)
    return candidate
