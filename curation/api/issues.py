"""Issues: what is wrong with pictures of a project. To read, open, close one or many, open again."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, body, check_names, checked_form, user_of
from curation.api.once import once
from curation.api.permissions import needs
from curation.api.schema import parameters
from curation.api.shapes import pictures as shapes
from curation.errors import Refused
from curation.forms.issues import IssueFilter
from curation.models import DataIssue, Project, Role
from curation.selectors import issues as issue_rows
from curation.services import issue_outcomes, issues


class Issues(Listed):
    """Issues of a project, the newest first: a lead curator sees everybody's, others their own."""

    serializer_class = shapes.IssueOut
    permission_classes = [needs(Role.CURATOR)]
    filters = tuple(IssueFilter.base_fields)

    @extend_schema(parameters=parameters(IssueFilter))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[DataIssue]:
        project = get_object_or_404(Project, key=self.kwargs["key"])
        user = user_of(self.request)
        seen = issue_rows.issues_seen_by(user, project)
        sees_all = user.has_role(Role.LEAD)
        more: dict[str, Any] = {}
        if sees_all:
            more = {"classes": project.classes.order_by("index"), "openers": issue_rows.openers(project)}
        form = IssueFilter(
            self.request.query_params,
            user=user,
            sees_all=sees_all,
            sources=issue_rows.sources(seen),
            **more,
        )
        check_names(self.request, form.fields)
        asked = checked_form(form).asked()
        if asked.pop("mine", ""):
            asked["by"] = user.username
        return issue_rows.with_rows(issue_rows.filter_issues(seen, asked))

    @extend_schema(request=shapes.IssueIn, responses={201: shapes.IssueOut})
    @once
    def post(self, request: Request, key: str) -> Response:
        """Say that something is wrong with a picture, without a vote."""
        project = get_object_or_404(Project, key=key)
        told = body(request, shapes.IssueIn)
        candidate = get_object_or_404(project.candidates, pk=told["candidate"])
        issue = issues.open_issue(user_of(request), candidate.pk, told["kind"], told["text"])
        return Response(_issue(issue.pk), status=201)


class IssueClosed(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(request=shapes.IssueCloseIn, responses=shapes.IssueOut)
    def post(self, request: Request, pk: int) -> Response:
        """Close an issue with what came of it."""
        issue = get_object_or_404(DataIssue.objects.select_related("candidate__project"), pk=pk)
        told = body(request, shapes.IssueCloseIn)
        then, label = told.get("then", issue_outcomes.NOTHING), told.get("label", "")
        issue_outcomes.close_issue(user_of(request), issue, told["resolution"], then, label)
        return Response(_issue(pk))


class IssuesClosed(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(request=shapes.IssuesCloseIn, responses=shapes.IssuesClosed)
    def post(self, request: Request, key: str) -> Response:
        """Close several open issues of a project alike, all or none."""
        project = get_object_or_404(Project, key=key)
        told = body(request, shapes.IssuesCloseIn)
        wanted = set(told["issues"])
        rows = issue_rows.issues_seen_by(user_of(request), project).filter(pk__in=wanted, closed_at=None)
        found = list(rows.select_related("candidate__project"))
        if missing := sorted(wanted - {row.pk for row in found}):
            words = _("Not open, or not of this project: %(ids)s. Nothing was closed.")
            raise Refused(words % {"ids": ", ".join(map(str, missing[:20]))})
        n = issue_outcomes.close_issues(
            user_of(request), found, told["resolution"], told.get("then", issue_outcomes.NOTHING)
        )
        return Response({"closed": n})


class IssueOpened(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(request=None, responses=shapes.IssueOut)
    def post(self, request: Request, pk: int) -> Response:
        """Open a closed issue again."""
        issues.open_again(user_of(request), get_object_or_404(DataIssue, pk=pk))
        return Response(_issue(pk))


def _issue(pk: int) -> dict[str, Any]:
    row = issue_rows.with_rows(DataIssue.objects.filter(pk=pk)).get()
    return shapes.IssueOut(row).data
