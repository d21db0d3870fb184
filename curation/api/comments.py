"""Comments on a picture as JSON, and whom they may name. Role curator.

It tells nobody's vote, and keeps what colleagues said from whoever has yet to judge the picture blind
(curation.selectors.comments).
"""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.once import once
from curation.api.permissions import needs
from curation.api.shapes import review as out
from curation.errors import Refused
from curation.models import Candidate, Comment, Role, User
from curation.selectors.comments import thread
from curation.services.comments import LONGEST, add_comment


class CommentIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONGEST)
    reviewer = serializers.IntegerField(required=False)


class Comments(APIView):
    """List the comments on a picture, oldest first, or add one."""

    permission_classes = [needs(Role.CURATOR)]

    @extend_schema(responses=out.CommentsOut)
    def get(self, request: Request, pk: int) -> Response:
        candidate = get_object_or_404(Candidate.objects.select_related("project", "gold"), pk=pk)
        user = cast(User, request.user)
        found = thread(user, candidate)
        rows = [as_json(row, user) for row in found.shown]
        return Response({"comments": rows, "withheld": found.withheld})

    @extend_schema(request=CommentIn, responses={201: out.CommentOut})
    @once
    def post(self, request: Request, pk: int) -> Response:
        get_object_or_404(Candidate, pk=pk)
        form = CommentIn(data=request.data)
        form.is_valid(raise_exception=True)
        user = cast(User, request.user)
        if form.validated_data.get("reviewer", user.pk) != user.pk:
            raise Refused(
                _(
                    "This browser is signed in as %(user)s now. Nothing was saved; sign in as yourself again "
                    "to send the comment."
                )
                % {"user": user},
                reason="other_reviewer",
            )
        try:
            comment = add_comment(user, pk, form.validated_data["text"])
        except Refused as refusal:
            raise serializers.ValidationError({"text": [refusal.message]}) from refusal
        return Response(as_json(comment, user), status=201)


class Names(APIView):
    """Usernames that a comment may name."""

    permission_classes = [needs(Role.CURATOR)]

    @extend_schema(responses=out.NamesOut)
    def get(self, request: Request) -> Response:
        roles = [role for role in Role if role.rank >= Role.CURATOR.rank]
        people = User.objects.filter(is_active=True, role__in=roles).order_by("username")
        return Response({"names": list(people.values_list("username", flat=True))})


def as_json(comment: Comment, reader: User) -> dict[str, Any]:
    """A comment as the pages read it."""
    return {
        "id": comment.pk,
        "author": comment.author.username,
        "mine": comment.author_id == reader.pk,
        "kind": comment.kind,
        "text": comment.text,
        "at": comment.created_at.isoformat(),
    }
