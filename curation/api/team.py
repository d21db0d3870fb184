"""Who works on what, one's own work and keys, what is said to one, and the audit trail."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Gathered, Listed, body, check_names, checked_form, user_of
from curation.api.once import once
from curation.api.permissions import needs
from curation.api.schema import parameters
from curation.api.shapes import team as shapes
from curation.forms.team import AssignForm, AuditFilter
from curation.models import Assignment, AuditEntry, Mention, Project, Role, Scope, User
from curation.selectors import audit, mentions
from curation.selectors import team as rows
from curation.services import assignments, comments
from curation.services import keys as own_keys
from curation.views.team import whose_work

AUDIT_NAMES = ("from", "to")


class Team(Gathered):
    """The people of a project and how they get on, by user name."""

    serializer_class = shapes.ReviewerOut
    permission_classes = [needs(Role.LEAD)]

    def key(self, row: rows.Reviewer) -> str:
        return row.user.username

    def rows(self) -> list[rows.Reviewer]:
        return rows.team(get_object_or_404(Project, key=self.kwargs["key"]))


class Assignments(Listed):
    """What people of a project are asked for, the oldest first."""

    serializer_class = shapes.AssignmentOut
    permission_classes = [needs(Role.LEAD)]
    keyset = ("pk",)

    def rows(self) -> QuerySet[Assignment]:
        project = get_object_or_404(Project, key=self.kwargs["key"])
        found: QuerySet[Assignment] = rows.assignments().filter(project=project)
        return found

    @extend_schema(request=shapes.AssignmentIn, responses={201: shapes.AssignmentOut})
    @once
    def post(self, request: Request, key: str) -> Response:
        """Ask somebody for pictures of a class, a source, both or all."""
        project = get_object_or_404(Project, key=key)
        asked = checked_form(AssignForm(project, body(request, shapes.AssignmentIn))).cleaned_data
        made = assignments.assign(
            user_of(request), asked["user"], project, label=asked["label"], source=asked["source"]
        )
        return Response(shapes.AssignmentOut(made).data, status=201)


class OneAssignment(APIView):
    permission_classes = [needs(Role.LEAD)]

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take an assignment back."""
        assignments.unassign(user_of(request), get_object_or_404(Assignment, pk=pk))
        return Response(status=204)


class Work(APIView):
    permission_classes = [needs(Role.CURATOR)]

    @extend_schema(
        parameters=[OpenApiParameter("person", str, description="Somebody else, for lead curators.")],
        responses=shapes.WorkOut,
    )
    def get(self, request: Request) -> Response:
        """What one is asked for, and one's answers over the last month."""
        check_names(request, ("person",))
        someone = whose_work(user_of(request), request.query_params.get("person", ""))
        told = {
            "username": someone.username,
            "seconds": rows.pace_of(someone),
            "asked": rows.assigned_to(someone),
            "days": rows.days_of(someone),
        }
        return Response(shapes.WorkOut(told).data)


class Keys(APIView):
    """One's own keys for review."""

    permission_classes = [needs(Role.CURATOR)]

    @extend_schema(responses=shapes.KeysOut)
    def get(self, request: Request) -> Response:
        """One's own keys for review."""
        check_names(request, ())
        return Response(_keys(user_of(request)))

    @extend_schema(request=shapes.KeysOut, responses=shapes.KeysOut)
    def put(self, request: Request) -> Response:
        """One's own keys from now on; commands that are left out have the usual ones."""
        told = body(request, shapes.KeysOut)
        return Response(_keys(own_keys.choose(user_of(request), told["keys"], told["hand"])))


def _keys(user: User) -> dict[str, Any]:
    return {"hand": user.hand, "keys": user.keys}


class Mentions(Listed):
    """Where one was named or asked, the newest first."""

    serializer_class = shapes.MentionOut
    permission_classes = [needs(Role.CURATOR)]
    keyset = ("-comment_id", "-id")

    def rows(self) -> QuerySet[Mention]:
        comments.tell_of_questions(user_of(self.request))
        return mentions.mentions_of(user_of(self.request))


class MentionsSeen(APIView):
    permission_classes = [needs(Role.CURATOR)]

    @extend_schema(request=shapes.SeenIn, responses=shapes.SeenOut)
    def post(self, request: Request) -> Response:
        """Mark what was said to one as seen."""
        told, user = body(request, shapes.SeenIn), user_of(request)
        these = told.get("mentions")
        seen = comments.see_all(user) if these is None else comments.see_mentions(user, these)
        return Response({"seen": seen})


class Audit(Listed):
    """Who did what to what, the newest first: for admins everything, for lead curators that of projects."""

    serializer_class = shapes.AuditOut
    permission_classes = [needs(Role.LEAD, scope=Scope.CURATE)]
    filters = (*AuditFilter.base_fields, *AUDIT_NAMES)

    @extend_schema(parameters=parameters(AuditFilter, *AUDIT_NAMES))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[AuditEntry]:
        form = checked_form(AuditFilter(self.request.query_params))
        check_names(self.request, form.fields)
        return audit.entries(user_of(self.request), form.criteria()).select_related("actor", "project")
