"""How a project is reviewed and how well: policy, agreement, aggregations, pictures with a known answer."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, body, check_names, user_of
from curation.api.jobs import JobOut, job_answer
from curation.api.once import once
from curation.api.permissions import needs
from curation.api.shapes import policy as shapes
from curation.models import Aggregation, GoldItem, Project, Role, User
from curation.selectors import quality as rows
from curation.services import gold
from curation.services.aggregate import request_aggregation
from curation.services.agreement import request_agreement
from curation.services.review_policy import change_policy


class Policy(APIView):
    permission_classes = [needs(Role.CURATOR, writes=Role.LEAD)]

    @extend_schema(responses=shapes.PolicyOut)
    def get(self, request: Request, key: str) -> Response:
        """How a project is reviewed."""
        check_names(request, ())
        return Response(shapes.PolicyOut(get_object_or_404(Project, key=key)).data)

    @extend_schema(request=shapes.PolicyIn, responses=shapes.PolicyChanged)
    def patch(self, request: Request, key: str) -> Response:
        """Change parts of it. Where votes count otherwise by it, a job counts them anew."""
        project = get_object_or_404(Project, key=key)
        told: dict[str, Any] = dict(body(request, shapes.PolicyIn))
        if (names := told.pop("named", None)) is not None:
            told["named"] = _people(names)
        done = change_policy(user_of(request), project, **told)
        answer = {"policy": done.project, "changed": done.names, "job": done.job.pk if done.job else None}
        return Response(shapes.PolicyChanged(answer).data)


def _people(names: list[str]) -> list[int]:
    found = dict(User.objects.filter(username__in=names).values_list("username", "pk"))
    if unknown := sorted(set(names) - set(found)):
        words = _("There is nobody called %(names)s.") % {"names": ", ".join(unknown)}
        raise ValidationError({"named": [words]})
    return sorted(found.values())


METHOD = OpenApiParameter("method", str, enum=Aggregation.Method.values, description="Else Dawid-Skene's.")


class Agreement(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(responses=shapes.MeasureOut)
    def get(self, request: Request, key: str) -> Response:
        """The newest report on how far reviewers agree."""
        check_names(request, ())
        project = get_object_or_404(Project, key=key)
        found = project.agreement_reports.order_by("-id").first()
        if found is None:
            raise Http404(_("Agreement was not measured yet."))
        return Response(shapes.MeasureOut(found).data)

    @extend_schema(request=shapes.AggregateIn, responses={202: JobOut})
    @once
    def post(self, request: Request, key: str) -> Response:
        """Measure agreement anew, or aggregate all votes by a method; a job does it."""
        project = get_object_or_404(Project, key=key)
        method = body(request, shapes.AggregateIn).get("method")
        if method:
            return job_answer(request_aggregation(project, user_of(request), method))
        return job_answer(request_agreement(project, user_of(request)))


class OneAggregation(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(parameters=[METHOD], responses=shapes.MeasureOut)
    def get(self, request: Request, key: str) -> Response:
        """What all votes together say, by the newest aggregation of a method."""
        check_names(request, ("method",))
        method = request.query_params.get("method", "")
        if method and method not in Aggregation.Method.values:
            known = ", ".join(Aggregation.Method.values)
            raise ValidationError({"method": [_("Known: %(known)s.") % {"known": known}]})
        found = rows.aggregation(get_object_or_404(Project, key=key), method)
        if found is None or (method and found.run.method != method):
            raise Http404(_("Nothing was aggregated by this method yet."))
        return Response(shapes.MeasureOut(found.run).data)


class Gold(Listed):
    """Pictures with a known answer, the newest first."""

    serializer_class = shapes.GoldOut
    permission_classes = [needs(Role.LEAD)]

    def rows(self) -> QuerySet[GoldItem]:
        return rows.gold_items(get_object_or_404(Project, key=self.kwargs["key"]))

    @extend_schema(request=shapes.GoldIn, responses={201: shapes.GoldOut})
    @once
    def post(self, request: Request, key: str) -> Response:
        """Let what a picture is decided as be its known answer."""
        project = get_object_or_404(Project, key=key)
        told = body(request, shapes.GoldIn)
        candidate = get_object_or_404(project.candidates, pk=told["candidate"])
        item = gold.make_gold(user_of(request), candidate.pk, told.get("why", ""))
        return Response(shapes.GoldOut(rows.gold_items(project).get(pk=item.pk)).data, status=201)


class OneGold(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(request=shapes.GoldChange, responses=shapes.GoldOut)
    def patch(self, request: Request, pk: int) -> Response:
        """Whether reviewers meet the picture. Answers given stay."""
        item = get_object_or_404(GoldItem.objects.select_related("project"), pk=pk)
        gold.set_active(user_of(request), item, body(request, shapes.GoldChange)["active"])
        return Response(shapes.GoldOut(rows.gold_items(item.project).get(pk=pk)).data)
