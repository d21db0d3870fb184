"""The description of the API, made once a process and language: it takes a second, and never changes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response


@lru_cache(maxsize=16)
def described(language: str) -> Any:
    """Of all addresses, whoever asks: what somebody may not do is described, too."""
    return SchemaGenerator().get_schema(request=None, public=True)


class Description(SpectacularAPIView):
    def _get_schema_response(self, request: Request) -> Response:
        return Response(described(get_language()))
