"""Where to begin: the addresses of what there is, and who asks."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import check_names, user_of
from curation.api.permissions import needs
from curation.models import ApiToken, Role

PLACES = (
    *("projects", "sources", "source_rules", "licences", "licence_texts", "hosts", "batches", "groups"),
    *("releases", "release_diff", "models", "runs", "evaluations", "jobs", "votes", "figures", "people"),
    *("invitations", "work", "keys", "mentions", "audit", "webhooks", "schema"),
)


class IndexOut(serializers.Serializer[Any]):
    version = serializers.CharField(help_text="Of the API.")
    user = serializers.CharField()
    role = serializers.CharField()
    scopes = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="Of the token; none with a session."
    )
    places = serializers.DictField(child=serializers.CharField())


class Index(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(responses=IndexOut)
    def get(self, request: Request) -> Response:
        """Where to begin: the addresses of what there is, and who asks."""
        check_names(request, ())
        user = user_of(request)
        return Response(
            {
                "version": "1",
                "user": user.username,
                "role": user.role,
                "scopes": request.auth.scopes if isinstance(request.auth, ApiToken) else None,
                "places": {name: reverse(f"api_{name}") for name in PLACES},
            }
        )
