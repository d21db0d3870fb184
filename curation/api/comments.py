"""Comments on a picture as JSON, and whom they may name. Role curator; it tells nobody's vote."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.permissions import needs
from curation.errors import Refused
from curation.models import Candidate, Comment, Role, User
from curation.services.comments import LONGEST, add_comment


class CommentIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONGEST)


class Comments(APIView):
    """List the comments on a picture, oldest first, or add one."""

    permission_classes = [needs(Role.CURATOR)]

    def get(self, request: Request, pk: int) -> Response:
        candidate = get_object_or_404(Candidate, pk=pk)
        rows = candidate.comments.select_related("author").order_by("id")
        return Response({"comments": [as_json(row) for row in rows]})

    def post(self, request: Request, pk: int) -> Response:
        get_object_or_404(Candidate, pk=pk)
        form = CommentIn(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            comment = add_comment(cast(User, request.user), pk, form.validated_data["text"])
        except Refused as refusal:
            raise serializers.ValidationError({"text": [refusal.message]}) from refusal
        return Response(as_json(comment), status=201)


class Names(APIView):
    """Usernames that a comment may name."""

    permission_classes = [needs(Role.CURATOR)]

    def get(self, request: Request) -> Response:
        roles = [role for role in Role if role.rank >= Role.CURATOR.rank]
        people = User.objects.filter(is_active=True, role__in=roles).order_by("username")
        return Response({"names": list(people.values_list("username", flat=True))})


def as_json(comment: Comment) -> dict[str, Any]:
    """A comment as the pages read it."""
    return {
        "id": comment.pk,
        "author": comment.author.username,
        "kind": comment.kind,
        "text": comment.text,
        "at": comment.created_at.isoformat(),
    }
